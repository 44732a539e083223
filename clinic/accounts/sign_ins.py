"""Every sign-in, failure, sign-out and change of a second factor leaves a row.

Through whichever page it came: the signals of Django and of the login library tell of all of them.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from clinic.accounts import alerts
from clinic.accounts.models import AlertKind, SignIn, SignInEvent, User
from scheduling import clock
from scheduling.people.access import address_of

log = structlog.get_logger(__name__)
MOST_FAILURES = 30  # from everywhere together, known devices excepted
LATELY = timedelta(hours=1)
ATTACKED = (
    f"{MOST_FAILURES} wrong passwords or codes came for one name within an hour. Browsers on which "
    "its owner has not signed in before are refused for now."
)


def install() -> None:
    user_logged_in.connect(came, dispatch_uid="sign_ins")
    user_logged_out.connect(left, dispatch_uid="sign_ins")
    user_login_failed.connect(failed, dispatch_uid="sign_ins")
    mfa.authentication_failed.connect(wrong_code, dispatch_uid="sign_ins")
    for signal, changed in FACTOR_CHANGES.items():
        signal.connect(changed, dispatch_uid="sign_ins")


def came(*, request: HttpRequest | None, user: User, **_: Any) -> None:
    note(SignIn.SIGNED_IN, user, request)


def left(*, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user:  # nobody was signed in: nothing has ended
        note(SignIn.SIGNED_OUT, user, request)


def failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = str(credentials.get("username") or "")
    _note_failure(name, User.objects.filter(username=name).first(), request)


def wrong_code(*, user: User, request: HttpRequest, **_: Any) -> None:
    _note_failure(user.username, user, request)


def refused(user: User | None, request: HttpRequest) -> None:
    """Somebody came from the identity provider, and not in; no name was typed for that."""
    _note(SignIn.FAILED, "", user, request)


def added(*, user: User, request: HttpRequest, **_: Any) -> None:
    note(SignIn.FACTOR_ADDED, user, request)


def removed(*, user: User, request: HttpRequest, **_: Any) -> None:
    note(SignIn.FACTOR_REMOVED, user, request)


def reset(*, user: User, request: HttpRequest, **_: Any) -> None:
    note(SignIn.FACTOR_RESET, user, request)


FACTOR_CHANGES = {
    mfa.authenticator_added: added,
    mfa.authenticator_removed: removed,
    mfa.authenticator_reset: reset,
}


def is_under_attack(name: str, at: datetime) -> bool:
    """Whether so many wrong passwords came for this name of late that strangers try no more."""
    return _failures(name, at) >= MOST_FAILURES


def _failures(name: str, at: datetime) -> int:
    rows = SignInEvent.objects.filter(kind=SignIn.FAILED, name=_digest(name))
    return rows.filter(at__gt=at - LATELY).count()


def _digest(name: str) -> str:
    return salted_hmac("sign-in", name).hexdigest()[:8]


def note(kind: SignIn, user: User, request: HttpRequest | None, by: User | None = None) -> None:
    """Record what happened to this person's way in, and who else did it, if anybody."""
    _note(kind, user.username, user, request, by)


def _note_failure(name: str, user: User | None, request: HttpRequest | None) -> None:
    _note(SignIn.FAILED, name, user, request)
    if is_under_attack(name, now := clock.now()):
        log.warning("name_under_attack", name=_digest(name))
        alerts.open_alert(kind=AlertKind.NAME_UNDER_ATTACK, about=user, detail=ATTACKED, at=now)


def _note(
    kind: SignIn,
    name: str,
    user: User | None,
    request: HttpRequest | None,
    by: User | None = None,
) -> None:
    SignInEvent.objects.create(
        kind=kind,
        name=_digest(name),
        user=user,
        by=by,
        address=address_of(request) if request else None,
        at=clock.now(),
    )
