"""Who asks, and for which page."""

from typing import Any, cast

from django.http import HttpRequest

from scheduling.staff import User


def signed_in(request: HttpRequest) -> User:
    """The member of staff who asks; a page that needs no login must not call this."""
    return cast(User, request.user)


def page_name(request: HttpRequest) -> str:
    """The page's name in the table of addresses, as rows of access keep it."""
    match = request.resolver_match
    return str(match.view_name) if match else ""


class ForAdministrators:
    """Open to those who may administer, whatever Django's own permissions say."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).may("administer")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return signed_in(request).may("administer")

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission
