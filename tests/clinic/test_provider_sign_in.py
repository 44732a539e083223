"""Signing in with the clinic's own identity provider, a real one on this machine."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.apps import apps
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import SignIn, SignInEvent, User
from clinic.accounts.provider import sign_in
from clinic.identity_provider import LocalAccounts
from clinic.roles import Role
from reminders.models import Review
from scheduling import clock
from tests.clinic.identity_provider import Person, at, identity_provider
from tests.pages import read
from tests.reminders import diaries
from tests.reminders.views.test_review import decision
from tests.world import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "rain-over-the-lake-7"
START, CONFIRM, CALLBACK = (
    "/accounts/provider/",
    "/accounts/provider/confirm/",
    "/accounts/provider/callback/",
)
MAPPING = {"bw-md": Role.PHYSICIAN, "bw-nurse": Role.NURSE}
SETTINGS = "/admin/scheduling/location/add/"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """What protects a stolen table of passwords only makes these tests slow."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def issuer():
    with identity_provider(f"http://testserver{CALLBACK}") as issuer:
        yield issuer


@pytest.fixture
def named(settings, issuer):
    """OIDC_URL names the provider, with these options."""

    def name(**facts):
        settings.IDENTITY_PROVIDER = at(issuer, **facts)
        return settings.IDENTITY_PROVIDER

    name()
    return name


@pytest.fixture
def mapped(named):
    return named(roles_claim="groups", roles=MAPPING)


def comes(person, client=None, address=START, **form):
    """Somebody goes to the provider and comes back: their browser, and the answer they get."""
    client = client or Client(REMOTE_ADDR="198.51.100.7")
    client.person = person
    there = client.post(address, form)["Location"]
    return client, client.get(person.goes(there))


def account(subject):
    return SocialAccount.objects.get(uid=subject).user


def linked(subject, issuer, role="nurse", **fields):
    user = a_user(role, **fields)
    SocialAccount.objects.create(user=user, provider=issuer, uid=subject)
    return user


def kinds():
    return [(each.kind, each.user) for each in SignInEvent.objects.order_by("pk")]


def history(user):
    """What is kept of somebody's roles, and what is known of each change."""
    rows = apps.get_model("accounts", "UserEvent").objects.filter(pgh_obj=user)
    known = rows.order_by("pgh_id").select_related("pgh_context")
    return [(row.role, row.pgh_context and row.pgh_context.metadata) for row in known]


# Who comes in


def test_whoever_comes_first_gets_an_account_that_may_do_nothing(named):
    browser, answer = comes(Person("s-100"))

    user = account("s-100")
    assert answer["Location"] == "/"
    assert (user.username, user.get_full_name()) == ("nora", "Nora Nurse")
    assert (user.role, user.is_staff, user.email) == (Role.UNASSIGNED, False, "")
    assert not user.has_usable_password()
    refused = [
        browser.get(reverse(page)).status_code for page in ("day", "patients", "admin:index")
    ]
    assert refused == [403] * 3


def test_the_start_tells_who_gives_a_role(named):
    a_user("administrator", last_name="Keyholder")

    browser, _ = comes(Person("s-100"))

    page = read(browser.get("/"))
    assert "Your account has no role yet" in page
    assert "Keyholder" in page
    assert browser.get("/accounts/2fa/").status_code == 200


def test_a_claim_gives_the_role_and_the_history_says_so(mapped):
    comes(Person("s-100"))

    (row,) = history(account("s-100"))
    assert row[0] == Role.NURSE
    assert row[1]["provider"] == mapped.issuer
    assert row[1]["user"] is None


def test_a_role_follows_the_claim_at_each_sign_in(mapped):
    user = linked("s-200", mapped.issuer, "administrator", is_staff=True)

    comes(Person("s-200"))

    user.refresh_from_db()
    assert (user.role, user.is_staff) == (Role.PHYSICIAN, False)
    assert [role for role, _ in history(user)] == [Role.ADMINISTRATOR, Role.PHYSICIAN]


@pytest.mark.parametrize("subject", ["s-300", "s-400"])
def test_a_claim_that_maps_to_nothing_or_is_missing_takes_the_role_away(mapped, subject):
    user = linked(subject, mapped.issuer, "physician")

    comes(Person(subject))

    user.refresh_from_db()
    assert user.role is Role.UNASSIGNED


