"""The day of the procedure: who came, what was done, and corrections of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pghistory
from django.db import transaction

from scheduling import worklist
from scheduling.bookings import agents as lines
from scheduling.bookings import booking_checks, changes, pauses
from scheduling.bookings.reservations import release
from scheduling.errors import WrongState
from scheduling.models import AgentLine, Injection, Joint, Queue, TaskKind
from scheduling.rules.procedure import Agent, InjectionState, Side
from scheduling.staff import User
from scheduling.validation import aware, refuse, text, word

EARLIEST_ARRIVAL = timedelta(
    hours=24
)  # before the start; sooner, somebody opened the wrong injection
EARLIEST_T0 = timedelta(hours=4)  # before the booked start
LATEST_T0 = timedelta(hours=12)  # after it
LONGEST_ACTIVITY = 80  # characters


@dataclass(frozen=True, slots=True)
class JointFacts:
    """What is known about one joint that was injected. None is unknown.

    Scores are 0-10; `baseline` is provoked, on the day, before T0.
    """

    side: Side
    baseline: int | None
    baseline_at: datetime | None = None
    rest_score: int | None = None
    index_activity: str = ""
    intra_articular: bool | None = None


@transaction.atomic
def arrive(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Record that the patient has come."""
    changes.lock_injection(injection, InjectionState.BOOKED)
    if at < injection.start - EARLIEST_ARRIVAL:
        raise WrongState(
            "This injection is more than a day ahead: look for the right one, or move it."
        )
    injection.arrived_at = at
    _set_state(injection, InjectionState.ARRIVED, at)
    return injection


@transaction.atomic
def undo_arrival(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Take back an arrival that was recorded by mistake: the patient is waited for again."""
    changes.lock_injection(injection, InjectionState.ARRIVED)
    injection.arrived_at = None
    _set_state(injection, InjectionState.BOOKED, at)
    return injection


@transaction.atomic
def complete(
    *,
    injection: Injection,
    t0: datetime,
    side: Side,
    agents: Sequence[Agent],
    joints: Sequence[JointFacts],
    by: User | None,
    at: datetime,
    t0_estimated: bool = False,
) -> Injection:
    """Record what was done: T0 (needle out), the performed side, what was given, and each joint.

    `side` is what was done, whatever was booked; a difference becomes urgent work. An unknown
    baseline stays unknown.
    """
    side = word(Side, side, "side")
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    refuse(
        {
            "t0": _t0_fault(injection, t0, at),
            "agents": lines.fault(agents),
            "joints": _joints_fault(side, joints, t0),
        }
    )
    injection.performed_side, injection.t0, injection.t0_estimated = side, t0, t0_estimated
    _set_state(injection, InjectionState.COMPLETED, at)
    AgentLine.objects.bulk_create(lines.rows(agents, injection=injection))
    Joint.objects.bulk_create(_joint(injection, facts) for facts in joints)
    booking_checks.close_tasks(injection, "injection completed", at)
    if side is not injection.side:
        _report_other_side(injection, at)
    return injection


def _t0_fault(injection: Injection, t0: datetime, at: datetime) -> str:
    """What is wrong with T0, or nothing: it has passed, and lies near the booked start."""
    aware(t0=t0)
    if t0 > at:
        return "T0 is in the future."
    if not injection.start - EARLIEST_T0 <= t0 <= injection.start + LATEST_T0:
        return "T0 is too far from the booked start: check the day and the hour."
    return ""


def _joints_fault(side: Side, joints: Sequence[JointFacts], t0: datetime) -> str:
    """What is wrong with the joints, or nothing: each of the performed side once, scores 0-10."""
    if sorted(facts.side for facts in joints) != sorted(side.joints):
        return f"Describe each joint of {side.label.lower()} once, and no other."
    for facts in joints:
        for score in (facts.baseline, facts.rest_score):
            if score is not None and not _is_score(score):
                return f"{score!r} is no score: write a whole number from 0 to 10."
        aware(baseline_at=facts.baseline_at)
        if len(facts.index_activity) > LONGEST_ACTIVITY:
            return f"Shorten the index activity to {LONGEST_ACTIVITY} characters."
        if facts.baseline_at is not None and facts.baseline_at > t0:
            return "A baseline is taken before T0."
    return ""


def _is_score(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10


def _joint(injection: Injection, facts: JointFacts) -> Joint:
    """The unsaved row of one joint."""
    return Joint(
        injection=injection,
        side=facts.side,
        baseline=facts.baseline,
        baseline_at=facts.baseline_at,
        rest_score=facts.rest_score,
        index_activity=facts.index_activity.strip(),
        intra_articular=facts.intra_articular,
    )


def _report_other_side(injection: Injection, at: datetime) -> None:
    """Open a task for a physician to look into a performed side that was not booked."""
    performed = injection.performed_side.label.lower()
    worklist.open_task(
        kind=TaskKind.OTHER_SIDE,
        queue=Queue.PHYSICIAN,
        title=f"Booked {injection.side.label.lower()}, performed {performed}: look into it.",
        injection=injection,
        due_at=at,
        urgent=True,
        at=at,
    )


@transaction.atomic
def abort(*, injection: Injection, why: str, by: User | None, at: datetime) -> Injection:
    """Record that it was begun and not completed; no diary follows."""
    refuse({"why": text(why, 200, "reason")})
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    injection.reason = why.strip()
    _set_state(injection, InjectionState.ABORTED, at)
    pauses.report(injection.order, injection, at, "and the injection was aborted")
    booking_checks.close_tasks(injection, "injection aborted", at)
    return injection


@transaction.atomic
def no_show(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Record a no-show; a person says so, some minutes after the start at the soonest."""
    changes.lock_injection(injection, InjectionState.BOOKED)
    minutes = injection.location.booking_policy.no_show_after_min
    if at < injection.start + timedelta(minutes=minutes):
        raise WrongState(f"Wait until {minutes} minutes after the start.")
    _set_state(injection, InjectionState.NO_SHOW, at)
    release(injection)
    pauses.end(injection.order, injection, at, "and the patient did not come")
    booking_checks.close_tasks(injection, "no-show", at)
    return injection


@transaction.atomic
def correct_t0(
    *, injection: Injection, t0: datetime, why: str, by: User | None, at: datetime
) -> Injection:
    """Replace a wrong or estimated T0. Answers find their slots again from it."""
    refuse({"why": text(why, 200, "reason")})
    changes.lock_injection(injection, InjectionState.COMPLETED)
    refuse({"t0": _t0_fault(injection, t0, at)})
    injection.t0, injection.t0_estimated, injection.changed_at = t0, False, at
    with pghistory.context(why=why):
        injection.save()
    return injection


@transaction.atomic
def mark_signed(*, injection: Injection, side: Side, at: datetime) -> None:
    """A physician has signed the answer of this joint; the first signature counts."""
    joints = injection.joints.filter(side=word(Side, side, "side"), signed_at=None)
    joints.update(signed_at=at)


def _set_state(injection: Injection, state: InjectionState, at: datetime) -> None:
    """Put the injection into this state."""
    injection.state, injection.state_at, injection.changed_at = state, at, at
    injection.save()
