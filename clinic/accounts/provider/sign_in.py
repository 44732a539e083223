"""Who comes from the identity provider: which account that is, which role it has, who is refused.

An account belongs to a subject of the provider (the claim `sub`), never to an e-mail address.
"""

import re
from collections.abc import Mapping
from typing import Any

import pghistory
import structlog
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from clinic.accounts import sign_ins
from clinic.accounts.models import Role, User
from clinic.accounts.provider.id_token import is_fresh
from clinic.accounts.provider.openid import ProvedTooLittle, ProviderAway
from clinic.accounts.provider.session import METHOD, came_through_provider, named
from clinic.roles import permits
from scheduling.people.access import address_of

log = structlog.get_logger(__name__)
CONFIRM = "confirm"  # a process of ours beside the library's "login"
LONGEST_NAME = 140  # characters; ten more may hold a number
STRANGE = re.compile(r"[^\w.@+-]", re.ASCII)  # in a user name


class ProviderAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What the login library asks about people who come from the provider."""

    def list_apps(self, request: HttpRequest, **which: Any) -> list[SocialApp]:
        """The provider of OIDC_URL alone: the database holds none, and so no secret."""
        ours = settings.IDENTITY_PROVIDER
        if ours is None:
            return []
        app = SocialApp(provider="openid_connect", provider_id=ours.issuer, name=ours.name)
        app.client_id, app.secret = ours.client_id, ours.client_secret
        return [app]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state["process"] == CONFIRM:
            raise ImmediateHttpResponse(confirmed(request, sociallogin))
        if not sociallogin.is_existing:
            return
        if not sociallogin.user.is_active:
            sentence = "Your account here is not active. An administrator can change that."
            raise ImmediateHttpResponse(refused(request, sentence, sociallogin.user))
        take_role(request, sociallogin.user, sociallogin.claims)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new account, which may do nothing until a claim or an administrator says what."""
        user: User = sociallogin.user
        user.username = free_name(sociallogin.claims)
        _set_role(user, named().role_of(sociallogin.claims) or Role.UNASSIGNED)
        try:
            with by_provider(request), transaction.atomic():
                sociallogin.save(request)
        except IntegrityError:  # the same person has come in another window at this moment
            sentence = "Your account was made just now. Sign in again."
            raise ImmediateHttpResponse(apology(request, sentence, status=409)) from None
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, exception: Any = None, **told: Any
    ) -> None:
        """Say why. Who comes back without having been sent leaves no row: anybody could do that."""
        log.warning("provider_sign_in_failed", reason=f"{type(exception).__name__}: {exception}")
        status = 503 if isinstance(exception, ProviderAway) else 401
        if exception or "state" in (told["extra_context"] or {}):
            sign_ins.refused(_signed_in(request), request)
        raise ImmediateHttpResponse(apology(request, why_not(exception), status=status))


def why_not(exception: Exception | None) -> str:
    """What went wrong at the provider, for the person who waits."""
    name = named().name
    if isinstance(exception, ProviderAway):
        return f"{name} does not answer at the moment. Try again in a minute."
    if isinstance(exception, ProvedTooLittle):
        return f"{name} let you in without the second step that this clinic asks for."
    if exception is None:
        return f"{name} did not let you in, or you waited too long. Start again."
    return f"The answer of {name} does not count here. Start again; if it happens twice, tell IT."


def refused(request: HttpRequest, sentence: str, user: User | None) -> HttpResponse:
    """Somebody is known at the provider and does not come in here; a sign-in event tells of it."""
    sign_ins.refused(user, request)
    return apology(request, sentence, status=403)


def apology(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    page = "socialaccount/authentication_error.html"
    return render(request, page, {"sentence": sentence}, status=status)


def confirmed(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Go on with what asked who somebody is, if the same person has proved it just now."""
    user = _signed_in(request)
    if user is None or not came_through_provider(request) or login.user != user:
        return refused(request, "Somebody else has confirmed. Sign in again.", user)
    if not is_fresh(login.claims, login.state["asked_at"]):
        name = named().name
        sentence = f"{name} did not ask you again who you are, so nothing was done."
        return refused(request, sentence, user)
    record_authentication(request, user, METHOD, reauthenticated=True)
    request.GET = QueryDict(urlencode({"next": login.state.get("next") or "/"}))
    with pghistory.context(user=user.pk, address=address_of(request)):
        answer: HttpResponse | None = reauthentication.resume_request(request)
    return answer or redirect("home")


def take_role(request: HttpRequest, user: User, claims: Mapping[str, Any]) -> None:
    """Give an account the role that the claims give now, or take it away."""
    role = named().role_of(claims)
    if role is not None and role != user.role:
        _set_role(user, role)
        with by_provider(request):
            user.save(update_fields=["role", "is_staff"])


def by_provider(request: HttpRequest) -> Any:
    """In the history of a change: nobody here made it, the provider did."""
    issuer = named().issuer
    return pghistory.context(user=None, provider=issuer, address=address_of(request))


def free_name(claims: Mapping[str, Any]) -> str:
    """A user name that nobody has, in capitals or not."""
    said = claims.get("preferred_username")
    wanted = said if isinstance(said, str) and said else claims["sub"]
    name = STRANGE.sub("-", wanted)[:LONGEST_NAME]
    tries = (name if number == 1 else f"{name}-{number}" for number in range(1, 10**6))
    return next(each for each in tries if not User.objects.filter(username__iexact=each).exists())


def _set_role(user: User, role: Role) -> None:
    user.role, user.is_staff = role, permits(role, "administer")


def _signed_in(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
