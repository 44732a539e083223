"""The moments for which one visit's scores are wanted, and which of them a text may ask about."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.rules.plan import hours
from reminders.rules.plan.conditions import unmet
from reminders.rules.plan.injection_facts import Visit
from reminders.rules.plan.steps import Slot, Who
from reminders.rules.plan.timing import Frame
from reminders.rules.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Asking:
    """A slot of one visit. Times are UTC; a reading observed in [opens, closes] is in tolerance.

    `why_off` says why the slot does not exist for this visit; `why_silent` why no text asks for it
    although the page does. Both are empty for a slot that is asked. `number` counts the diary's
    texts from 1; 0 for every other slot.
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
        """The slot exists for this visit, whether a text asks for it or not."""
        return not self.why_off

    @property
    def asked(self) -> bool:
        """A text or a person asks for it."""
        return not self.why_off and not self.why_silent


def timetable(visit: Visit, protocol: Protocol) -> dict[str, Asking]:
    """Every slot of the protocol for this visit, by id, in the protocol's order."""
    return of(Frame(visit, protocol.policy), protocol)


def of(frame: Frame, protocol: Protocol) -> dict[str, Asking]:
    """The same, for a frame already made."""
    per_day: dict[object, int] = {}
    askings: dict[str, Asking] = {}
    for slot in protocol.slots.values():
        due = slot.timing.due(frame)
        off = _off(slot, frame, due)
        silent = "" if off or due is None else _silent(slot, frame, due, per_day)
        number = (
            sum(per_day.values()) - len(per_day) if slot.diary and not off and not silent else 0
        )
        askings[slot.id] = Asking(
            slot=slot,
            due=due,
            opens=due and due - slot.early,
            closes=due and due + slot.late,
            why_off=off,
            why_silent=silent,
            number=number,
        )
    return askings


def _off(slot: Slot, frame: Frame, due: datetime | None) -> str:
    visit = frame.visit
    if visit.state not in slot.states:
        return f"the visit is {visit.state.label.lower()}"
    if due is None:
        return "T0 is not entered yet"
    if slot.diary and slot.timing.offset.total_seconds() > frame.policy.diary_hours * 3600:
        return f"the diary lasts {frame.policy.diary_hours} hours here"
    return unmet(slot.when, visit, frame.policy)


def _silent(slot: Slot, frame: Frame, due: datetime, per_day: dict[object, int]) -> str:
    """Diary slots never slide: one outside waking hours or over the daily cap is not texted."""
    if not slot.diary or slot.who is Who.STAFF:
        return ""
    policy, zone = frame.policy, frame.visit.lives_in
    if not hours.waking(due, zone, policy.waking_from, policy.waking_until):
        until = f"{policy.waking_from:%H:%M} to {policy.waking_until:%H:%M}"
        return f"outside the patient's waking hours ({until}); the page stays open"
    day = due.astimezone(ZoneInfo(zone)).date()
    # One of the day's texts announces the diary.
    if per_day.get(day, 1) >= policy.diary_per_day:
        return f"over {policy.diary_per_day} texts on one day; the page stays open"
    per_day[day] = per_day.get(day, 1) + 1
    return ""
