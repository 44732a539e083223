"""Whether a message may leave now: go through one channel, wait until a time, or end for a reason.

The planner, the claim, the hand-over and the page of an injection all ask this module, so the rule
that is reviewed here is the rule that runs. Times are aware; the patient's zone decides what is
night and which day a text counts for.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import NamedTuple

from reminders.rules.plan.message_states import MessageState
from reminders.rules.plan.send_time import next_waking
from scheduling.rules.procedure import Channel, Purpose
from scheduling.rules.wall_clock import midnight_after

LOOK_AGAIN = timedelta(seconds=5)
"""How long a message waits whose injection has just changed; our default."""
FAIL_OVER_AFTER = timedelta(minutes=15)
"""How long a message waits for its first channel to recover before it takes the next; our default.
"""
ATTEMPTS_BEFORE_FAIL_OVER = 3
"""Attempts that found a channel unavailable, after which the next channel comes first; our default.
"""


JUST_CHANGED = "the injection has just changed"
"""Why a message waits until its injection's last change has been planned."""


class Route(NamedTuple):
    """One channel to one patient, as it stands now.

    `consent` is given for the message's purpose. `refused` says why the carrier will never take
    this message; `unavailable` counts its attempts that found the carrier away. `texts_today` of at
    most `daily_limit` have gone to the address, `gave_way` of them such as give way to others; None
    is no limit (e-mails, answers).
    """

    channel: Channel
    address: str
    consent: bool
    opted_out: bool
    refused: str = ""
    unavailable: int = 0
    texts_today: int = 0
    gave_way: int = 0
    daily_limit: int | None = None

    def is_used_up(self, gives_way: bool) -> bool:
        """Whether no more texts of this kind may go to the address today.

        A text that gives way finds a place when one is left; it takes none from a text that a
        person would have to replace.
        """
        counted = self.texts_today if gives_way else self.texts_today - self.gave_way
        return self.daily_limit is not None and counted >= self.daily_limit


class MessageFacts(NamedTuple):
    """What decides whether one message may leave, read under the message's lock.

    `states` are the states of the injection in which the message is meant. `planned` tells whether
    the plan has taken the injection's last change into account. `answers` marks an answer to the
    patient, which stands outside the plan: `by_phone` one that was asked for by telephone, so that
    it needs consent; `after_opt_out` the one that may follow STOP.
    `gives_way` marks a message that nobody has to replace when it does not go.
    `routes` are in the step's order of preference; `resting` channels get nothing before `rested`.
    """

    send_at: datetime
    expires_at: datetime
    purpose: Purpose
    answers: bool
    after_opt_out: bool
    revision: int
    states: Collection[str]
    injection_revision: int
    injection_state: str
    planned: bool
    deceased: bool
    zone: str
    waking_from: time
    waking_until: time
    routes: tuple[Route, ...]
    resting: Collection[str] = ()
    rested: datetime | None = None
    by_phone: bool = False
    gives_way: bool = False


class Go(NamedTuple):
    """The message may leave now through this route."""

    route: Route


class Wait(NamedTuple):
    """Not yet: look again at `until`. `why` is a clause for the scheduler."""

    until: datetime
    why: str


class End(NamedTuple):
    """It must never leave. `why` is a clause for the scheduler."""

    state: MessageState
    why: str


Decision = Go | Wait | End


def gives_way(*, preparation: bool, slot: str) -> bool:
    """Whether a message takes no place of the day's texts from another.

    What prepares the visit and what asks for a score is phoned about when it does not go, so it
    comes first; the others are the request to confirm, the first text to a number and the like.
    """
    return not (preparation or slot)


def obstacle(
    route: Route, purpose: Purpose, *, answers: bool = False, after_opt_out: bool = False
) -> str:
    """Why nothing about this purpose may use the route; empty when it may.

    Texts and e-mails need consent for their purpose: consent to reminders never covers the diary's
    frequent texts. An answer to the patient's own text needs none.
    """
    if not route.address:
        return "no address on file"
    if not answers and not route.consent:
        return f"no consent for {purpose.value}"
    if route.opted_out and not after_opt_out:
        return "opted out"
    return route.refused


