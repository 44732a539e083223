"""The dispatcher: takes what is due, writes the attempt, uses the network, writes the result.

The network is never inside a transaction, and one poisonous message never stops the next patient's.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from reminders.messaging.channels import registry
from reminders.messaging.channels.base import (
    Accepted,
    Connection,
    Delivery,
    Outcome,
    Refused,
    Unavailable,
    Unknown,
)
from reminders.messaging.delivery import attempts, circuit_breaker, results, unwritten
from reminders.messaging.delivery.attempts import ComposedMessage
from reminders.messaging.delivery.claim import LEASE, Claim, claim
from reminders.messaging.delivery.connections import ConnectionPool
from reminders.messaging.delivery.outgoing import BUG, OutgoingMessage
from reminders.messaging.delivery.results import AttemptResult
from reminders.messaging.paging import pages
from reminders.messaging.planning import calls
from reminders.models import Message
from reminders.rules.plan.message_states import MessageState

log = structlog.get_logger(__name__)
BUDGET = 10.0  # seconds of one drain: a tick must find a free worker soon
RENEW = LEASE / 3  # seconds between renewals while a chunk is on its way
DATABASE_TIMEOUT_S = LEASE * 2 / 3  # seconds to wait for a database that is being restarted
GIVE_UP = 2  # hand-overs in a row that find the carrier away, after which a chunk tries no more


def drain(now_fn: Callable[[], datetime], budget: float = BUDGET) -> bool:
    """Deliver until nothing is due or the budget (seconds) is spent; whether more may be due.

    Pages to staff go first. Several drains at once are safe: each takes its own.
    """
    end = time.monotonic() + budget
    with ConnectionPool() as connections:
        while time.monotonic() < end:
            now = now_fn()
            if not pages.deliver_due(connections, now) and not deliver_due(connections, now):
                return False
    return True


def deliver_due(connections: ConnectionPool, now: datetime) -> int:
    """Take one chunk and bring it on its way; how many messages were looked at."""
    taken = _take(now)
    prepared = list(_compose_all(taken.messages, now))
    deliveries = _write_attempts(prepared, now)
    composed_messages = [
        composed for composed in prepared if composed.outgoing.message in deliveries
    ]
    held = {composed.outgoing.message for composed in composed_messages}
    for channel in sorted({composed.outgoing.channel for composed in composed_messages}):
        mine = [composed for composed in composed_messages if composed.outgoing.channel == channel]
        found = list(_hand_over(connections, channel, mine, deliveries, held, now))
        _write_results(found, now)
        held.difference_update(each.message for each in found)
        _tell_circuit_breaker(channel, found)
    return taken.touched


@transaction.atomic
def _take(now: datetime) -> Claim:
    """Claim a chunk; with it, what may not leave any more falls to a person."""
    chunks = {name: channel.chunk for name, channel in registry.channels().items()}
    rests = circuit_breaker.resting(chunks)
    taken = claim(now, max(chunks.values()), chunks, rests, now + circuit_breaker.REST)
    _phone_instead(taken.ended, now)
    return taken


@transaction.atomic
def _write_attempts(
    composed_messages: Sequence[ComposedMessage], now: datetime
) -> dict[int, Delivery]:
    """Record the attempts; what may not leave after all falls to a person."""
    written = attempts.write(composed_messages, now)
    _phone_instead(written.ended, now)
    return written.deliveries


def _phone_instead(ended: Mapping[int, str], now: datetime) -> None:
    if ended:
        calls.phone_instead(ended, now)
        log.info("messages_ended", count=len(ended), reasons=sorted(set(ended.values())))


def _compose_all(
    outgoing_messages: Sequence[OutgoingMessage], now: datetime
) -> Iterator[ComposedMessage]:
    """The words of each message. One without words is put back, and tells a developer."""
    for outgoing in outgoing_messages:
        try:
            yield attempts.compose(outgoing, now)
        except Exception:  # whatever is wrong with one text, the others still leave
            log.exception("letter_not_written", message=str(outgoing.reference), key=outgoing.key)
            unwritten.put_back(outgoing, now)


def _hand_over(
    connections: ConnectionPool,
    channel: str,
    composed_messages: Sequence[ComposedMessage],
    deliveries: dict[int, Delivery],
    held: Collection[int],
    now: datetime,
) -> Iterator[AttemptResult]:
    """Use the network; a result for every message, whatever happens.

    `held` are the claim's messages whose results are not written yet, of later channels too.
    """
    outcomes = _outcomes(
        connections, channel, [deliveries[each.outgoing.message] for each in composed_messages], now
    )
    renewed = time.monotonic()
    for composed, outcome in zip(composed_messages, outcomes, strict=True):
        yield _attempt_result(
            composed.outgoing, deliveries[composed.outgoing.message].attempt, outcome
        )
        if time.monotonic() - renewed > RENEW:
            _renew(held)
            renewed = time.monotonic()


def _attempt_result(outgoing: OutgoingMessage, attempt: int, outcome: Outcome) -> AttemptResult:
    return AttemptResult(
        attempt=attempt,
        message=outgoing.message,
        channel=outgoing.channel,
        address=outgoing.address,
        attempts_made=outgoing.attempts_made,
        expires_at=outgoing.expires_at,
        outcome=outcome,
        contact=outgoing.contact if outgoing.first else None,
    )


def _outcomes(
    connections: ConnectionPool, channel: str, deliveries: Sequence[Delivery], now: datetime
) -> Iterator[Outcome]:
    """One outcome a delivery. After a bug the one in hand is unknown, those after it untouched."""
    told = away = 0
    try:
        connection = connections.get(channel)
        for outcome in _conversation(connection, channel, deliveries, now):
            told += 1
            away = away + 1 if isinstance(outcome, Unavailable) else 0
            yield outcome
            if away == GIVE_UP:
                break
    except Exception:  # a bug must not stop the next patient's message
        log.exception("channel_failed", channel=channel)
        told += 1
        yield Unknown(BUG)
    for _ in deliveries[told:]:
        yield Unavailable("not tried: the carrier fails")


def _conversation(
    connection: Connection, channel: str, deliveries: Sequence[Delivery], now: datetime
) -> Iterator[Outcome]:
    """All deliveries at once, or one by one at the channel's pace."""
    rate = registry.channels()[channel].rate
    if not rate:
        yield from connection.send(deliveries, now)
        return
    for delivery in deliveries:
        circuit_breaker.pace(channel, rate)
        yield from connection.send([delivery], now)


def _renew(messages: Collection[int]) -> None:
    """Keep what is still in our hands from being taken for a dead worker's."""
    ours = Message.objects.filter(pk__in=messages, state=MessageState.SENDING)
    ours.update(lease_until=Now() + timedelta(seconds=LEASE))


def _write_results(found: Sequence[AttemptResult], now: datetime) -> None:
    """Write the results; wait for a restarting database as long as the lease allows."""
    end = time.monotonic() + DATABASE_TIMEOUT_S
    while True:
        try:
            return results.settle(found, now)
        except (OperationalError, InterfaceError):
            if time.monotonic() > end:
                raise
            log.warning("results_wait_for_the_database", count=len(found))
            connection.close()
            time.sleep(0.5)


def _tell_circuit_breaker(channel: str, found: Sequence[AttemptResult]) -> None:
    """Tell the breaker how the chunk went."""
    worked = any(isinstance(each.outcome, Accepted | Refused) for each in found)
    if worked:
        circuit_breaker.worked(channel)
    elif found:
        circuit_breaker.failed(channel)
