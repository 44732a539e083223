"""What OIDC_URL may say, and which role its claims give."""

import pytest

from clinic.identity_provider import IdentityProvider, LocalAccounts, identity_provider
from clinic.roles import Role

URL = "https://our%3Aid:p%40ss@idp.example/realm"
MAPPED = f"{URL}?roles_claim=groups&roles=bw-md:physician,urn:x:desk:desk"


def test_a_whole_address_is_read():
    found = identity_provider(f"{MAPPED}&name=Clinic%20login&local=off&acr=mfa")

    assert found == IdentityProvider(
        issuer="https://idp.example/realm",
        client_id="our:id",
        client_secret="p@ss",
        name="Clinic login",
        roles_claim="groups",
        roles={"bw-md": Role.PHYSICIAN, "urn:x:desk": Role.DESK},
        local=LocalAccounts.OFF,
        acr="mfa",
    )
    assert "p@ss" not in repr(found)


def test_the_issuer_is_taken_letter_by_letter():
    assert identity_provider("https://a:b@idp.example/").issuer == "https://idp.example/"
    assert identity_provider("https://a:b@idp.example").issuer == "https://idp.example"


@pytest.mark.parametrize("issuer", ["https://idp.example/realm", "https://idp.example/realm/"])
def test_what_the_provider_says_of_itself_stands_below_the_issuer(issuer):
    found = IdentityProvider(issuer, "a", "b")

    assert found.discovery_url == "https://idp.example/realm/.well-known/openid-configuration"
    assert found.origin == "https://idp.example"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ldap://a:b@idp.example", "must begin with"),
        ("https://idp.example", "must name client, secret and host"),
        ("https://a@idp.example", "must name client, secret and host"),
        ("http://a:b@idp.example", "would send in clear"),
        (f"{URL}?role=x", "has role, which nothing reads"),
        (f"{URL}?roles=bw-md:physician", "names roles or roles_claim alone"),
        (f"{URL}?roles_claim=groups", "names roles or roles_claim alone"),
        (f"{URL}?roles_claim=groups&roles=bw-md:surgeon", "must write roles as VALUE:ROLE"),
        (f"{URL}?roles_claim=groups&roles=bw-md", "must write roles as VALUE:ROLE"),
        (f"{URL}?roles_claim=groups&roles=x:unassigned", "must write roles as VALUE:ROLE"),
        (f"{URL}?local=sometimes", "must have local as one of off, emergency, on"),
    ],
)
def test_what_cannot_be_meant_is_refused(url, complaint):
    with pytest.raises(ValueError, match=complaint) as refused:
        identity_provider(url)

    assert "p%40ss" not in str(refused.value)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["staff", "bw-md"]}, Role.PHYSICIAN),
        ({"groups": ["urn:x:desk", "bw-md"]}, Role.PHYSICIAN),
        ({"groups": "urn:x:desk"}, Role.DESK),
        ({"groups": ["gardeners"]}, Role.UNASSIGNED),
        ({"groups": None}, Role.UNASSIGNED),
        ({"groups": {"bw-md": True}}, Role.UNASSIGNED),
        ({}, Role.UNASSIGNED),
    ],
)
def test_the_first_value_that_is_mapped_gives_the_role_and_nothing_gives_none(claims, role):
    assert identity_provider(MAPPED).role_of(claims) is role


def test_without_a_mapping_claims_say_nothing_of_roles():
    assert identity_provider(URL).role_of({"groups": ["bw-md"]}) is None


@pytest.mark.parametrize(
    ("claims", "enough"),
    [
        ({"acr": "mfa"}, True),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "pwd", "amr": "mfa"}, False),
        ({}, False),
    ],
)
def test_a_proof_is_enough_where_acr_or_amr_names_it(claims, enough):
    assert identity_provider(f"{URL}?acr=mfa").proves_enough(claims) is enough
    assert identity_provider(URL).proves_enough(claims)
