"""What dead workers left behind: leases that ran out, and attempts whose end nobody saw."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from reminders.messaging.channels import registry
from reminders.messaging.channels.base import Unavailable, UnconfirmedDelivery, Unknown
from reminders.messaging.delivery.claim import LEASE
from reminders.messaging.delivery.connections import ConnectionPool
from reminders.messaging.delivery.results import AttemptResult, NextStates, settle_as
from reminders.messaging.planning import calls
from reminders.models import Attempt, Message
from reminders.rules.plan.message_states import AttemptState, MessageState
from scheduling.sql import statement

log = structlog.get_logger(__name__)
BATCH = 50  # messages a round: each may cost a question to a carrier
DEADLY = 6  # claims after which a message that was never handed over is given up
KILLER = "every worker that took it died"
UNKNOWN_END = "the end of an attempt is unknown, and it must not be said twice"


@dataclass(frozen=True, slots=True)
class RecoveryCounts:
    """What was found out about messages of dead workers."""

    requeued: int = 0
    found: int = 0
    given_up: int = 0
    open: int = 0


def recover(now: datetime) -> RecoveryCounts:
    """Settle every message whose lease ran out: ask the carrier, say it again, or ask a person."""
    taken = _take()
    if not taken:
        return RecoveryCounts()
    handed = Attempt.objects.filter(message__in=taken, state=AttemptState.HANDED)
    attempts = {each.message_id: each for each in handed.select_related("message").order_by("pk")}
    _never_handed(taken.difference(attempts), now)
    with ConnectionPool() as connections:
        endings = list(_endings(connections, attempts.values(), now))
    settle_as([each for each, _ in endings], [next_states for _, next_states in endings], now)
    counts = _count(
        [next_states for _, next_states in endings], len(taken) - len(attempts), len(attempts)
    )
    log.info("messages_recovered", **asdict(counts))
    return counts


def _take() -> set[int]:
    """Lease them to ourselves while we ask."""
    with connection.cursor() as cursor:
        cursor.execute(statement(__file__, "left_behind"), {"lease": LEASE, "batch": BATCH})
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def _never_handed(messages: Collection[int], now: datetime) -> None:
    """Nothing was said: back to the queue, unless the message keeps killing workers."""
    mine = Message.objects.filter(pk__in=messages, state="sending")
    deadly = list(mine.filter(attempts_made__gte=DEADLY).values_list("pk", flat=True))
    failed = {"state": "failed", "reason": KILLER, "lease_until": None, "settled_at": now}
    mine.filter(pk__in=deadly).update(**failed)
    calls.phone_instead(dict.fromkeys(deadly, KILLER), now)
    mine.exclude(pk__in=deadly).update(state="queued", retry_at=now, lease_until=None)


def _endings(
    connections: ConnectionPool, attempts: Iterable[Attempt], now: datetime
) -> Iterator[tuple[AttemptResult, NextStates]]:
    """What became of each attempt, as far as it can be known now."""
    silent: set[str] = set()
    found: set[str] = set()
    for attempt in attempts:
        next_states: NextStates | None = None
        try:
            next_states = _next_states(connections, attempt, silent, found, now)
        except Unavailable as problem:
            silent.add(attempt.channel)
            log.warning("carrier_could_not_be_asked", channel=attempt.channel, why=str(problem))
        except Exception:  # one attempt that cannot be judged must not hold up the others
            log.exception("attempt_not_recovered", attempt=str(attempt.reference))
        if next_states is None and attempt.message.expires_at <= now:
            next_states = _give_up()
        if next_states:
            found.add(next_states.provider_id)
            yield _attempt_result(attempt, next_states), next_states


def _next_states(
    connections: ConnectionPool,
    attempt: Attempt,
    silent: Collection[str],
    others: Collection[str],
    now: datetime,
) -> NextStates:
    """Ask the carrier where it can tell; else send it again where the step says so."""
    if registry.channels()[attempt.channel].can_tell:
        if attempt.channel in silent:
            raise Unavailable("it did not answer a moment ago")
        found = connections.get(attempt.channel).find(_unconfirmed(attempt, others))
        if found:
            return NextStates(
                AttemptState.ACCEPTED, MessageState.SENT, provider_id=found.provider_id
            )
        return _again("the carrier never had it", now)
    if attempt.message.retry_when_unknown:
        return _again("its end is unknown: said again under the same reference", now)
    return _give_up()


def _again(error: str, now: datetime) -> NextStates:
    return NextStates(AttemptState.UNAVAILABLE, MessageState.QUEUED, error, retry_at=now)


def _give_up() -> NextStates:
    return NextStates(AttemptState.UNAVAILABLE, MessageState.FAILED, UNKNOWN_END, UNKNOWN_END)


def _unconfirmed(attempt: Attempt, others: Collection[str]) -> UnconfirmedDelivery:
    """A text the carrier has under the name of another attempt is not this one."""
    alike = Attempt.objects.filter(
        channel=attempt.channel, address=attempt.address, body_sha256=attempt.body_sha256
    )
    known = frozenset(alike.exclude(provider_id="").values_list("provider_id", flat=True))
    return UnconfirmedDelivery(
        attempt.reference,
        attempt.address,
        attempt.body_sha256,
        attempt.handed_at,
        known.union(others),
    )


def _attempt_result(attempt: Attempt, next_states: NextStates) -> AttemptResult:
    """The attempt as the settling statement wants it."""
    message = attempt.message
    return AttemptResult(
        attempt=attempt.pk,
        message=message.pk,
        channel=attempt.channel,
        address=attempt.address,
        attempts_made=message.attempts_made,
        expires_at=message.expires_at,
        outcome=Unknown(next_states.error),
    )


def _count(
    all_next_states: Sequence[NextStates], never_handed: int, attempts: int
) -> RecoveryCounts:
    ends = Counter(next_states.message for next_states in all_next_states)
    return RecoveryCounts(
        requeued=never_handed + ends[MessageState.QUEUED],
        found=ends[MessageState.SENT],
        given_up=ends[MessageState.FAILED],
        open=attempts - len(all_next_states),
    )
