"""What every channel and every carrier can do, and the ways a hand-over may end.

Carriers are read with the environment, before Django is set up, so nothing here knows Django.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from reminders.rules.plan.message_states import AttemptState

E164 = re.compile(r"\+[1-9]\d{6,14}")
KEYWORDS = frozenset({"STOP", "START", "HELP"})  # what a carrier may have acted on by itself
LONGEST_ID = 80  # characters of a carrier's own name for a text, as our tables hold it
LONGEST_CODE = 12  # characters of a carrier's own code for what went wrong; more are cut off
LONGEST_SENDER = 20  # characters of a number, or of a sender's name


class Refused(Exception):
    """It will never work through this channel: do not try again. No address in the sentence."""


class OptedOut(Refused):
    """The carrier knows that this number wants no more messages."""


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
    """One attempt about to be handed over.

    `body` is a text, or the mail that Django's mail backend sends. `receipt_url` is where a carrier
    tells what became of a text.
    """

    attempt: int
    reference: UUID
    address: str
    body: object
    expires_at: datetime
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class UnconfirmedDelivery:
    """One attempt whose end nobody saw. `others` are the carrier's names of attempts we know."""

    reference: UUID
    address: str
    body_sha256: str
    handed_at: datetime
    others: frozenset[str] = frozenset()


class Connection(Protocol):
    """An open connection to a carrier; good for many deliveries, used by one worker."""

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        """Hand over each delivery in turn and tell how it went, in the same order."""

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """What became of an attempt; None: the carrier never had it. May raise `Unavailable`."""


class MessageChannel(Protocol):
    """A way to bring messages."""

    chunk: int  # messages a claim: few where an unknown end is bad
    rate: float  # hand-overs a second, all workers together; 0 is no limit
    can_tell: bool  # whether `find` knows

    def open(self) -> AbstractContextManager[Connection]:
        """A connection for one drain. Opening does not touch the network yet."""


class UnreadableWebhook(Exception):
    """A carrier's request that does not say what it must, with a sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request of a carrier as it came. `url` is the address it was sent to, with its query."""

    url: str
    headers: Mapping[str, str]  # names in any case
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What a carrier says later about one attempt, in its own word and in ours.

    A word that has no meaning here is kept and changes nothing: `state` is None. `code` is the
    carrier's own for what went wrong.
    """

    reference: UUID
    provider_id: str
    word: str
    state: AttemptState | None
    code: str = ""
    opted_out: bool = False

    def __post_init__(self) -> None:
        _check("The state of the text", self.word, needed=True)
        _check("The text's identifier", self.provider_id, LONGEST_ID)
        _check("The error code", self.code)
        object.__setattr__(self, "code", self.code[:LONGEST_CODE])  # it is all that is frozen


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """What somebody wrote to the clinic's number.

    `keyword` is what the carrier itself has understood and acted on: STOP, START or HELP, if any.
    """

    provider_id: str
    sender: str
    body: str
    pictures: int = 0
    keyword: str = ""

    def __post_init__(self) -> None:
        _check("The text's identifier", self.provider_id, LONGEST_ID, needed=True)
        _check("The sender", self.sender, LONGEST_SENDER, needed=True)
        _check("The text", self.body)


class Carrier(MessageChannel, Protocol):
    """A company that carries text messages: one module, and one line in the registry."""

    acknowledgement: tuple[str, str]  # body and content type of our answer to a webhook
    signature_header: str  # a webhook without it is refused before it is read

    def has_signed(self, webhook: Webhook) -> bool:
        """Whether the carrier itself sent this, and to this address."""

    def delivery_receipt(self, webhook: Webhook) -> DeliveryReceipt:
        """Read a signed receipt; `UnreadableWebhook` when it names no attempt or no state."""

    def received_text(self, webhook: Webhook) -> ReceivedText | None:
        """Read a signed request about a text to us; None when it speaks of something else."""


def reference_in(text: str) -> UUID:
    """The reference of an attempt as it was given to the carrier."""
    try:
        return UUID(text)
    except ValueError:
        raise UnreadableWebhook("The receipt must name an attempt by its reference.") from None


def _check(name: str, value: str, longest: int | None = None, *, needed: bool = False) -> None:
    """Refuse what our tables cannot hold, or what says nothing."""
    if needed and not value:
        raise UnreadableWebhook(f"{name} is missing.")
    if longest is not None and len(value) > longest:
        raise UnreadableWebhook(f"{name} is longer than {longest} characters.")
    if "\x00" in value:
        raise UnreadableWebhook(f"{name} holds a zero byte.")
