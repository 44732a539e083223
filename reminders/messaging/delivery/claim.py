"""Claiming what is due: messages are locked, the rule decides about each, and that is written.

A lease is measured by the database's own clock: it guards against dead workers, not against time
that the demonstration moves. It must outlive one network call; the dispatcher renews it meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from reminders.messaging.delivery.outgoing import Limit, OutgoingMessage, decide_about, read_due
from reminders.rules.plan.eligibility import Decision, End, Go, Wait
from scheduling.sql import run_for_rows

LEASE = 30  # seconds

Decided = tuple[OutgoingMessage, Decision]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim took. `touched` counts every message it decided about.

    `ended` are messages that may not leave any more, by id with the reason.
    """

    messages: list[OutgoingMessage]
    ended: dict[int, str]
    touched: int


@transaction.atomic
def claim(
    now: datetime,
    limit: int,
    chunks: Mapping[str, int],
    resting: Collection[str] = (),
    rested: datetime | None = None,
) -> Claim:
    """Take at most `limit` due messages, `chunks` of them a channel, for this worker alone.

    `resting` channels get nothing before `rested`.
    """
    decided = _within(chunks, _decide_each(read_due(limit, now), now, resting, rested))
    _write(decided, now)
    return Claim(
        messages=[each.through(what.route) for each, what in decided if isinstance(what, Go)],
        ended={each.message: what.why for each, what in decided if isinstance(what, End)},
        touched=len(decided),
    )


def _decide_each(
    messages: Iterable[OutgoingMessage],
    now: datetime,
    resting: Collection[str],
    rested: datetime | None,
) -> Iterator[Decided]:
    """Decide in order; a text that goes counts for those after it to the same number."""
    sent: Counter[Limit] = Counter()
    for message in messages:
        decision = decide_about(message, now, resting, rested, {} if message.reply else sent)
        if isinstance(decision, Go) and decision.route.daily_limit is not None:
            sent[decision.route.address, message.is_diary, message.gives_way] += 1
        yield message, decision


def _within(chunks: Mapping[str, int], decided: Iterable[Decided]) -> list[Decided]:
    """Leave what is beyond a channel's chunk in the queue as it is; answers have their own."""
    taken: Counter[tuple[str, bool]] = Counter()
    kept = []
    for message, decision in decided:
        if isinstance(decision, Go):
            place = decision.route.channel.value, message.reply
            taken[place] += 1
            if taken[place] > chunks[place[0]]:
                continue
        kept.append((message, decision))
    return kept


def _write(decided: Iterable[Decided], now: datetime) -> None:
    rows = [{"id": message.message, **row_of(decision)} for message, decision in decided]
    run_for_rows(__file__, "decisions", rows, now=now, lease=LEASE)


def row_of(decision: Decision) -> dict[str, Any]:
    """The columns of a decision, as decisions.sql and put_back.sql read them."""
    if isinstance(decision, Go):
        return {"state": "sending", "reason": ""}
    if isinstance(decision, Wait):
        return {"state": "queued", "reason": "", "until": decision.until}
    return {"state": decision.state.value, "reason": decision.why}
