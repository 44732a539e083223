"""Ways in for patients: a token in a message, its hash in a row."""

import hashlib
import hmac
import string
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from reminders.models import Attempt, Link, LinkPurpose
from reminders.rules.plan.message_states import NEVER_ARRIVED, MessageState
from scheduling.models import ContactPoint, Injection
from scheduling.rules.procedure import Channel, InjectionState, Purpose

ALPHABET = string.digits + string.ascii_letters
LENGTH = 22  # base-62 characters: 131 bits, of which the digest fills 128 and more
PREPARE_LASTS = timedelta(days=1)  # after the visit
SURVEY_LASTS = timedelta(days=14)  # after the slot has closed: late answers count as late


class Referenced(Protocol):
    """Anything with a message's reference."""

    @property
    def reference(self) -> UUID: ...


def token_for(message: Referenced) -> str:
    """The token of a message: the same every time, and unguessable without the secret key."""
    digest = _signature(message.reference.bytes)
    number = int.from_bytes(digest[:17], "big")
    characters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, 62)
        characters.append(ALPHABET[rest])
    return "".join(characters)


def _signature(reference: bytes) -> bytes:
    signer = _signer()
    signer.update(reference)
    return signer.digest()


def _signer() -> hmac.HMAC:
    return _keyed(settings.SECRET_KEY).copy()


@lru_cache(maxsize=4)
def _keyed(secret: str) -> hmac.HMAC:
    """Prepared once: deriving a token then costs two hashes."""
    return hmac.new(f"links:{secret}".encode(), digestmod=hashlib.sha256)


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def url(token: str) -> str:
    """The address that a message carries."""
    return _prefix(settings.SITE_URL) + token


@lru_cache(maxsize=4)
def _prefix(site: str) -> str:
    return site + reverse("link", args=["0" * LENGTH]).removesuffix("/").removesuffix("0" * LENGTH)


def purpose_of(purpose: str, slot: str) -> LinkPurpose:
    """What the link of a message is for."""
    asks = slot or purpose == Purpose.DIARY
    return LinkPurpose.SURVEY if asks else LinkPurpose.PREPARE


def lasts_until(purpose: LinkPurpose, start: datetime, useful_until: datetime) -> datetime:
    """Until when a link opens: a day after the visit, or a fortnight after its slot."""
    if purpose is LinkPurpose.SURVEY:
        return useful_until + SURVEY_LASTS
    return max(start, useful_until) + PREPARE_LASTS


def opens(purpose: LinkPurpose, injection: Injection) -> LinkPurpose:
    """What a link opens, and nothing else; once the visit is over, every link the diary."""
    return LinkPurpose.SURVEY if is_over(injection) else purpose


def is_over(injection: Injection) -> bool:
    """Whether the visit has taken place."""
    return injection.state in (InjectionState.COMPLETED, InjectionState.ABORTED)


def find(token: str, now: datetime) -> Link | None:
    """The link of this token if it still opens; unknown, expired and revoked look the same."""
    links = Link.objects.select_related("injection__patient", "injection__location", "message")
    return links.filter(token_sha256=digest(token), expires_at__gt=now, revoked_at=None).first()


def revoke(*, channel: Channel, value: str, at: datetime) -> int:
    """End every link that was sent to this address: somebody else reads there."""
    return _revoke(_arrived().filter(channel=channel, address=value), at)


def revoke_left_behind(injections: Collection[int], at: datetime) -> int:
    """End the links that went to an address which is not the patient's any more.

    One query where no patient of these injections ever changed an address.
    """
    former = ContactPoint.objects.filter(patient__injections__in=injections, active=False)
    patients = set(former.values_list("patient", flat=True))
    if not patients:
        return 0
    same = {"patient": OuterRef("message__patient"), "channel": OuterRef("channel")}
    still = ContactPoint.objects.filter(**same, value=OuterRef("address"), active=True)
    sent = _arrived().filter(message__injection__in=injections, message__patient__in=patients)
    return _revoke(sent.exclude(Exists(still)), at)


def revoke_alike(injection: Injection, purpose: LinkPurpose, at: datetime) -> int:
    """End the links of an injection that open the same page as a new one; what is still to leave
    keeps its own.
    """
    standing = Link.objects.filter(injection=injection, revoked_at=None)
    left = standing.exclude(message__state__in=[MessageState.QUEUED, MessageState.SENDING])
    page = opens(purpose, injection)
    alike = [link.pk for link in left if opens(link.purpose, injection) is page]
    return Link.objects.filter(pk__in=alike).update(revoked_at=at)


def _arrived() -> QuerySet[Attempt]:
    """What may have been read; a message that never arrived may go elsewhere with its link."""
    return Attempt.objects.exclude(state__in=NEVER_ARRIVED)


def _revoke(sent: QuerySet[Attempt], at: datetime) -> int:
    links = Link.objects.filter(message__in=sent.values("message"), revoked_at=None)
    return links.update(revoked_at=at)
