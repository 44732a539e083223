"""The days on which a location works, for work that is counted in days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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

    def last_until(self, day: date) -> date:
        """The day itself if the location works on it, else the last working day before."""
        return self._nearest(day, -DAY)

    def first_from(self, day: date) -> date:
        """The day itself if the location works on it, else the first working day after."""
        return self._nearest(day, DAY)

    def _nearest(self, day: date, step: timedelta) -> date:
        days = (day + step * count for count in range(LONGEST))
        return next((each for each in days if self.include(each)), day)


EVERY_DAY = WorkingDays()


def is_covered(opening: Span, closures: Iterable[Span]) -> bool:
    """Whether these closures of one resource leave nothing of one opening."""
    at, closes = opening
    for lower, upper in sorted(closures):
        if lower <= at:
            at = max(at, upper)
    return at >= closes
