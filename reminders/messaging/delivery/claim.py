"""Claiming what is due: messages are locked, the rule decides about each, and that is written.

A lease is measured by the database's own clock: it guards against dead workers, not against time
that the demonstration moves. It must outlive one network call; the dispatcher renews it meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from reminders.messaging.delivery.outgoing import OutgoingMessage, facts_of, read_messages
from reminders.rules.eligibility import Decision, End, Go, Wait, decide
from scheduling.sql import run_for_rows, statement

log = structlog.get_logger(__name__)
LEASE = 30  # seconds
AFTER_A_BUG = timedelta(minutes=1)  # until a message about which nothing could be decided is tried

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
    # The planner must know how few rows there will be, so the limit is no parameter.
    due = statement(__file__, "due").replace("{limit}", str(int(limit)))
    found = sorted(read_messages(due, {"now": now}), key=lambda each: each.message)
    decided = _within(chunks, _decide_each(found, now, resting, rested))
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
) -> Iterable[Decided]:
    """Decide in order; a text that goes counts for those after it to the same number."""
    sent: Counter[tuple[str, bool]] = Counter()
    for message in messages:
        try:
            decision = _decide(message, sent, now, resting, rested)
        except Exception:  # one record that cannot be judged must not hold up the others
            log.exception("message_not_decided", message=str(message.reference))
            decision = Wait(now + AFTER_A_BUG, "an error of ours, see the log")
        yield message, decision


def _decide(
    message: OutgoingMessage,
    sent: Counter[tuple[str, bool]],
    now: datetime,
    resting: Collection[str],
    rested: datetime | None,
) -> Decision:
    facts = facts_of(message, resting, rested)
    diary = message.purpose == "diary"
    if sent and not message.reply:
        routes = (
            each._replace(texts_today=each.texts_today + sent[each.address, diary])
            for each in facts.routes
        )
        facts = facts._replace(routes=tuple(routes))
    decision = decide(facts, now)
    if isinstance(decision, Go) and decision.route.daily_limit is not None:
        sent[decision.route.address, diary] += 1
    return decision


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
