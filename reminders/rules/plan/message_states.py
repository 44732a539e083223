"""The one table of what may become of a message, and of one attempt to hand it over."""

from collections.abc import Mapping
from typing import TypeVar

from scheduling.rules.procedure import Word

S = TypeVar("S", bound=Word)


class MessageState(Word):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AttemptState(Word):
    """`handed` means: we were about to tell the carrier, and do not know yet what it said."""

    HANDED = "handed"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


NEVER_ARRIVED = (AttemptState.REFUSED, AttemptState.UNAVAILABLE, AttemptState.UNDELIVERED)
"""How an attempt ends that nobody read."""

_M = MessageState
MESSAGE_NEXT: dict[MessageState, frozenset[MessageState]] = {
    _M.QUEUED: frozenset({_M.SENDING, _M.CANCELLED, _M.EXPIRED, _M.FAILED}),
    # A receipt may overtake our own note that the carrier took the message.
    _M.SENDING: frozenset(
        {_M.QUEUED, _M.SENT, _M.DELIVERED, _M.UNDELIVERED, _M.FAILED, _M.EXPIRED}
    ),
    # Back to the queue: the carrier could not deliver, and the step has another channel.
    _M.SENT: frozenset({_M.DELIVERED, _M.UNDELIVERED, _M.QUEUED}),
    _M.DELIVERED: frozenset(),
    _M.UNDELIVERED: frozenset(),
    _M.FAILED: frozenset(),
    # A fact may return (consent given again) before the message's hour has passed.
    _M.CANCELLED: frozenset({_M.QUEUED}),
    _M.EXPIRED: frozenset(),
}

_A = AttemptState
ATTEMPT_NEXT: dict[AttemptState, frozenset[AttemptState]] = {
    _A.HANDED: frozenset({_A.ACCEPTED, _A.DELIVERED, _A.UNDELIVERED, _A.REFUSED, _A.UNAVAILABLE}),
    _A.ACCEPTED: frozenset({_A.DELIVERED, _A.UNDELIVERED}),
    _A.DELIVERED: frozenset(),
    _A.UNDELIVERED: frozenset(),
    _A.REFUSED: frozenset(),
    _A.UNAVAILABLE: frozenset(),
}


def before(state: S, table: Mapping[S, frozenset[S]]) -> frozenset[S]:
    """The states from which `state` may be reached."""
    return frozenset(origin for origin, nexts in table.items() if state in nexts)


def pairs(table: Mapping[S, frozenset[S]]) -> list[tuple[str, str]]:
    """The table as sorted (from, to) pairs of stored values, for the database's own guard."""
    return sorted((origin.value, next_.value) for origin, nexts in table.items() for next_ in nexts)
