"""Who is on call at a moment, by the clinic's wall clock."""

from collections.abc import Collection, Iterable
from datetime import datetime, time
from typing import Protocol, TypeVar


class Shift(Protocol):
    """Weekly hours of somebody on call.

    `weekdays` are those on which it begins, 0 is Monday; none: it covers the hours that no other
    shift covers. One that ends at or before its start ends on the next day. `turn`:
    1 is paged first.
    """

    @property
    def weekdays(self) -> Collection[int]: ...
    @property
    def starts(self) -> time | None: ...
    @property
    def ends(self) -> time | None: ...
    @property
    def turn(self) -> int: ...


S = TypeVar("S", bound=Shift)


def on_duty(shifts: Iterable[S], local: datetime) -> list[S]:
    """The shifts that cover this local time, else those for hours nobody covers; by turn."""
    by_turn = sorted(shifts, key=lambda shift: shift.turn)
    covering = [shift for shift in by_turn if covers(shift, local)]
    return covering or [shift for shift in by_turn if not shift.weekdays]


def covers(shift: Shift, local: datetime) -> bool:
    """Whether a shift with weekdays of its own covers this local time."""
    if shift.starts is None or shift.ends is None:
        return False
    weekday, clock = local.weekday(), local.time()
    if shift.starts < shift.ends:
        return weekday in shift.weekdays and shift.starts <= clock < shift.ends
    began_yesterday = (weekday - 1) % 7 in shift.weekdays
    return (weekday in shift.weekdays and clock >= shift.starts) or (
        began_yesterday and clock < shift.ends
    )