def test_an_administrator_by_claim_may_administer(named):
    named(roles_claim="groups", roles={"gardeners": Role.ADMINISTRATOR})

    browser, _ = comes(Person("s-300"))

    assert browser.get("/admin/").status_code == 200


def test_without_a_mapping_the_role_that_an_administrator_gave_stays(named):
    user = linked("s-100", named().issuer, "desk")

    comes(Person("s-100"))

    user.refresh_from_db()
    assert user.role is Role.DESK


def test_no_account_is_taken_over_by_its_name_or_its_address(named):
    other = a_user("administrator", username="Nora", email="boss@clinic.example")

    comes(Person("s-100"))
    comes(Person("s-300"))

    assert account("s-100").username == "nora-2"
    assert account("s-300").username == "Root-Admin"
    assert other not in (account("s-100"), account("s-300"))


def test_nothing_that_the_provider_tells_is_kept_but_the_subject(named):
    comes(Person("s-300"))

    kept = SocialAccount.objects.get()
    assert (kept.provider, kept.uid, kept.extra_data) == (named().issuer, "s-300", {})
    assert not SocialToken.objects.exists()


def test_the_same_subject_of_another_issuer_is_somebody_else(named):
    other = linked("s-100", "https://former.example")

    _, answer = comes(Person("s-100"))

    assert answer["Location"] == "/"
    assert SocialAccount.objects.exclude(user=other).get().user.username == "nora"


def test_the_page_that_was_asked_for_opens_and_none_elsewhere(named):
    _, here = comes(Person("s-100"), next="/accounts/2fa/")
    _, elsewhere = comes(Person("s-100"), next="https://evil.example/")

    assert (here["Location"], elsewhere["Location"]) == ("/accounts/2fa/", "/")


def test_the_provider_answers_for_the_second_factor(named, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    linked("s-100", named().issuer, must_change_password=True)
    user = linked("s-200", named().issuer)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})

    without, _ = comes(Person("s-100"))
    with_one, _ = comes(Person("s-200"))

    assert without.get(reverse("day")).status_code == 200
    assert with_one.get(reverse("day")).status_code == 200


def test_coming_and_leaving_leave_a_row_each(named):
    browser, _ = comes(Person("s-100"))

    browser.post("/accounts/logout/")

    user = account("s-100")
    assert kinds() == [(SignIn.SIGNED_IN, user), (SignIn.SIGNED_OUT, user)]
    assert browser.get("/").status_code == 302


# Who does not


def test_somebody_inactive_is_told_so_and_keeps_their_role(mapped):
    user = linked("s-200", mapped.issuer, "nurse", is_active=False)

    browser, answer = comes(Person("s-200"))

    user.refresh_from_db()
    assert answer.status_code == 403
    assert "Your account here is not active." in read(answer)
    assert browser.get("/").status_code == 302
    assert (user.role, kinds()) == (Role.NURSE, [(SignIn.FAILED, user)])


def test_another_state_lets_nobody_in(named):
    client = Client()
    back = Person("s-100").goes(client.post(START)["Location"])

    stolen = Client().get(back)
    forged = client.get(back.replace("state=", "state=x"))

    assert (stolen.status_code, forged.status_code) == (401, 401)
    assert not User.objects.exists()


def test_a_way_back_is_good_once(named):
    client = Client()
    back = Person("s-100").goes(client.post(START)["Location"])
    client.get(back)

    assert client.get(back).status_code == 401


def test_another_nonce_lets_nobody_in(named):
    client = Client()
    there = client.post(START)["Location"]

    answer = client.get(Person("s-100").goes(there.replace("nonce=", "nonce=x")))

    assert answer.status_code == 401
    assert "The answer of Clinic login does not count here." in read(answer)
    assert kinds() == [(SignIn.FAILED, None)]


def test_an_id_token_that_somebody_changed_lets_nobody_in(named, monkeypatch):
    real = OAuth2Client.get_access_token

    def tampered(self, *args, **kwargs):
        found = real(self, *args, **kwargs)
        head, body, signature = found["id_token"].split(".")
        return found | {"id_token": f"{head}.{body}.{signature[::-1]}"}

    monkeypatch.setattr(OAuth2Client, "get_access_token", tampered)

    _, answer = comes(Person("s-100"))

    assert answer.status_code == 401
    assert not User.objects.exists()


