"""Links into a patient's pages: 128 unguessable bits, one purpose, an end, and a birth date behind them.

A token is derived from its message, so that a message sent again carries the same link while the
table keeps only the token's hash.
"""

import hashlib
import hmac
import string
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from reminders.models import Link, LinkPurpose, Message, Survey
from scheduling import worklist
from scheduling.models import Patient, Queue

ALPHABET = string.digits + string.ascii_letters
LENGTH = 22  # of 62 letters: room for 128 bits
TRIES = 5
AFTER_SURVEY, AFTER_VISIT = timedelta(days=14), timedelta(days=1)
CHECK_INS = frozenset(
    {"SMS11", "SMS12", "SMS13", "SMS15", "SMS16", "CHECKIN-LINK", "EM-DIARY", "EM-SURVEY", "EM-LASTTRY"}
)
"""Texts whose link leads to the questions; every other one leads to the preparation page."""


def token_for(message: Message) -> str:
    """The token of a message's link: 22 letters and digits, the same each time."""
    key = f"link:{settings.SECRET_KEY}".encode()
    digest = hmac.digest(key, message.reference.bytes, hashlib.sha256)
    number = int.from_bytes(digest[:16])
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def url(token: str) -> str:
    """The whole address, as a message says it."""
    return settings.SITE_URL + reverse("link", args=[token])


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def issue(message: Message, *, at: datetime) -> str:
    """Make sure that the message's link is in the table; return its token."""
    token = token_for(message)
    checks_in = bool(message.slot) or not CHECK_INS.isdisjoint((message.sms_key, message.email_key))
    Link.objects.get_or_create(
        message=message,
        defaults={
            "token_sha256": hashed(token),
            "purpose": LinkPurpose.SURVEY if checks_in else LinkPurpose.PREPARE,
            "injection_id": message.injection_id,
            "slot": message.slot,
            "created_at": at,
            "expires_at": _end_of_survey(message) if checks_in else _end_of_visit(message),
        },
    )
    return token


def _end_of_survey(message: Message) -> datetime:
    row = Survey.objects.filter(injection=message.injection_id, slot=message.slot).first()
    return (row.closes_at if row else message.expires_at) + AFTER_SURVEY


def _end_of_visit(message: Message) -> datetime:
    return max(message.injection.during.upper, message.expires_at) + AFTER_VISIT


def find(token: str, now: datetime) -> Link | None:
    """The link that still works; None for one unknown, expired, revoked or locked, all alike."""
    working = Link.objects.filter(revoked_at=None, expires_at__gt=now, tries__lt=TRIES)
    return working.filter(token_sha256=hashed(token)).first()


@transaction.atomic
def unlock(link: Link, birth_date: date, now: datetime) -> bool:
    """Whether this is the birth date of the link's patient. The fifth wrong one locks the link for good."""
    row = Link.objects.select_for_update(of=("self",)).select_related("injection__patient").get(pk=link.pk)
    if row.tries >= TRIES:
        return False
    if row.injection.patient.birth_date == birth_date:
        Link.objects.filter(pk=row.pk).update(tries=0)
        return True
    Link.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    if row.tries + 1 == TRIES:
        _tell_staff(row, now)
    return False


def _tell_staff(link: Link, now: datetime) -> None:
    worklist.open_task(
        kind="link_locked",
        key=f"link-{link.pk}",
        queue=Queue.DESK,
        title="A patient's link is locked after five wrong birth dates: phone the patient",
        detail="Check the birth date on record, and whose telephone or mailbox it is.",
        injection=link.injection,
        due_at=now + timedelta(hours=4),
        at=now,
    )


def revoke(*, patient: Patient, at: datetime) -> int:
    """Close every open link of a patient, as after a change of number or address; return how many."""
    open_ones = Link.objects.filter(injection__patient=patient, revoked_at=None)
    return open_ones.update(revoked_at=at)
