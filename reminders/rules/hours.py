"""Wall clocks and waking hours. Everything goes in and comes out as aware datetimes, in UTC."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WAKING_FROM = time(8)
WAKING_UNTIL = time(20, 45)


@lru_cache(maxsize=65536)
def wall(day: date, at: time, zone: str) -> datetime:
    """The instant when clocks in `zone` show `at` on `day`.

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
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        passed = middle.astimezone(place).replace(tzinfo=None) > shown
        early, late = (early, middle) if passed else (middle, late)
    return late


def midnight_after(instant: datetime, zone: str) -> datetime:
    """The first moment of the next calendar day in `zone`."""
    return wall(instant.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), time(0), zone)


def waking(
    instant: datetime, zone: str, opens: time = WAKING_FROM, closes: time = WAKING_UNTIL
) -> bool:
    """Whether people in `zone` may be written to at `instant`; `closes` is the last minute."""
    return (
        opens
        <= instant.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
        <= closes
    )


def next_waking(
    instant: datetime, zone: str, opens: time = WAKING_FROM, closes: time = WAKING_UNTIL
) -> datetime:
    """`instant` itself if people are awake, else the next opening."""
    local = instant.astimezone(ZoneInfo(zone))
    if waking(instant, zone, opens, closes):
        return instant
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return wall(day, opens, zone)
