"""Free time as bits: one bit a minute, half-open spans, so that a search is a few shifts and ANDs.

A minute is a whole number counted from some origin; bit `m` of a bitmap is the minute [m, m + 1).
Python's integers have no width, so a bitmap may be a day or a year.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby

from scheduling.rules import wall_clock

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MIDNIGHT, NOON = time(0), time(12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(start: int, end: int) -> int:
    """The minutes [start, end); what lies before the origin is cut off."""
    start = max(start, 0)
    return ((1 << (end - start)) - 1) << start if end > start else 0


def union(spans: Iterable[tuple[int, int]]) -> int:
    """All minutes of some spans, which may overlap."""
    minutes = 0
    for start, end in spans:
        if start < 0:
            start = 0
        if start < end:  # written out, not through `span`: this line runs once a reservation
            minutes |= ((1 << (end - start)) - 1) << start
    return minutes


def _shift(minutes: int, by: int) -> int:
    """Move every minute later (or earlier, below zero)."""
    return minutes << by if by >= 0 else minutes >> -by


def _runs(free: int, length: int) -> int:
    """The minutes at which `length` free minutes in a row begin."""
    covered = 1
    while covered < length:
        step = min(covered, length - covered)
        free &= free >> step
        covered += step
    return free


def starts(free: int, before: int, after: int) -> int:
    """The minutes `m` with all of [m - before, m + after) free; `before` may be negative."""
    return _shift(_runs(free, before + after), before)


def minutes_in(bitmap: int) -> Iterator[int]:
    """The minutes of a bitmap, earliest first."""
    while bitmap:
        lowest = bitmap & -bitmap
        yield lowest.bit_length() - 1
        bitmap ^= lowest


def _every(step: int, length: int) -> int:
    """Every `step`th minute of [0, length), or a few more."""
    many = length // step + 1
    return ((1 << step * many) - 1) // ((1 << step) - 1)


def wall(day: date, at: time, zone: str) -> int:
    """The minute, since 1970 in UTC, at which clocks in `zone` show `at` on `day`."""
    return minute(wall_clock.wall(day, at, zone))


def minute(instant: datetime) -> int:
    """Whole minutes since 1970, rounded down."""
    return (instant - EPOCH) // MINUTE


def minute_up(instant: datetime) -> int:
    """Whole minutes since 1970, rounded up."""
    return -((EPOCH - instant) // MINUTE)


def moment(minute: int) -> datetime:
    """The instant, in UTC, of a minute since 1970."""
    return EPOCH + minute * MINUTE


def _days(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + n * DAY for n in range((last - first).days + 1)]


# Kept, like the hours below: one search after another starts on the same day.
@lru_cache(maxsize=64)
def grid(first: date, last: date, zone: str, step: int, origin: int) -> int:
    """The minutes at which clocks in `zone` show a multiple of `step`, a divisor of 60.

    The clock that noon shows rules the whole day: clinics open after the night of a clock change.
    """
    marks = 0
    some = _days(first, last)
    for offset, alike in groupby(some, lambda day: (wall(day, NOON, zone) - origin) % step):
        same = list(alike)  # all of them, unless clocks change by less than a step
        begins, ends = wall(same[0], MIDNIGHT, zone), wall(same[-1] + DAY, MIDNIGHT, zone)
        marks |= (_every(step, ends - origin) << offset) & span(begins - origin, ends - origin)
    return marks


# Colleagues often keep the same hours: worked out once, not once for each.
@lru_cache(maxsize=256)
def openings(
    hours: tuple[tuple[int, int, int], ...], first: date, last: date, zone: str, origin: int
) -> int:
    """Weekly hours (weekday, opens, closes; minutes of the wall clock) from `first` to `last`."""

    def show(day: date, at: int) -> int:
        return wall(day, _clock(at), zone) - origin

    return union(
        (show(day, opens), show(day, closes))
        for day in _days(first, last)
        for weekday, opens, closes in hours
        if weekday == day.weekday()
    )


@lru_cache(maxsize=1440)
def _clock(minutes: int) -> time:
    """Minutes of a day as a time."""
    return time(*divmod(minutes, 60))
