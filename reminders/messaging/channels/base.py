"""What every channel can do, and the ways a hand-over may end."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.core.mail import EmailMultiAlternatives


class Refused(Exception):
    """It will never work through this channel: do not try again. No address in the sentence."""

    opted_out = False


class OptedOut(Refused):
    """The carrier knows that this number wants no more messages."""

    opted_out = True


class Unavailable(Exception):
    """It may work later: nothing was taken."""


class Unknown(Exception):
    """The carrier may or may not have taken it: ask before saying it again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took it. `provider_id` is the carrier's own name for it, if it has one."""

    provider_id: str = ""


Outcome = Accepted | Refused | Unavailable | Unknown


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt about to be handed over: `body` is a text, or a whole e-mail."""

    attempt: int
    reference: UUID
    address: str
    body: str | EmailMultiAlternatives
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UnconfirmedDelivery:
    """One attempt whose end nobody saw. `others` are the carrier's names of attempts we know."""

    reference: UUID
    address: str
    body_sha256: str
    handed_at: datetime
    others: frozenset[str] = frozenset()


class Connection(Protocol):
    """An open line to a carrier; good for many deliveries, used by one worker."""

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        """Hand over each delivery in turn and tell how it went, in the same order."""

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """What became of an attempt; None: the carrier never had it. May raise `Unavailable`."""


class MessageChannel(Protocol):
    """A way to bring messages: one file, and one line in the registry."""

    name: str
    chunk: int  # messages a claim: few where an unknown end is bad
    rate: float  # hand-overs a second, all workers together; 0 is no limit
    can_tell: bool  # whether `find` knows

    def open(self) -> AbstractContextManager[Connection]:
        """A connection for one drain. Opening does not touch the network yet."""
