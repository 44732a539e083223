"""The occurrences of a step for one injection: per slot, per dose, per channel, or one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from reminders.rules.plan.conditions import unmet
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.steps import Chase, Step
from reminders.rules.plan.timetable import ScheduledSlot, missed_at, timetable_at
from reminders.rules.plan.timing import InjectionTimes, Limit, When, span
from reminders.rules.protocol import Protocol
from reminders.rules.response.diary import Respondent
from scheduling.rules.procedure import Purpose


class PlanContext:
    """What all steps of one plan share."""

    __slots__ = ("carrier", "diary_texts", "facts", "times", "timetable", "timings")

    def __init__(self, facts: InjectionFacts, protocol: Protocol) -> None:
        self.facts = facts
        self.times = InjectionTimes(facts, protocol.policy)
        self.timetable = timetable_at(self.times, protocol)
        self.timings = {step.id: step.timing for step in protocol.steps}
        self.diary_texts = max((each.number for each in self.timetable.values()), default=0)
        carriers = (step.id for step in protocol.steps if step.carrier and not self.closed(step))
        self.carrier = next(carriers, "")

    def closed(self, step: Step) -> str:
        """Why the step does not apply to this injection at all; empty when it does."""
        if self.facts.silenced:
            return f"everything is silenced: {self.facts.silenced}"
        if self.facts.state not in step.states:
            return f"the injection is {self.facts.state.label.lower()}"
        if step.purpose is Purpose.DIARY and not self.diary_texts:
            return "no check-in can be texted"
        return unmet(step.when, self.facts, self.times.policy)


@dataclass(slots=True, kw_only=True)
class Occurrence:
    """One occurrence of a step before the plan decides about it.

    `name` tells the occurrences of one step apart. `off` says why it does not apply, and is empty
    when it does. `words` say when it is due. `due` and `ends` are UTC.
    """

    step: Step
    context: PlanContext
    name: str
    off: str
    words: str
    due: datetime | None
    ends: datetime | None = None
    scheduled: ScheduledSlot | None = None

    @property
    def timing(self) -> When:
        """How its time is counted: the slot's own, else the step's."""
        return self.scheduled.slot.timing if self.scheduled else self.step.timing


Make = Callable[..., Occurrence]


def occurrences(step: Step, context: PlanContext) -> Iterator[Occurrence]:
    """Every occurrence of a step, those that do not apply included."""
    make = partial(Occurrence, step=step, context=context)
    off = context.closed(step)
    if step.slots:
        yield from (_slot(make, step, context, context.timetable[name], off) for name in step.slots)
    elif step.missed:
        due, words = missed_at(step, context.timetable, context.facts.answered)
        yield make(name="", off=off or ("" if due else words), words=words, due=due)
    elif step.doses:
        yield from _doses(make, step, context, off)
    else:
        due = step.timing.due(context.times)
        for name in [each.value for each in step.channels] if step.both else [""]:
            yield make(name=name, off=off, words=step.timing.words, due=due)


def _slot(
    make: Make, step: Step, context: PlanContext, scheduled: ScheduledSlot, off: str
) -> Occurrence:
    """One slot: asked, reminded of, or phoned about, while it is unanswered."""
    slot, delay = scheduled.slot, scheduled.slot.delay(step.chase)
    if not off and slot.id in context.facts.answered:
        off = "already answered"
    words = slot.timing.words
    if slot.who is Respondent.STAFF:
        words = f"{words}, from {span(slot.early)} before"
    if step.chase is not Chase.ASK and delay is not None:
        words = f"{span(delay)} after {slot.id} was due, if it is still unanswered"
    base = scheduled.opens if slot.who is Respondent.STAFF else scheduled.due
    return make(
        name=slot.id,
        off=off or scheduled.why_off or ("" if delay is not None else "this slot is not chased"),
        words=words,
        due=base + delay if base and delay is not None else base,
        ends=scheduled.closes if step.until.limit is Limit.TOLERANCE else None,
        scheduled=scheduled,
    )


def _doses(make: Make, step: Step, context: PlanContext, off: str) -> Iterator[Occurrence]:
    """One occurrence per ordered dose, named by its lead: `13h`."""
    if not context.facts.premed:
        yield make(name="", off=off or "no dose is ordered", words=step.timing.words, due=None)
    for lead in sorted({dose.before for dose in context.facts.premed}, reverse=True):
        yield make(
            name=span(lead).replace(" ", ""),
            off=off,
            words=f"{span(lead)} before the start",
            due=context.facts.start - lead,
        )
