"""When a message may really leave: within its validity, while the patient is awake."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.plan import hours
from reminders.rules.plan.steps import Step
from reminders.rules.plan.timing import Frame
from scheduling.rules.wall_clock import wall


@dataclass(frozen=True, slots=True)
class Departure:
    """`at` before `ends`, UTC; `evening` when the words for the evening before are meant."""

    at: datetime
    ends: datetime
    note: str = ""
    evening: bool = False


def departure(step: Step, due: datetime, ends: datetime, frame: Frame) -> Departure | None:
    """The first waking moment from `due` on before `ends`, else the evening before, else None.

    Tasks know no sleep. A step that does not slide leaves when it is due or not at all.
    """
    if not step.is_message:
        return Departure(due, ends) if due < ends else None
    policy, zone = frame.policy, frame.visit.lives_in
    floor = _floored(due, step.timing.not_before, zone)
    at = hours.next_waking(floor, zone, policy.waking_from, policy.waking_until)
    if at < ends and (step.slides or at == due):
        note = "" if at == floor else f", moved to {policy.waking_from:%H:%M} where the patient is"
        return Departure(at, ends, note)
    return _evening_before(step, frame)


def _floored(due: datetime, floor: time | None, zone: str) -> datetime:
    local = due.astimezone(ZoneInfo(zone))
    if floor is None or local.time() >= floor:
        return due
    return wall(local.date(), floor, zone)


def _evening_before(step: Step, frame: Frame) -> Departure | None:
    """The same news said the evening before, in words that say `tomorrow`."""
    if step.timing.evening_before is None:
        return None
    visit, policy = frame.visit, frame.policy
    ends = wall(frame.day, time(0), visit.zone)
    due = wall(frame.day - timedelta(days=1), step.timing.evening_before, visit.zone)
    at = hours.next_waking(due, visit.lives_in, policy.waking_from, policy.waking_until)
    if at >= ends:
        return None
    note = (
        f": too early for the morning, so the evening before at {step.timing.evening_before:%H:%M}"
    )
    return Departure(at, ends, note, evening=True)
