"""The occurrences of a step for one visit: per slot, per dose, per channel, or one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reminders.rules.plan import timetable
from reminders.rules.plan.conditions import unmet
from reminders.rules.plan.injection_facts import Visit
from reminders.rules.plan.missed import missed_at
from reminders.rules.plan.steps import Chase, Step, Who
from reminders.rules.plan.timetable import Asking
from reminders.rules.plan.timing import Frame, Limit, span
from reminders.rules.protocol import Protocol
from scheduling.rules.procedure import Purpose


@dataclass(slots=True)
class Moment:
    """One occurrence of a step before its fate is known; `off` says why it does not apply."""

    occurrence: str
    off: str
    words: str
    due: datetime | None
    ends: datetime | None = None
    asking: Asking | None = None


class Scene:
    """What all steps of one plan share."""

    __slots__ = ("askings", "carrier", "diary_texts", "frame", "visit")

    def __init__(self, visit: Visit, protocol: Protocol) -> None:
        self.visit = visit
        self.frame = Frame(visit, protocol.policy)
        self.askings = timetable.of(self.frame, protocol)
        self.diary_texts = max((each.number for each in self.askings.values()), default=0)
        self.carrier = ""
        carriers = (step.id for step in protocol.steps if step.carrier and not self.closed(step))
        self.carrier = next(carriers, "")

    def closed(self, step: Step) -> str:
        """Why the step does not apply to this visit at all; empty when it does."""
        if self.visit.silenced:
            return f"everything is silenced: {self.visit.silenced}"
        if self.visit.state not in step.states:
            return f"the visit is {self.visit.state.label.lower()}"
        if step.purpose is Purpose.DIARY and not self.diary_texts:
            return "no check-in can be texted"
        return unmet(step.when, self.visit, self.frame.policy)


def moments(step: Step, scene: Scene, off: str) -> Iterator[Moment]:
    """The occurrences of a step: per slot, per dose, per channel, or one; `off` closes them all."""
    if step.slots:
        yield from (_slot(step, scene.askings[name], off, scene) for name in step.slots)
    elif step.missed:
        due, words = missed_at(step, scene.askings, scene.visit.answered)
        yield Moment("", off or ("" if due else words), words, due)
    elif step.doses:
        yield from _doses(step, off, scene)
    else:
        due = step.timing.due(scene.frame)
        for occurrence in [each.value for each in step.channels] if step.both else [""]:
            yield Moment(occurrence, off, step.timing.words, due)


def _slot(step: Step, asking: Asking, off: str, scene: Scene) -> Moment:
    """One slot's moment: asked, reminded of, or phoned about, while it is unanswered."""
    slot, delay = asking.slot, asking.slot.delay(step.chase)
    if not off and slot.id in scene.visit.answered:
        off = "already answered"
    off = off or asking.why_off or ("" if delay is not None else "this slot is not chased")
    words = slot.timing.words
    if slot.who is Who.STAFF:
        words = f"{words}, from {span(slot.early)} before"
    if step.chase is not Chase.ASK and delay is not None:
        words = f"{span(delay)} after {slot.id} was due, if it is still unanswered"
    base = asking.opens if slot.who is Who.STAFF else asking.due
    due = base + delay if base and delay is not None else base
    ends = asking.closes if step.until.limit is Limit.TOLERANCE else None
    return Moment(slot.id, off, words, due, ends, asking)


def _doses(step: Step, off: str, scene: Scene) -> Iterator[Moment]:
    """One moment per ordered dose, named by its lead: `13h`."""
    if not scene.visit.premed:
        yield Moment("", off or "no dose is ordered", step.timing.words, None)
    for lead in sorted(set(scene.visit.premed), reverse=True):
        name = span(lead).replace(" ", "")
        yield Moment(name, off, f"{span(lead)} before the start", scene.visit.start - lead)
