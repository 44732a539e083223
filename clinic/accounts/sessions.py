"""Where somebody is signed in: each browser is a session, which its owner and administrators end.

The login library keeps which session belongs to whom; when one ends by itself is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from ua_parser import parse

from clinic.accounts import sign_ins
from clinic.accounts.models import SignIn, User

BEGAN, SEEN = "began", "seen"  # in the session, in seconds since 1970
EVERY = 30  # seconds between two notes of the last request: each is a write
NOWHERE = "::"  # the unspecified address (RFC 4291): who comes from nowhere known


@dataclass(frozen=True)
class OpenSession:
    """One browser on which somebody is signed in; `address` is None where it is unknown."""

    key: str
    browser: str
    address: str | None
    began: datetime
    seen: datetime


def has_ended(began: float, seen: float, now: float) -> bool:
    """Whether a session of these seconds since 1970 is over: idle too long, or open too long.

    A time ahead of now is of a clock that was wrong, and ends the session too.
    """
    too_long = abs(now - began) > settings.SESSION_COOKIE_AGE
    return too_long or abs(now - seen) > settings.IDLE_SECONDS + EVERY


def open_sessions(user: User, now: datetime) -> list[OpenSession]:
    """Where this person is signed in, the last used first."""
    rows = UserSession.objects.purge_and_list(user)
    found = [_read(row) for row in rows]
    still = [
        each
        for each in found
        if not has_ended(each.began.timestamp(), each.seen.timestamp(), now.timestamp())
    ]
    return sorted(still, key=lambda each: each.seen, reverse=True)


@transaction.atomic
def end(
    sessions: Iterable[OpenSession], *, user: User, request: HttpRequest, by: User | None = None
) -> None:
    """Sign this person out there: the next request from these browsers is a stranger's.

    `by` is whoever does it for somebody else.
    """
    for each in sessions:
        Session.objects.filter(session_key=each.key).delete()
        UserSession.objects.filter(session_key=each.key).delete()
        sign_ins.note(SignIn.SESSION_ENDED, user, request, by=by)


def forget() -> None:
    """Drop what ended by itself; sessions hold names of patients in their news."""
    SessionStore.clear_expired()
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(session)).delete()


def _read(row: UserSession) -> OpenSession:
    kept = SessionStore(row.session_key).load()
    began = row.created_at.timestamp()
    return OpenSession(
        key=row.session_key,
        browser=_browser(row.user_agent),
        address=None if row.ip == NOWHERE else row.ip,
        began=datetime.fromtimestamp(kept.get(BEGAN, began), UTC),
        seen=datetime.fromtimestamp(kept.get(SEEN, began), UTC),
    )


def _browser(user_agent: str) -> str:
    """Such as "Chrome on Windows"; what the browser does not say is not guessed."""
    said = parse(user_agent)
    program = said.user_agent.family if said.user_agent else "Unknown browser"
    return f"{program} on {said.os.family}" if said.os else program
