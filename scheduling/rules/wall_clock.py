"""What clocks on the wall show: how it is written, and the instant at which they show it."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=65536)
def wall(day: date, at: time, zone: str) -> datetime:
    """The instant, in UTC, when clocks in `zone` show `at` on `day`.

    A skipped time is the first valid minute after the gap; a doubled time is its first occurrence.
    """
    shown = datetime.combine(day, at)
    place = ZoneInfo(zone)
    instant = shown.replace(tzinfo=place).astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == shown:
        return instant
    return _end_of_gap(shown, place)


def _end_of_gap(shown: datetime, place: ZoneInfo) -> datetime:
    """When the clocks sprang over `shown`: the first second whose wall clock is past it."""
    early = shown.replace(tzinfo=place, fold=1).astimezone(UTC)
    late = shown.replace(tzinfo=place, fold=0).astimezone(UTC)
    while late - early > SECOND:
        middle = early + (late - early) // (2 * SECOND) * SECOND
        passed = middle.astimezone(place).replace(tzinfo=None) > shown
        early, late = (early, middle) if passed else (middle, late)
    return late


def midnight_before(instant: datetime, zone: str) -> datetime:
    """The first moment, in UTC, of the calendar day in `zone` to which the instant belongs."""
    return wall(instant.astimezone(ZoneInfo(zone)).date(), time(0), zone)


def midnight_after(instant: datetime, zone: str) -> datetime:
    """The first moment, in UTC, of the next calendar day in `zone`."""
    return wall(instant.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), time(0), zone)


def clock(words: str) -> time:
    """`16:00`; anything else is a ValueError."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", words):
        raise ValueError(f"{words!r} is not a time of day: write HH:MM, such as 16:00")
    return time.fromisoformat(words)