def decide(facts: MessageFacts, now: datetime) -> Decision:
    """Go, wait or end, for one message at one time."""
    return _ended(facts, now) or _too_early(facts, now) or _by_route(facts, now)


def _ended(facts: MessageFacts, now: datetime) -> End | None:
    """Whether the message has lost its meaning, whatever way it could take."""
    if now >= facts.expires_at:
        return End(MessageState.EXPIRED, "its time had passed")
    if facts.deceased:
        return End(MessageState.CANCELLED, "the patient has died")
    if facts.answers:
        return None
    if facts.revision != facts.injection_revision:
        why = f"superseded by revision {facts.injection_revision}"
        return End(MessageState.CANCELLED, why)
    if facts.injection_state not in facts.states:
        state = facts.injection_state.replace("_", " ")
        return End(MessageState.CANCELLED, f"the injection is {state}")
    return None


def _too_early(facts: MessageFacts, now: datetime) -> Wait | End | None:
    if not (facts.answers or facts.planned):
        late = "the injection changed too late"
        return _wait(facts, now + LOOK_AGAIN, JUST_CHANGED, late)
    if facts.send_at > now:
        return _wait(facts, facts.send_at, "its time has not come", "its time comes too late")
    return None


def _by_route(facts: MessageFacts, now: datetime) -> Decision:
    """What the best way to the patient allows."""
    if not facts.routes:
        return End(MessageState.FAILED, "the step names no channel")
    route, blocked = _best_route(facts, now)
    if blocked:
        return End(MessageState.FAILED, f"{route.channel.value}: {blocked}"[:160])
    opens = next_waking(now, facts.zone, facts.waking_from, facts.waking_until)
    if not facts.answers and opens > now:
        late = "no waking hour is left before it becomes useless"
        return _wait(facts, opens, "it is night where the patient is", late)
    if not facts.answers and route.is_used_up(facts.gives_way):
        tomorrow = midnight_after(now, facts.zone)
        opens = next_waking(tomorrow, facts.zone, facts.waking_from, facts.waking_until)
        why = "the daily limit of texts to this number is reached"
        return _wait(facts, opens, why, why)
    if facts.rested and route.channel in facts.resting:
        return _wait(facts, facts.rested, *["the carrier is out of service"] * 2)
    return Go(route)


def _best_route(facts: MessageFacts, now: datetime) -> tuple[Route, str]:
    """The first open route with its obstacle; one that is used up or tired comes later."""
    judged = [(route, _obstacle(facts, route)) for route in facts.routes]
    if len(judged) == 1:
        return judged[0]
    late = now > facts.send_at + FAIL_OVER_AFTER
    return min(judged, key=lambda pair: _burden(facts, pair[0], pair[1], late))


def _obstacle(facts: MessageFacts, route: Route) -> str:
    own_text = facts.answers and not facts.by_phone
    return obstacle(route, facts.purpose, answers=own_text, after_opt_out=facts.after_opt_out)


def _burden(facts: MessageFacts, route: Route, blocked: str, late: bool) -> tuple[bool, ...]:
    """What speaks against a route, the gravest first; `min` keeps the order of preference."""
    tired = route.unavailable >= ATTEMPTS_BEFORE_FAIL_OVER
    used_up = route.is_used_up(facts.gives_way)
    return bool(blocked), used_up, tired or (late and route.channel in facts.resting)


def _wait(facts: MessageFacts, until: datetime, why: str, too_late: str) -> Wait | End:
    return wait(facts.expires_at, until, why, too_late)


def wait(expires_at: datetime, until: datetime, why: str, too_late: str) -> Wait | End:
    """Wait until a time, unless the message is useless by then."""
    if until >= expires_at:
        return End(MessageState.EXPIRED, too_late)
    return Wait(until, why)
