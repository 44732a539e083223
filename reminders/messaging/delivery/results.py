"""What became of attempts, written many at a time. Late news changes nothing: states go forward."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from reminders.messaging.channels.base import Accepted, OptedOut, Outcome, Refused, Unavailable
from reminders.messaging.planning import calls
from reminders.rules.plan.message_states import AttemptState, MessageState
from scheduling import people
from scheduling.models import ContactPoint
from scheduling.rules.procedure import Channel
from scheduling.sql import run_for_rows

log = structlog.get_logger(__name__)
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
SHORTEST = timedelta(seconds=30)  # below this a last try is not worth waiting for
ASK_AFTER = 5  # seconds until the carrier is asked about an attempt of unknown end


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How one attempt ended. `contact` is set when this was the first text to a number.

    `attempts_made` also names the claim: news of an older one does not touch the message.
    """

    attempt: int
    message: int
    channel: str
    address: str
    attempts_made: int
    expires_at: datetime
    outcome: Outcome
    contact: int | None = None


@dataclass(frozen=True, slots=True)
class NextStates:
    """What an outcome means for the attempt and for its message."""

    attempt: AttemptState
    message: MessageState
    error: str = ""
    reason: str = ""
    retry_at: datetime | None = None
    provider_id: str = ""


def next_states_for(result: AttemptResult, now: datetime) -> NextStates:
    """The next states; a refused message goes back at once, for its next channel or its end."""
    outcome = result.outcome
    if isinstance(outcome, Accepted):
        return NextStates(AttemptState.ACCEPTED, MessageState.SENT, provider_id=outcome.provider_id)
    error = str(outcome)[:160]
    if isinstance(outcome, Refused):
        return NextStates(AttemptState.REFUSED, MessageState.QUEUED, error, retry_at=now)
    if not isinstance(outcome, Unavailable):
        return NextStates(AttemptState.HANDED, MessageState.SENDING, error)
    pause = back_off(result.attempts_made, result.expires_at - now)
    if pause is None:
        why = f"in vain: {error}"[:160]
        return NextStates(AttemptState.UNAVAILABLE, MessageState.EXPIRED, error, why)
    return NextStates(AttemptState.UNAVAILABLE, MessageState.QUEUED, error, retry_at=now + pause)


def back_off(attempts_made: int, left: timedelta) -> timedelta | None:
    """How long to wait: longer each time, never all of what is left, None when too little is left.

    Jitter of a quarter either way keeps messages that failed together from returning together.
    """
    if left <= SHORTEST:
        return None
    usual = PAUSES[min(max(attempts_made, 1), len(PAUSES)) - 1]
    return min(usual * random.uniform(0.75, 1.25), left * 0.75)  # noqa: S311, no secret


def settle(results: Sequence[AttemptResult], now: datetime) -> None:
    """Write all results, and what follows from refusals and ends."""
    settle_as(results, [next_states_for(result, now) for result in results], now)


def settle_as(
    results: Sequence[AttemptResult], all_next_states: Sequence[NextStates], now: datetime
) -> None:
    """The same with rulings already made: one statement for all."""
    if not results:
        return
    with transaction.atomic():
        ended = _write(results, all_next_states, now)
        calls.phone_instead(ended, now)
        _first_texts(results, now)
        _opt_outs(results, now)


def _write(
    results: Sequence[AttemptResult], all_next_states: Sequence[NextStates], now: datetime
) -> dict[int, str]:
    """The messages that came to their end, with the reason."""
    rows = [
        {
            "attempt": result.attempt,
            "message": result.message,
            "attempt_state": next_states.attempt,
            "provider_id": next_states.provider_id,
            "error": next_states.error,
            "state": next_states.message,
            "reason": next_states.reason,
            "retry": next_states.retry_at,
            "claim": result.attempts_made,
        }
        for result, next_states in zip(results, all_next_states, strict=True)
    ]
    written = run_for_rows(__file__, "settle", rows, now=now, ask_after=ASK_AFTER)
    return {message: reason for message, state, reason in written if state in ("expired", "failed")}


def _first_texts(results: Sequence[AttemptResult], now: datetime) -> None:
    """Note when a number got its first text."""
    taken = [each for each in results if isinstance(each.outcome, Accepted)]
    contacts = {each.contact for each in taken if each.contact is not None}
    if contacts:
        ContactPoint.objects.filter(pk__in=contacts, first_text_at=None).update(first_text_at=now)


def _opt_outs(results: Sequence[AttemptResult], now: datetime) -> None:
    """A number that opted out at the carrier has opted out here."""
    for each in results:
        if isinstance(each.outcome, OptedOut):
            source = "the carrier's list"
            people.opt_out(channel=Channel(each.channel), value=each.address, source=source, at=now)
