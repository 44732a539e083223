"""The days on which a location works, for work that is counted in days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.rules.wall_clock import wall

DAY = timedelta(days=1)
LONGEST = 31
"""No location is looked at further than so many days: one that is closed for longer says nothing.
"""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The weekdays on which somebody or something works (0 is Monday), and days closed for all.

    Without any weekday nobody has said when the location works: every day counts.
    """

    weekdays: frozenset[int] = frozenset()
    closed: frozenset[date] = frozenset()

    def include(self, day: date) -> bool:
        """Whether the location works on this day."""
        return not self.weekdays or (day.weekday() in self.weekdays and day not in self.closed)

    def last_until(self, instant: datetime, zone: str) -> datetime:
        """The instant, if its day in `zone` is a working day; else that time of the last one."""
        return self._nearest(instant, zone, -DAY)

    def first_from(self, instant: datetime, zone: str) -> datetime:
        """The instant, if its day in `zone` is a working day; else that time of the next one."""
        return self._nearest(instant, zone, DAY)

    def _nearest(self, instant: datetime, zone: str, step: timedelta) -> datetime:
        local = instant.astimezone(ZoneInfo(zone))
        days = (local.date() + step * count for count in range(LONGEST))
        day = next((each for each in days if self.include(each)), local.date())
        return instant if day == local.date() else wall(day, local.time(), zone)


EVERY_DAY = WorkingDays()


def is_covered(opening: Span, closures: Iterable[Span]) -> bool:
    """Whether these closures of one resource leave nothing of one opening."""
    at, closes = opening
    for lower, upper in sorted(closures):
        if lower <= at:
            at = max(at, upper)
    return at >= closes
