"""Who asks, and for which page."""

from typing import cast

from django.http import HttpRequest

from scheduling.staff import User


def signed_in(request: HttpRequest) -> User:
    """Whoever asks; a page that needs no login must not call this."""
    return cast(User, request.user)


def role(request: HttpRequest) -> str:
    """The role of whoever is signed in; empty for a stranger."""
    return str(getattr(request.user, "role", ""))


def page_name(request: HttpRequest) -> str:
    """The page's name in the table of addresses, as rows of access keep it."""
    match = request.resolver_match
    return str(match.view_name) if match else ""
