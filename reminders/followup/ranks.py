"""The order of the physician's worklist."""

from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo


class Rank(IntEnum):
    """Why a joint stands where it stands in the worklist, most pressing first."""

    RED_FLAG = 1
    LATE = 2
    NEW_DATA = 3
    INDETERMINATE = 4
    NON_RESPONDER = 5
    READY = 6
    RUNNING = 7

    @property
    def label(self) -> str:
        return _RANKS[self]


_RANKS = {
    Rank.RED_FLAG: "Red flag",
    Rank.LATE: "Unsigned too long",
    Rank.NEW_DATA: "New data after signature",
    Rank.INDETERMINATE: "Cannot be told",
    Rank.NON_RESPONDER: "No answers",
    Rank.READY: "Ready to sign",
    Rank.RUNNING: "Diary is running",
}


def business_days_after(start: datetime, days: int, zone: str) -> datetime:
    """The same wall-clock time `days` Mondays to Fridays later in `zone`."""
    at = start.astimezone(ZoneInfo(zone))
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return at
