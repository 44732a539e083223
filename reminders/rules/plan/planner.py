"""What ought to be said to whom about one visit, when, through what, and why or why not.

Pure and total: every step, slot and dose of the protocol has an entry, sent or not. There is no
clock here: the same facts give the same plan, so that rows can be compared with it at any time.
"""

from datetime import datetime

from reminders.rules.plan.entries import Outcome, Planned
from reminders.rules.plan.injection_facts import Visit
from reminders.rules.plan.merging import carried
from reminders.rules.plan.occurrences import Moment, Scene, moments
from reminders.rules.plan.send_time import Departure, departure
from reminders.rules.plan.steps import Late, Step
from reminders.rules.plan.timing import Anchor
from reminders.rules.protocol import Protocol
from scheduling.rules.procedure import Channel, Purpose, Side

__all__ = ["Outcome", "Planned", "Visit", "plan"]

_TOO_LATE = {
    Late.FOLD: (Outcome.FOLD, "not sent: booked after its time; folded into the booking message"),
    Late.TASK: (Outcome.TASK, "window already passed: decide whether to continue or move"),
    Late.DROP: (Outcome.DROP, "not sent: booked after its time"),
}


def plan(visit: Visit, protocol: Protocol) -> tuple[Planned, ...]:
    """Every entry of the protocol for this visit, in the protocol's order.

    Later entries may count on earlier ones: a folded entry's carrier is known before the plan ends.
    """
    scene = Scene(visit, protocol)
    entries = [
        _settle(step, moment, scene)
        for step in protocol.steps
        for moment in moments(step, scene, scene.closed(step))
    ]
    return tuple(carried(entries))


def _settle(step: Step, moment: Moment, scene: Scene) -> Planned:
    """Decide the fate of one occurrence."""
    if moment.off:
        return _entry(step, moment, scene, Outcome.OFF, f"not needed: {moment.off}")
    if moment.due is None:
        return _entry(step, moment, scene, Outcome.OFF, "not yet: its time is not known")
    ends = moment.ends or step.until.end(scene.frame, moment.due)
    moment.ends = ends
    companion = moment.asking.slot.together_with if moment.asking else ""
    if companion and _is_open(companion, scene):
        into = f"{step.id}/{companion}"
        return _entry(
            step, moment, scene, Outcome.FOLD, f"asked together with {companion}", into=into
        )
    leaving = departure(step, moment.due, ends, scene.frame)
    if _is_late(step, moment, leaving.at if leaving else moment.due, ends, scene.visit):
        return _late(step, moment, scene)
    if not step.is_message:
        return _task(step, moment, scene, leaving)
    if moment.asking and moment.asking.why_silent:
        why = f"not sent: {moment.asking.why_silent}"
        return _entry(step, moment, scene, Outcome.DROP, why)
    if leaving is None:
        return _unsent(step, moment, scene, "no waking hour is left before it becomes useless")
    return _send(step, moment, scene, leaving)


def _is_open(slot: str, scene: Scene) -> bool:
    return scene.askings[slot].wanted and slot not in scene.visit.answered


def _is_late(step: Step, moment: Moment, at: datetime, ends: datetime, visit: Visit) -> bool:
    """Whether the promise (or, after the visit, the record of T0) came after this step's time."""
    anchor = moment.asking.slot.timing.anchor if moment.asking else step.timing.anchor
    if anchor in (Anchor.START, Anchor.LAST_DOSE):
        return at <= visit.promised_at or visit.days_ahead < step.min_days_ahead
    if anchor in (Anchor.T0, Anchor.NEEDLE):
        return ends <= max(visit.promised_at, visit.settled_at)
    return False


def _late(step: Step, moment: Moment, scene: Scene) -> Planned:
    """Fold, hand to a person, or drop: the step's own rule."""
    outcome, why = _TOO_LATE[step.late]
    if outcome is Outcome.FOLD:
        return _entry(step, moment, scene, outcome, why, into=scene.carrier)
    if outcome is Outcome.DROP and step.timing.anchor is Anchor.T0:
        why = "not sent: T0 was recorded after its time"
    if outcome is Outcome.TASK:
        since = scene.visit.promised_at
        ends = max(since, scene.visit.start)
        return _entry(step, moment, scene, outcome, why, at=since, ends=ends)
    return _entry(step, moment, scene, outcome, why)


def _task(step: Step, moment: Moment, scene: Scene, leaving: Departure | None) -> Planned:
    if leaving is None:
        return _entry(step, moment, scene, Outcome.DROP, "not needed: it would come too late")
    return _entry(step, moment, scene, Outcome.TASK, moment.words, at=leaving.at)


def _unsent(step: Step, moment: Moment, scene: Scene, why: str) -> Planned:
    """A message that cannot leave: listed in another one, a task, or nothing."""
    if step.listed_in:
        return _entry(step, moment, scene, Outcome.FOLD, f"not sent: {why}", into=step.listed_in)
    if step.preparation or step.late is Late.TASK:
        return _entry(step, moment, scene, Outcome.TASK, f"phone the patient: {why}")
    return _entry(step, moment, scene, Outcome.DROP, f"not sent: {why}")


def _send(step: Step, moment: Moment, scene: Scene, leaving: Departure) -> Planned:
    wanted = (Channel(moment.occurrence),) if step.both else step.channels
    channels = tuple(each for each in wanted if each in scene.visit.channels)
    if not channels:
        if step.both and (scene.visit.channels or moment.occurrence != step.channels[0]):
            return _entry(
                step, moment, scene, Outcome.OFF, f"not needed: no {wanted[0].label} here"
            )
        return _unsent(step, moment, scene, "there is no way to write to this patient")
    return _entry(
        step,
        moment,
        scene,
        Outcome.SEND,
        moment.words + leaving.note,
        at=leaving.at,
        ends=leaving.ends,
        channels=channels,
        evening=leaving.evening,
    )


def _entry(
    step: Step,
    moment: Moment,
    scene: Scene,
    outcome: Outcome,
    why: str,
    *,
    at: datetime | None = None,
    ends: datetime | None = None,
    into: str = "",
    channels: tuple[Channel, ...] = (),
    evening: bool = False,
) -> Planned:
    """The entry as it is stored: a task that replaces a message has no channels of its own."""
    at = at or moment.due
    ends = ends or moment.ends
    asking = moment.asking
    bilateral = scene.visit.side is Side.BILATERAL
    task = outcome is Outcome.TASK
    return Planned(
        step=step.id,
        occurrence=moment.occurrence,
        outcome=outcome,
        audience=step.falls_to if task and step.is_message else step.role,
        purpose=step.purpose,
        channels=channels,
        send_at=at,
        expires_at=max(at, ends) if at and ends else ends,
        sms=(evening and step.sms_evening) or (bilateral and step.sms_bilateral) or step.sms,
        email=(evening and step.email_evening) or step.email,
        title=f"{step.title}: {asking.slot.title}" if asking else step.title,
        why=why,
        preparation=step.preparation,
        twice=step.twice,
        into=into,
        slot=asking.slot.id if asking else "",
        number=asking.number if asking else 0,
        of=scene.diary_texts if step.purpose is Purpose.DIARY else 0,
    )
