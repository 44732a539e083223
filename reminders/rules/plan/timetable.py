"""When the scores of one injection are wanted, and which of them a text may ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.rules.plan.conditions import unmet
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.send_time import waking
from reminders.rules.plan.steps import Slot, Step
from reminders.rules.plan.timing import InjectionTimes
from reminders.rules.protocol import Protocol
from reminders.rules.response.diary import Respondent


@dataclass(frozen=True, slots=True)
class ScheduledSlot:
    """A slot of one injection. Times are UTC; [opens, closes] is its tolerance.

    `why_off` says why the slot does not exist for this injection; `why_silent` why no text asks
    for it although the page does. Both are empty for a slot that is asked. `number` counts the
    diary's texts from 1; 0 for every other slot.
    """

    slot: Slot
    due: datetime | None
    opens: datetime | None
    closes: datetime | None
    why_off: str
    why_silent: str
    number: int

    @property
    def wanted(self) -> bool:
        """The slot exists for this injection, whether a text asks for it or not."""
        return not self.why_off

    @property
    def asked(self) -> bool:
        """A text or a person asks for it."""
        return not self.why_off and not self.why_silent


def timetable(facts: InjectionFacts, protocol: Protocol) -> dict[str, ScheduledSlot]:
    """Every slot of the protocol for this injection, by id, in the protocol's order."""
    return timetable_at(InjectionTimes(facts, protocol.policy), protocol)


def timetable_at(times: InjectionTimes, protocol: Protocol) -> dict[str, ScheduledSlot]:
    """The same, for a frame already made."""
    per_day: dict[object, int] = {}
    timetable: dict[str, ScheduledSlot] = {}
    for slot in protocol.slots.values():
        due = slot.timing.due(times)
        off = _off(slot, times, due)
        silent = "" if off or due is None else _silent(slot, times, due, per_day)
        number = (
            sum(per_day.values()) - len(per_day) if slot.diary and not off and not silent else 0
        )
        timetable[slot.id] = ScheduledSlot(
            slot=slot,
            due=due,
            opens=due and due - slot.early,
            closes=due and due + slot.late,
            why_off=off,
            why_silent=silent,
            number=number,
        )
    return timetable


def _off(slot: Slot, times: InjectionTimes, due: datetime | None) -> str:
    facts = times.facts
    if facts.state not in slot.states:
        return f"the injection is {facts.state.label.lower()}"
    if due is None:
        return "T0 is not entered yet"
    if slot.diary and slot.timing.offset.total_seconds() > times.policy.diary_hours * 3600:
        return f"the diary lasts {times.policy.diary_hours} hours here"
    return unmet(slot.when, facts, times.policy)


def _silent(slot: Slot, times: InjectionTimes, due: datetime, per_day: dict[object, int]) -> str:
    """Diary slots never slide: one outside waking hours or over the daily cap is not texted."""
    if not slot.diary or slot.who is Respondent.STAFF:
        return ""
    policy, zone = times.policy, times.facts.lives_in
    if not waking(due, zone, policy.waking_from, policy.waking_until):
        until = f"{policy.waking_from:%H:%M} to {policy.waking_until:%H:%M}"
        return f"outside the patient's waking hours ({until}); the page stays open"
    day = due.astimezone(ZoneInfo(zone)).date()
    # One of the day's texts announces the diary.
    if per_day.get(day, 1) >= policy.diary_per_day:
        return f"over {policy.diary_per_day} texts on one day; the page stays open"
    per_day[day] = per_day.get(day, 1) + 1
    return ""


def missed_at(
    step: Step, timetable: Mapping[str, ScheduledSlot], answered: frozenset[str]
) -> tuple[datetime | None, str]:
    """When a chain of check-ins counts as missed if nothing more is answered, and the words for it.

    With `in_a_row` it is any so many neighbours, else all that the step names.
    """
    asked = [timetable[name] for name in step.missed if timetable[name].asked]
    size = step.in_a_row or len(step.missed)
    for first in range(len(asked) - size + 1):
        chain = asked[first : first + size]
        if not any(each.slot.id in answered for each in chain):
            names = " and ".join(each.slot.id for each in chain)
            return chain[-1].closes, f"if {names} stay unanswered"
    return None, "no such check-ins are missed"
