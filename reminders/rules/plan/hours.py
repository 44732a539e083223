"""Waking hours. Everything goes in and comes out as aware datetimes, in UTC."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.rules.wall_clock import wall

WAKING_FROM = time(8)
WAKING_UNTIL = time(20, 45)


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
