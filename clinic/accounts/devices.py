"""Browsers on which somebody has signed in before, remembered in a signed cookie.

A known device is let try where strangers are refused, so that whoever guesses at a name from
elsewhere does not lock out the person who owns it.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = f"{settings.HOST_ONLY}device"
LASTS = 180 * 24 * 3600  # seconds
MOST = 20  # people who share one computer


def is_known(request: HttpRequest, name: str) -> bool:
    """Whether this person has signed in on this device before."""
    return name in _names(request)


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Let the browser keep that this person has signed in on it."""
    names = [name, *(each for each in _names(request) if each != name)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(names, salt=COOKIE),
        max_age=LASTS,
        secure=settings.SECURE_SITE,
        httponly=True,
        samesite="Lax",
    )


def _names(request: HttpRequest) -> list[str]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=LASTS))
    except signing.BadSignature:
        return []