def test_who_turns_back_at_the_provider_reads_what_happened(named):
    client = Client()
    state = client.post(START)["Location"].partition("state=")[2].partition("&")[0]

    answer = client.get(CALLBACK, {"error": "access_denied", "state": state})

    assert answer.status_code == 401
    assert "Clinic login did not let you in" in read(answer)


def test_a_provider_that_is_away_is_a_sentence(settings):
    settings.IDENTITY_PROVIDER = at("http://127.0.0.1:9")

    answer = Client().post(START)

    assert answer.status_code == 503
    assert "Clinic login does not answer at the moment." in read(answer)


def test_a_provider_that_goes_away_meanwhile_is_a_sentence(named, settings):
    client = Client()
    back = Person("s-100").goes(client.post(START)["Location"])
    settings.IDENTITY_PROVIDER = at("http://127.0.0.1:9")
    session = client.session
    for state in session["socialaccount_states"].values():
        state[2] = "http://127.0.0.1:9"
    session.save()

    assert client.get(back).status_code == 503


def test_a_provider_that_calls_itself_otherwise_does_not_count(named, issuer, settings):
    settings.IDENTITY_PROVIDER = at(f"{issuer}/")

    assert Client().post(START).status_code == 503


def test_a_proof_that_is_too_weak_lets_nobody_in(named):
    named(acr="mfa")

    _, answer = comes(Person("s-100"))

    assert answer.status_code == 401
    assert "without the second step that this clinic asks for" in read(answer)


# Passwords of Blockwise


def signs_in(role):
    browser = Client()
    user = a_user(role, password=PASSWORD, is_staff=role == "administrator")
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return browser, user


@pytest.mark.parametrize(
    ("local", "desk", "administrator"),
    [("off", 302, 302), ("emergency", 302, 200), ("on", 200, 200)],
)
def test_a_password_lets_in_whom_the_option_says(named, local, desk, administrator):
    named(local=LocalAccounts(local))

    assert signs_in("desk")[0].get("/").status_code == desk
    assert signs_in("administrator")[0].get("/").status_code == administrator


def test_whoever_may_not_use_a_password_is_told_and_noted(named):
    browser, user = signs_in("desk")

    assert "Sign in with Clinic login instead." in read(browser.get("/accounts/login/"))
    assert kinds() == [(SignIn.FAILED, user)]


def test_a_sign_in_past_the_provider_is_a_warning_in_the_log(named, caplog):
    _, user = signs_in("administrator")

    assert "'event': 'signed_in_without_provider'" in caplog.text
    assert f"'user': {user.pk}" in caplog.text


def test_who_comes_first_in_two_windows_at_once_gets_one_account(named, monkeypatch):
    def meanwhile(claims):
        """The other window is a moment quicker."""
        linked(claims["sub"], named_issuer, username="quicker")
        return "slower"

    named_issuer = named().issuer
    monkeypatch.setattr(sign_in, "free_name", meanwhile)

    _, answer = comes(Person("s-201"))

    assert answer.status_code == 409
    assert "Sign in again" in read(answer)
    assert not User.objects.filter(username="slower").exists()
    assert account("s-201").username == "quicker"


def test_the_sign_in_page_offers_the_provider_first(named):
    page = read(Client().get("/accounts/login/"))

    assert page.index("Sign in with Clinic login") < page.index(
        "For administrators, when Clinic login is away"
    )


def test_without_a_provider_there_is_no_way_to_one():
    page = read(Client().get("/accounts/login/"))

    assert "Sign in with" not in page
    assert Client().post(START).status_code == 404
    assert Client().get(CALLBACK).status_code == 404


# Who is asked again


def administrator(named):
    """Somebody who administers, and came through the provider."""
    named(roles_claim="groups", roles={"gardeners": Role.ADMINISTRATOR})
    return comes(Person("s-300"))[0]


SITE = {"name": "North", "address": "1 Main Street", "phone": "+15550100000", "policy": "{}"}
SITE |= {"zone": "America/Chicago"}


def test_what_was_sent_is_done_once_it_is_confirmed_at_the_provider(named):
    browser = administrator(named)
    asked = browser.post(SETTINGS, SITE)
    shown = browser.get(asked["Location"])

    _, answer = comes(browser.person, browser, CONFIRM, next=SETTINGS)

    locations = apps.get_model("scheduling", "Location").objects
    assert asked["Location"].startswith(CONFIRM)
    assert "Sign in again with Clinic login" in read(shown)
    assert (answer.status_code, locations.get().name) == (302, "North")
    row = apps.get_model("scheduling", "LocationEvent").objects.get()
    assert row.pgh_context.metadata["user"] == account("s-300").pk
    assert browser.get(SETTINGS).status_code == 200


