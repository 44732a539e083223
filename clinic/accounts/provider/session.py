"""Sessions that began at the identity provider, and what they have confirmed there since."""

import time
from typing import Any, cast

from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from clinic.accounts.models import User
from clinic.identity_provider import IdentityProvider

METHOD = "socialaccount"  # as the login library records it


def named() -> IdentityProvider:
    """The provider of OIDC_URL, for code that runs only where there is one."""
    return cast(IdentityProvider, settings.IDENTITY_PROVIDER)


def came_through_provider(request: HttpRequest, user: Any = None) -> bool:
    """Whether this person proved at the provider who they are, and not here."""
    signed_in = [each for each in _records(request, user) if not each.get("reauthenticated")]
    return bool(signed_in) and signed_in[-1]["method"] == METHOD


def must_confirm(request: HttpRequest) -> bool:
    """Whether it is too long ago that this person has proved who they are.

    Who came through the provider proves it there: the login library would not ask at all, and a
    password or a key that was added in an unguarded moment is no proof.
    """
    if not came_through_provider(request):
        return bool(reauthentication.is_reauthentication_required(request, app="clinic"))
    at = [
        each["at"]
        for each in _records(request)
        if each["method"] == METHOD and each.get("reauthenticated")
    ]
    return not at or time.time() - at[-1] >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _records(request: HttpRequest, user: User | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get_authentication_records(request, user or request.user)
    return found
