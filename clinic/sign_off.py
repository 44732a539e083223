"""Automatic sign-off (45 CFR 164.312(a)(2)(iii)): after a while without a request, and once a day.

The page warns before, and stays as it is behind a cover: see clinic/static/sign_off.js.
"""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from clinic.accounts.sessions import BEGAN, EVERY, SEEN, has_ended
from scheduling.views.asking import signed_in


class SignOff:
    """End the session of whoever has been away too long, before anything is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not goes_on(request.session, time.time()):
            logout(request)
        return self.get_response(request)


def goes_on(session: Any, now: float) -> bool:
    """Whether this session still counts; notes when it was used, and at first when it began."""
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now
    if has_ended(session[BEGAN], session[SEEN], now):
        return False
    if now - session[SEEN] > EVERY:
        session[SEEN] = now
    return True


@require_safe
def still_here(request: HttpRequest) -> JsonResponse:
    """Somebody works on a page: who, and a fresh token for the forms that stand on it."""
    return JsonResponse({"person": signed_in(request).pk, "token": get_token(request)})
