"""Step-up: some pages ask again who somebody is, whoever sits at their screen by now.

Which ones stands in clinic/roles.py. What was sent meanwhile is kept and done afterwards.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows import reauthentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from clinic.accounts.provider.session import came_through_provider, must_confirm
from clinic.roles import OWN_PROOFS, asks_again


class StepUp:
    """Send whoever opens such a page to confirm that it is them, unless they did of late.

    Runs after `PrivateByDefault`, so only whoever may open the page is asked.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        page = request.resolver_match.view_name or ""  # type: ignore[union-attr]
        if not asked_on(request, page) or not must_confirm(request):
            return None
        return confirm_first(request)


def asked_on(request: HttpRequest, page: str) -> bool:
    """Whether this page asks; who came through the identity provider may add no other way in."""
    if asks_again(page, request.method or ""):
        return True
    return page in OWN_PROOFS and came_through_provider(request)


def confirm_first(request: HttpRequest) -> HttpResponse:
    """Ask, then do what was sent; a password that was typed is never kept for that."""
    asking = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    if not any("password" in name for name in request.POST):
        reauthentication.suspend_request(request, asking)
        # What was sent keeps its query; the login library takes it up again by the bare path.
        back = request.path if request.method == "POST" else request.get_full_path()
        return redirect(f"{asking}?{urlencode({'next': back})}")
    messages.warning(request, "Nothing was saved: passwords are not kept. Enter it again.")
    return redirect(f"{asking}?{urlencode({'next': request.get_full_path()})}")
