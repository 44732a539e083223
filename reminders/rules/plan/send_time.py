"""When a message may really leave: within its validity, while the patient is awake."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.plan.steps import Step
from reminders.rules.plan.timing import InjectionTimes
from scheduling.rules.wall_clock import wall


@dataclass(frozen=True, slots=True)
class SendTime:
    """`at` before `ends`, UTC; `evening` when the words for the evening before are meant."""

    at: datetime
    ends: datetime
    note: str = ""
    evening: bool = False


def send_time(step: Step, due: datetime, ends: datetime, times: InjectionTimes) -> SendTime | None:
    """The first waking moment from `due` on before `ends`, else the evening before, else None.

    Tasks know no sleep. A step that does not slide leaves when it is due or not at all.
    """
    if not step.is_message:
        return SendTime(due, ends) if due < ends else None
    policy, zone = times.policy, times.facts.lives_in
    floor = _floored(due, step.timing.not_before, zone)
    at = next_waking(floor, zone, policy.waking_from, policy.waking_until)
    if at < ends and (step.slides or at == due):
        note = "" if at == floor else f", moved to {policy.waking_from:%H:%M} where the patient is"
        return SendTime(at, ends, note)
    return _evening_before(step, times)


def _floored(due: datetime, floor: time | None, zone: str) -> datetime:
    local = due.astimezone(ZoneInfo(zone))
    if floor is None or local.time() >= floor:
        return due
    return wall(local.date(), floor, zone)


def _evening_before(step: Step, times: InjectionTimes) -> SendTime | None:
    """The same news said the evening before, in words that say `tomorrow`."""
    if step.timing.evening_before is None:
        return None
    facts, policy = times.facts, times.policy
    ends = wall(times.day, time(0), facts.zone)
    due = wall(times.day - timedelta(days=1), step.timing.evening_before, facts.zone)
    at = next_waking(due, facts.lives_in, policy.waking_from, policy.waking_until)
    if at >= ends:
        return None
    note = (
        f": too early for the morning, so the evening before at {step.timing.evening_before:%H:%M}"
    )
    return SendTime(at, ends, note, evening=True)


def waking(instant: datetime, zone: str, opens: time, closes: time) -> bool:
    """Whether people in `zone` may be written to at `instant`; `closes` is the last minute."""
    shown = instant.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
    return opens <= shown <= closes


def next_waking(instant: datetime, zone: str, opens: time, closes: time) -> datetime:
    """`instant` itself if people are awake, else the next opening, in UTC."""
    local = instant.astimezone(ZoneInfo(zone))
    if waking(instant, zone, opens, closes):
        return instant
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return wall(day, opens, zone)