def test_a_signature_is_given_once_its_physician_has_confirmed_at_the_provider(mapped, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: diaries.at(12))
    block = diaries.a_diary()
    for slot in ("D45", "D60", "H2"):
        diaries.answered(block, slot, 1)
    browser, _ = comes(Person("s-200"))
    account("s-200").locations.set([block.location])
    page = f"/reviews/{block.reference}/left/sign"

    asked = browser.post(page, decision(block))
    unsigned = not Review.objects.exists()
    comes(browser.person, browser, CONFIRM, next=page)

    assert asked["Location"].startswith(CONFIRM)
    assert unsigned
    assert Review.objects.get().signed_by == account("s-200")


def test_the_provider_is_asked_to_ask_again(named):
    browser = administrator(named)

    there = browser.post(CONFIRM)["Location"]

    assert "prompt=login" in there
    assert "max_age=0" in there


def test_a_sign_in_that_was_not_asked_for_again_confirms_nothing(named):
    browser = administrator(named)
    there = browser.post(CONFIRM)["Location"]
    quietly = there.replace("prompt=login", "").replace("max_age=0", "")

    answer = browser.get(browser.person.goes(quietly))

    assert answer.status_code == 403
    assert "did not ask you again who you are" in read(answer)
    assert browser.get(SETTINGS)["Location"].startswith(CONFIRM)


def test_a_confirmation_by_somebody_else_counts_for_nothing(named):
    browser = administrator(named)

    _, answer = comes(Person("s-100"), browser, CONFIRM)

    assert answer.status_code == 403
    assert browser.get(SETTINGS)["Location"].startswith(CONFIRM)
    assert kinds()[-1] == (SignIn.FAILED, account("s-300"))


def test_a_session_of_a_provider_that_is_named_no_more_confirms_nothing(named, settings):
    browser = administrator(named)
    settings.IDENTITY_PROVIDER = None

    asked = browser.get(SETTINGS)["Location"]

    assert asked.startswith(CONFIRM)
    assert browser.get(asked).status_code == 404
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("page", ["mfa_activate_totp", "account_set_password", "mfa_add_webauthn"])
def test_no_other_way_in_is_added_without_confirming(named, page):
    browser = administrator(named)

    assert browser.get(reverse(page))["Location"].startswith(CONFIRM)


def test_a_session_with_a_password_is_not_confirmed_at_the_provider(named):
    browser, _ = signs_in("administrator")

    assert browser.get(SETTINGS)["Location"].startswith("/accounts/reauthenticate/")
    assert browser.post(CONFIRM).status_code == 404


# Whom an administrator links


@pytest.fixture
def keeper(named):
    """An administrator who has just confirmed who they are."""
    named(roles_claim="groups", roles={"gardeners": Role.ADMINISTRATOR})
    browser, _ = comes(Person("s-300"))
    comes(browser.person, browser, CONFIRM)
    return browser


def links(keeper, user, subject):
    said = {"username": user.username, "role": user.role, "is_active": "on", "subject": subject}
    return keeper.post(f"/admin/accounts/user/{user.pk}/change/", said)


def test_an_account_that_an_administrator_has_linked_is_the_one_of_its_subject(keeper):
    user = a_user("nurse")

    answer = links(keeper, user, "s-100")

    assert answer.status_code == 302
    assert account("s-100") == user
    assert apps.get_model("admin", "LogEntry").objects.get().user == account("s-300")


def test_a_subject_belongs_to_one_account_until_an_administrator_empties_it(keeper):
    first, second = a_user("nurse"), a_user("nurse")
    links(keeper, first, "s-100")

    refused = links(keeper, second, "s-100")
    links(keeper, first, "")
    links(keeper, second, "s-100")

    assert f"This is {first.username}’s; empty it there first." in read(refused)
    assert account("s-100") == second


def test_without_a_provider_accounts_have_no_subject(keeper, settings):
    settings.IDENTITY_PROVIDER = None

    page = read(keeper.get(f"/admin/accounts/user/{a_user().pk}/change/"))

    assert "Subject" not in page
