"""Work of staff that is counted in days falls on days on which the location works."""

from dataclasses import replace
from datetime import datetime

from reminders.rules.plan.occurrences import Occurrence
from reminders.rules.plan.timing import InjectionTimes, When


def on_working_day(occurrence: Occurrence) -> Occurrence:
    """The occurrence as work for staff: at the same time of a working day.

    What is urgent waits for no working day, what is counted in hours follows the visit's own day,
    and a score of the days before belongs to its own. Work that may be done later may also be
    finished later.
    """
    timing, due = occurrence.timing, occurrence.due
    if due is None or timing.at is None or occurrence.step.urgent:
        return occurrence
    moved = _moved(timing, due, occurrence.context.times, _earliest(occurrence))
    if moved == due or (occurrence.scheduled and moved < due):
        return occurrence
    ends = occurrence.ends and max(occurrence.ends, occurrence.ends + (moved - due))
    day = "last working day before" if moved < due else "next working day"
    return replace(occurrence, due=moved, ends=ends, words=f"{occurrence.words}, on the {day}")


def _earliest(occurrence: Occurrence) -> datetime:
    """Before the booking, or before the patient was asked, the work would make no sense."""
    context, follows = occurrence.context, occurrence.step.follows
    asked = context.timings[follows].due(context.times) if follows else None
    return max(filter(None, (context.facts.promised_at, asked)))


def _moved(timing: When, due: datetime, times: InjectionTimes, earliest: datetime) -> datetime:
    """The last working day until the step's own, or the next one where its day counts from behind.

    Where the last one comes too early and another is left before the start, that one.
    """
    facts = times.facts
    later = facts.working_days.first_from(due, facts.zone)
    if timing.days > 0:
        return later
    earlier = facts.working_days.last_until(due, facts.zone)
    return later if earlier <= earliest < due and later < facts.start else earlier
