"""What was measured before the needle, what was done, and what is corrected of it later.

A correction writes over what is wrong; history keeps what stood there before, and why it changed.
Whatever counts on these facts reads them again: answers, plan and diary.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pghistory
from django.db import transaction

from scheduling import worklist
from scheduling.bookings import agents as lines
from scheduling.bookings import booking_checks, changes, cosignatures
from scheduling.errors import WrongState
from scheduling.models import AgentLine, Injection, Joint, Queue, TaskKind
from scheduling.rules.performed import JointFacts, Performed, merged, side_question
from scheduling.rules.procedure import Agent, InjectionState, Sedation, Side
from scheduling.staff import User
from scheduling.validation import aware, refuse, text, word

EARLIEST_T0 = timedelta(hours=4)  # before the booked start
LATEST_T0 = timedelta(hours=12)  # after it
LONGEST_ACTIVITY = 80  # characters


@transaction.atomic
def take_baseline(
    *, injection: Injection, joints: Sequence[JointFacts], by: User | None, at: datetime
) -> None:
    """Keep what was measured of these joints; what is not said stays as it was.

    For a caller who holds the injection's row.
    """
    until = injection.t0 or at
    refuse({"joints": next(filter(None, (_joint_fault(each, until) for each in joints)), "")})
    there = {joint.side: joint for joint in injection.joints.all()}
    for said in joints:
        joint = there.get(said.side)
        facts = merged(said, joint.facts if joint else None)
        _write_joint(joint or Joint(injection=injection, side=said.side), facts)
    Injection.objects.filter(pk=injection.pk).update(changed_at=at)


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
    sedation: Sedation | None = None,
    other_side_why: str = "",
) -> Injection:
    """Record what was done: T0 (needle out), side, sedation, what was given, and each joint.

    Refused while the order waits for its co-signature.
    A side that was not booked needs its reason, and becomes urgent work. A baseline that was taken
    before the needle stands unless another is said; an unknown one, or sedation, stays unknown.
    """
    done = _performed(t0, t0_estimated, side, sedation, agents, joints)
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    cosignatures.require_signed(injection)
    taken = {joint.side: joint.facts for joint in injection.joints.all()}
    done = replace(done, joints=tuple(merged(each, taken.get(each.side)) for each in done.joints))
    asked = _side_fault(injection, done.side, other_side_why)
    refuse(_faults(injection, done, at) | {"other_side_why": asked})
    injection.state, injection.state_at = InjectionState.COMPLETED, at
    _write(injection, done, other_side_why.strip(), at)
    booking_checks.close_tasks(injection, "injection completed", at)
    return injection


@transaction.atomic
def correct(
    *,
    injection: Injection,
    t0: datetime,
    side: Side,
    agents: Sequence[Agent],
    joints: Sequence[JointFacts],
    why: str,
    by: User | None,
    at: datetime,
    t0_estimated: bool = False,
    sedation: Sedation | None = None,
) -> Injection:
    """Replace what was recorded as done, with the reason, whether it was signed or not.

    Answers find their slots again from T0; a joint that was not injected after all goes.
    """
    done = _performed(t0, t0_estimated, side, sedation, agents, joints)
    changes.lock_injection(injection, InjectionState.COMPLETED)
    refuse(_faults(injection, done, at) | {"why": text(why, 200, "reason")})
    _write(injection, done, why.strip(), at)
    return injection


@transaction.atomic
def note_awake(
    *, injection: Injection, awake_at: datetime, by: User | None, at: datetime
) -> Injection:
    """Record when sedation had worn off: relief that was told before is not credited."""
    changes.lock_injection(injection, InjectionState.COMPLETED)
    if injection.effective_sedation is Sedation.NONE:
        raise WrongState("No sedation was given: correct what was done if it was.")
    refuse({"awake_at": _awake_fault(injection, awake_at, at)})
    injection.awake_at, injection.changed_at = awake_at, at
    injection.save()
    return injection


def _awake_fault(injection: Injection, awake_at: datetime, at: datetime) -> str:
    """What is wrong with the time, or nothing: it has passed, and lies after the beginning."""
    aware(awake_at=awake_at)
    if awake_at > at:
        return "This time has not come yet."
    began = min(injection.start, injection.needle_out)  # some begin before their booked time
    return "This is before the injection began." if awake_at < began else ""


def _performed(
    t0: datetime,
    t0_estimated: bool,
    side: Side,
    sedation: Sedation | None,
    agents: Sequence[Agent],
    joints: Sequence[JointFacts],
) -> Performed:
    """The report as one value; a word that is not known is refused."""
    return Performed(
        t0=t0,
        t0_estimated=t0_estimated,
        side=word(Side, side, "side"),
        sedation=word(Sedation, sedation, "sedation") if sedation else None,
        agents=tuple(agents),
        joints=tuple(joints),
    )


def _side_fault(injection: Injection, side: Side, why: str) -> str:
    """What is wrong with a side that was not booked: no reason, or one that cannot be kept."""
    asked = side_question(side, injection.side)
    return text(why, 200, "reason") if asked and why.strip() else asked


def _faults(injection: Injection, done: Performed, at: datetime) -> dict[str, str]:
    """What is wrong with a report, by field; empty sentences where nothing is."""
    return {
        "t0": _t0_fault(injection, done.t0, at),
        "agents": lines.fault(done.agents),
        "joints": _joints_fault(done.side, done.joints, done.t0),
    }


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
    return next(filter(None, (_joint_fault(facts, t0) for facts in joints)), "")


def _joint_fault(facts: JointFacts, t0: datetime) -> str:
    for score in (facts.baseline, facts.rest_score):
        if score is not None and not _is_score(score):
            return f"{score!r} is no score: write a whole number from 0 to 10."
    aware(baseline_at=facts.baseline_at)
    if len(facts.index_activity) > LONGEST_ACTIVITY:
        return f"Shorten the index activity to {LONGEST_ACTIVITY} characters."
    if facts.baseline_at is not None and facts.baseline_at > t0:
        return f"The {facts.side.value} baseline was taken before T0: correct one of the times."
    return ""


def _is_score(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10


def _write(injection: Injection, done: Performed, why: str, at: datetime) -> None:
    """The facts as they are said now, the reason into history, and the work they ask for."""
    injection.performed_side, injection.sedation_given = done.side, done.sedation
    injection.t0, injection.t0_estimated, injection.changed_at = done.t0, done.t0_estimated, at
    with pghistory.context(**({"why": why} if why else {})):
        injection.save()
        _write_agents(injection, done.agents)
        _write_joints(injection, done.joints)
    _settle_other_side(injection, why, at)


def _write_agents(injection: Injection, agents: Sequence[Agent]) -> None:
    """All anew where any differs."""
    there = injection.agents.order_by("pk")
    if [line.agent for line in there] != list(agents):
        there.delete()
        AgentLine.objects.bulk_create(lines.rows(agents, injection=injection))


def _write_joints(injection: Injection, joints: Sequence[JointFacts]) -> None:
    """A joint keeps its row, and with it its signature; one that was not injected goes."""
    there = {joint.side: joint for joint in injection.joints.all()}
    gone = there.keys() - {facts.side for facts in joints}
    injection.joints.filter(side__in=gone).delete()
    for facts in joints:
        _write_joint(there.get(facts.side) or Joint(injection=injection, side=facts.side), facts)


def _write_joint(joint: Joint, facts: JointFacts) -> None:
    if joint.pk and joint.facts == facts:
        return
    joint.baseline, joint.baseline_at = facts.baseline, facts.baseline_at
    joint.rest_score, joint.index_activity = facts.rest_score, facts.index_activity.strip()
    joint.intra_articular = facts.intra_articular
    joint.save()


def _settle_other_side(injection: Injection, why: str, at: datetime) -> None:
    """A physician looks into a side that was not booked; a slip that is mended asks for nobody."""
    performed = injection.performed_side
    if performed is not injection.side:
        task = worklist.open_task(
            kind=TaskKind.OTHER_SIDE,
            key=performed.value,
            queue=Queue.PHYSICIAN,
            title=f"Booked {injection.side.label.lower()}, performed {performed.label.lower()}: "
            "look into it.",
            detail=why.strip(),
            injection=injection,
            due_at=at,
            urgent=True,
            at=at,
        )
        worklist.revive(task=task, at=at)
    mended = worklist.open_tasks().filter(injection=injection, kind=TaskKind.OTHER_SIDE)
    for task in mended.exclude(key=performed.value):
        worklist.finish(task=task, outcome="The performed side was corrected", by=None, at=at)
