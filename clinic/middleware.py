"""What cannot be read is refused; every page is private unless it opts out by name; every change
says who made it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pghistory
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from pghistory import config
from pghistory.middleware import HistoryMiddleware as BaseHistory

from clinic.accounts.factors import proofs_of
from clinic.accounts.models import User
from clinic.accounts.provider.session import came_through_provider
from clinic.roles import OWN_ACCOUNT, PUBLIC

READABLE = ("utf-8", "utf8", "us-ascii")
USUAL = ("GET", "HEAD", "OPTIONS", "POST")
# Of what a page could ask of a browser, security keys alone are used.
NO_DEVICES = ", ".join(
    f"{device}=()"
    for device in ("camera", "microphone", "geolocation", "payment", "usb", "bluetooth", "serial")
)
HAS_FACTOR = "has_factor"  # in the session: one question less a page


@dataclass(frozen=True)
class FirstThing:
    """What somebody has to do before anything else opens, and the pages for it."""

    sentence: str
    pages: tuple[str, ...]


PASSWORD = FirstThing(
    "Somebody else has set your password: choose your own.",
    ("account_change_password", "account_logout", "still_here"),
)
FACTOR = FirstThing(
    "Add a passkey or an authenticator app first: nothing else opens without one.",
    ("mfa_index", *OWN_ACCOUNT, "account_logout", "still_here"),
)


def first_thing(request: HttpRequest, user: User) -> FirstThing | None:
    """A password of one's own, then, where it is required, a second factor.

    For who came through the identity provider, that answers for both.
    """
    if came_through_provider(request):
        return None
    if user.must_change_password:
        return PASSWORD
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get(HAS_FACTOR):
        return None
    if proofs_of(user).exists():
        request.session[HAS_FACTOR] = True
        return None
    return FACTOR


class OnlyReadable:
    """Refuse what no browser sends before anything reads it.

    Parsers break on encodings that are none of text, and the database on null characters in a path
    or a cookie. For those in their fields and queries, pages answer themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in READABLE:
            raise BadRequest("The request is not written in UTF-8.")
        if request.method == "TRACE":  # would show a script the cookies that it may not read
            return HttpResponseNotAllowed(USUAL)
        if any("\x00" in text for text in (request.path, *request.COOKIES.values())):
            raise BadRequest("The path or a cookie holds a null character.")
        return self.get_response(request)


class PrivateByDefault:
    """Ask the one table of roles before any view runs; keep what staff see out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated or response.status_code >= 400:
            patch_cache_control(response, private=True, no_store=True)
        response["Permissions-Policy"] = NO_DEVICES
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        page = request.resolver_match.view_name or ""  # type: ignore[union-attr]
        if isinstance(request.user, User) and (first := first_thing(request, request.user)):
            if page in first.pages:
                return None
            messages.warning(request, first.sentence)
            return redirect(first.pages[0])
        if page in PUBLIC or (isinstance(request.user, User) and request.user.may(page)):
            return None
        if not request.user.is_authenticated:
            return sign_in_first(request)
        raise PermissionDenied(f"Your role does not open this page ({page or 'unnamed'}).")


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in and back; a request for a part of a page moves the whole page."""
    if request.headers.get("HX-Request"):
        login = redirect_to_login(came_from(request, "HX-Current-URL"))["Location"]
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    messages.warning(
        request, "You were signed out meanwhile, so nothing was saved. Sign in and enter it again."
    )
    return redirect_to_login(came_from(request, "Referer"))


def came_from(request: HttpRequest, header: str) -> str:
    """The page of this site that held the form; the start page if the browser does not say."""
    url = request.headers.get(header, "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
        return "/"
    return urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"


class HistoryMiddleware(BaseHistory):
    """Keep who changes something, from which page and where; no address, which may hold a token."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "user": getattr(request.user, "pk", None),
            "address": request.META.get("REMOTE_ADDR"),
        }

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method in config.middleware_methods():
            pghistory.context(page=request.resolver_match.view_name)  # type: ignore[union-attr]
