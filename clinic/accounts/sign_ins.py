"""Every sign-in, failure and sign-out leaves a row, through whichever page it came.

Django's own signals tell of all of them, the administration's page included.
"""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from clinic.accounts.models import SignIn, SignInEvent, User
from scheduling import clock
from scheduling.people.access import address_of


def install() -> None:
    user_logged_in.connect(came, dispatch_uid="sign_ins")
    user_logged_out.connect(left, dispatch_uid="sign_ins")
    user_login_failed.connect(failed, dispatch_uid="sign_ins")


def came(*, request: HttpRequest | None, user: User, **_: Any) -> None:
    _note(SignIn.SIGNED_IN, user, request)


def left(*, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user:  # nobody was signed in: nothing has ended
        _note(SignIn.SIGNED_OUT, user, request)


def failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = credentials.get("username") or ""
    _note(SignIn.FAILED, User.objects.filter(username=name).first(), request)


def _note(kind: SignIn, user: User | None, request: HttpRequest | None) -> None:
    address = address_of(request) if request else None
    SignInEvent.objects.create(kind=kind, user=user, address=address, at=clock.now())
