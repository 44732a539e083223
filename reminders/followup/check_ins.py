"""One injection's check-ins as its patient meets them: open, answered, missed, or still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reminders.followup import slots
from reminders.followup.slots import TimedSlot
from reminders.models import Reading
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.protocol import Protocol
from reminders.rules.response.diary import Respondent
from reminders.rules.vitals import VitalSign
from scheduling.models import Injection
from scheduling.rules.procedure import Side, Word


class Standing(Word):
    LATER = "later"
    OPEN = "open"
    MISSED = "missed"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One slot. `readings` are the standing scores of treated sides, in the order of the sides;
    `missing` the treated sides without one.
    """

    slot: str
    title: str
    opens: datetime
    due: datetime
    closes: datetime
    standing: Standing
    recall_period: timedelta | None
    vitals: frozenset[VitalSign]
    by_staff: bool
    missing: tuple[Side, ...]
    readings: tuple[Reading, ...] = ()

    @property
    def average(self) -> bool:
        """Whether it asks about several days and not about the moment."""
        return self.recall_period is not None

    @property
    def days(self) -> int:
        """How many days an average is about."""
        return self.recall_period.days if self.recall_period else 0


def check_ins(
    injection: Injection, facts: InjectionFacts, protocol: Protocol, at: datetime
) -> list[CheckIn]:
    """Every slot of this visit in the order of time, staff's too."""
    treated = injection.effective_side.joints
    readings = Reading.objects.filter(injection=injection, superseded_by=None, side__in=treated)
    held: dict[str, list[Reading]] = {}
    for reading in readings.select_related("survey").order_by("side"):
        if reading.survey:
            held.setdefault(reading.survey.slot, []).append(reading)
    found = [
        _check_in(each, tuple(held.get(name, ())), injection, _vitals(each, facts), at)
        for name, each in slots.timed_slots(facts, protocol).items()
    ]
    return sorted(found, key=lambda each: each.due)


def _check_in(
    asked: TimedSlot,
    readings: tuple[Reading, ...],
    injection: Injection,
    vitals: frozenset[VitalSign],
    at: datetime,
) -> CheckIn:
    slot = asked.slot
    held = {reading.side for reading in readings}
    missing = tuple(side for side in injection.effective_side.joints if side not in held)
    return CheckIn(
        slot=slot.id,
        title=slot.title,
        opens=asked.opens,
        due=asked.due,
        closes=asked.closes,
        standing=_standing(asked, not missing, at),
        recall_period=slot.recall_period,
        vitals=vitals,
        by_staff=slot.who is Respondent.STAFF,
        missing=missing,
        readings=readings,
    )


def _vitals(asked: TimedSlot, facts: InjectionFacts) -> frozenset[VitalSign]:
    """What this check-in asks to be measured: sugar where a steroid may have raised it."""
    if not asked.slot.vitals:
        return frozenset()
    raised = facts.diabetes and facts.steroid
    return frozenset(VitalSign) if raised else frozenset({VitalSign.TEMPERATURE})


def _standing(asked: TimedSlot, answered: bool, at: datetime) -> Standing:
    if answered:
        return Standing.ANSWERED
    if at < asked.opens:
        return Standing.LATER
    return Standing.OPEN if at <= asked.closes else Standing.MISSED


def for_patient(found: Sequence[CheckIn]) -> list[CheckIn]:
    return [each for each in found if not each.by_staff]


def open_now(found: Sequence[CheckIn], at: datetime) -> CheckIn | None:
    """The unanswered check-in nearest to now, or None."""
    waiting = [each for each in found if each.standing is Standing.OPEN]
    return min(waiting, key=lambda each: abs(each.due - at), default=None)


def coming(found: Sequence[CheckIn], at: datetime) -> CheckIn | None:
    """The next one that is still unanswered, open or to come."""
    waiting = [
        each
        for each in found
        if each.standing is Standing.LATER or (each.standing is Standing.OPEN and each.due > at)
    ]
    return waiting[0] if waiting else None
