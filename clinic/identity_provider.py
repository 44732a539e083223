"""The clinic's own identity provider, as OIDC_URL names it, and the role that its claims give.

Like the other addresses: a function takes one URL and returns plain values, or raises `ValueError`
with a sentence that says how to mend it and never repeats the URL, which carries a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

from clinic.addresses import is_loopback, split
from clinic.roles import Role
from scheduling.rules.procedure import Word

EXAMPLE = "https://CLIENT_ID:CLIENT_SECRET@idp.example.com/realm?name=Clinic%20login"
OPTIONS = ("name", "roles_claim", "roles", "local", "acr")


class LocalAccounts(Word):
    """Who may still sign in with a password of Blockwise."""

    OFF = "off"
    EMERGENCY = "emergency"  # administrators, for the day on which the provider is away
    ON = "on"


@dataclass(frozen=True)
class IdentityProvider:
    """An OpenID provider and what we are to it.

    `roles` gives the role for each value of the claim `roles_claim`, the first that is found
    counts; both are empty where an administrator gives the roles. `acr` is how people must have
    proved themselves there, empty where that is left to the provider.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "your clinic’s account"
    roles_claim: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    local: LocalAccounts = LocalAccounts.EMERGENCY
    acr: str = ""

    @property
    def discovery_url(self) -> str:
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    @property
    def origin(self) -> str:
        """The scheme and host of its pages."""
        return "/".join(self.issuer.split("/")[:3])

    @property
    def is_encrypted(self) -> bool:
        return self.issuer.startswith("https://")

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The role that these claims give; None where an administrator gives the roles.

        What maps to nothing, or is not there, is no role.
        """
        if not self.roles:
            return None
        said = claims.get(self.roles_claim)
        values = said if isinstance(said, list) else [said]
        return next(
            (role for value, role in self.roles.items() if value in values), Role.UNASSIGNED
        )

    def proves_enough(self, claims: Mapping[str, Any]) -> bool:
        """Whether somebody has proved there who they are, in the way that is asked for."""
        methods = claims.get("amr")
        said = [claims.get("acr"), *(methods if isinstance(methods, list) else [])]
        return not self.acr or self.acr in said

    def lets_in_locally(self, role: Role) -> bool:
        """Whether somebody of this role may sign in with a password of Blockwise."""
        if self.local == LocalAccounts.EMERGENCY:
            return role == Role.ADMINISTRATOR
        return self.local == LocalAccounts.ON


def identity_provider(url: str) -> IdentityProvider:
    """The provider at `https://CLIENT_ID:CLIENT_SECRET@idp.example.com/realm?name=Clinic%20login`.

    What is left without user, password and query is the issuer, letter by letter.
    """
    parts = split(url, {"https", "http"}, EXAMPLE)
    if not (parts.hostname and parts.username and parts.password):
        raise ValueError(f"must name client, secret and host; write {EXAMPLE}.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("would send in clear; begin it with https://.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unread := sorted(options.keys() - {*OPTIONS}):
        raise ValueError(f"has {unread[0]}, which nothing reads; options are {', '.join(OPTIONS)}.")
    return IdentityProvider(
        issuer=_issuer(parts),
        client_id=unquote(parts.username),
        client_secret=unquote(parts.password),
        name=options.get("name") or IdentityProvider.name,
        roles_claim=options.get("roles_claim", ""),
        roles=_roles(options),
        local=_local(options.get("local", LocalAccounts.EMERGENCY)),
        acr=options.get("acr", ""),
    )


def _issuer(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()


def _roles(options: Mapping[str, str]) -> dict[str, Role]:
    """`bw-desk:desk,bw-md:physician` as the role for each value; the last colon divides."""
    if bool(options.get("roles")) != bool(options.get("roles_claim")):
        raise ValueError("names roles or roles_claim alone; write both, or neither.")
    pairs = [each.rpartition(":") for each in options.get("roles", "").split(",") if each]
    given = [role.value for role in Role if role != Role.UNASSIGNED]
    if not all(value and role in given for value, _, role in pairs):
        raise ValueError(f"must write roles as VALUE:ROLE, with a role of {', '.join(given)}.")
    return {value: Role(role) for value, _, role in pairs}


def _local(word: str) -> LocalAccounts:
    if word not in [each.value for each in LocalAccounts]:
        raise ValueError(f"must have local as one of {', '.join(LocalAccounts)}.")
    return LocalAccounts(word)
