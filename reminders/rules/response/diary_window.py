"""One joint's diary, sorted: which readings may speak for the block, which not and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from reminders.rules.response.case import Case, Reading
from reminders.rules.response.diary import DiarySlot
from reminders.rules.response.windows import Window
from scheduling.rules.procedure import Side, Word


class ExclusionReason(Word):
    """Why a reading inside the window does not count."""

    SLEPT = "slept"
    RECALL = "recall"
    LATE = "late"
    PROXY = "proxy"
    AT_REST = "at_rest"
    AFTER_ANALGESIC = "after_analgesic"


@dataclass(frozen=True, slots=True)
class Point:
    """A usable score (0-10) at a minute after T0.

    `stands_for` is the minute by which the window judges it: its slot's when it came in time.
    `average` marks the answer to a question about several days.
    """

    minute: int
    score: int
    stands_for: int
    slot: str | None = None
    reexam: bool = False
    average: bool = False


@dataclass(frozen=True, slots=True)
class Excluded:
    """A reading inside the window that was left out; it stays on record."""

    minute: int
    score: int | None
    why: ExclusionReason


@dataclass(frozen=True, slots=True)
class DiaryWindow:
    """One joint's readings, each tuple in time order.

    Inside the window is a reading whose `stands_for` lies there.
    `valid` are those inside the outer window that count; `points` the same, one per minute (the
    worst, so that typing a number twice proves nothing). `series` runs on from the window's start
    past its end. `answered` holds the minutes in the window at which any timely score exists.
    `days` are scores after the window. `readings` are all of this joint's inside the window.
    """

    side: Side
    window: Window | None
    readings: tuple[Reading, ...] = ()
    valid: tuple[Point, ...] = ()
    points: tuple[Point, ...] = ()
    series: tuple[Point, ...] = ()
    days: tuple[Point, ...] = ()
    answered: tuple[int, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    early: tuple[Point, ...] = ()


def sort_readings(case: Case, side: Side, window: Window | None) -> DiaryWindow:
    """Sort the readings of one joint against its window; without a window nothing counts."""
    if window is None:
        return DiaryWindow(side, None)
    own = [
        (stands_for(reading, case.expected, window), reading)
        for reading in case.readings
        if reading.side is side
    ]
    rescue = case.first_rescue
    untainted = [(at, r) for at, r in own if rescue is None or r.minute < rescue.minute]
    inside = [reading for at, reading in own if window.holds(at)]
    series = [p for p in _points(untainted) if p.stands_for >= window.outer[0]]
    valid = [point for point in series if window.holds(point.stands_for)]
    return DiaryWindow(
        side=side,
        window=window,
        readings=tuple(sorted(inside, key=lambda reading: reading.minute)),
        valid=tuple(valid),
        points=_worst_per_minute(valid),
        series=_worst_per_minute(series),
        days=_worst_per_minute(_days(own, window)),
        answered=tuple(sorted({r.minute for r in inside if why_untimely(r) is None})),
        excluded=_excluded(inside, rescue.minute if rescue else None),
        early=tuple(
            p for p in _points(untainted) if p.minute >= 0 and p.stands_for < window.outer[0]
        ),
    )


def stands_for(reading: Reading, slots: Iterable[DiarySlot], window: Window) -> int:
    """The minute after T0 by which the window judges a reading.

    An answer in time to a slot inside the window is as good as one given the minute it was due:
    else the slot that is due when the window ends could never count. Any other has its own minute.
    """
    asked = [slot for slot in slots if slot.id == reading.slot and window.holds(slot.minute)]
    return next((slot.minute for slot in asked if slot.holds(reading.minute)), reading.minute)


def unfilled_slots(diary: DiaryWindow, expected: Iterable[DiarySlot]) -> tuple[DiarySlot, ...]:
    """The expected slots inside the window that no valid reading fills."""
    return tuple(
        slot for slot in slots_in_window(diary, expected) if not _is_filled(slot, diary.valid)
    )


def slots_in_window(diary: DiaryWindow, expected: Iterable[DiarySlot]) -> tuple[DiarySlot, ...]:
    """The expected slots that fall into the window."""
    return tuple(slot for slot in expected if diary.window and diary.window.holds(slot.minute))


def _is_filled(slot: DiarySlot, points: Iterable[Point]) -> bool:
    return any(point.slot == slot.id or slot.holds(point.minute) for point in points)


def why_untimely(reading: Reading) -> ExclusionReason | None:
    """Why this is no score of its own moment, from the patient."""
    if reading.slept:
        return ExclusionReason.SLEPT
    if reading.recall:
        return ExclusionReason.RECALL
    if reading.late:
        return ExclusionReason.LATE
    unsaid = reading.is_by_proxy and reading.patient_gave_number is not True
    return ExclusionReason.PROXY if unsaid else None


def _why_not(reading: Reading, rescue: int | None) -> ExclusionReason | None:
    untimely = why_untimely(reading)
    if untimely:
        return untimely
    if not reading.is_provoked:
        return ExclusionReason.AT_REST
    return (
        ExclusionReason.AFTER_ANALGESIC if rescue is not None and reading.minute >= rescue else None
    )


def _excluded(inside: Iterable[Reading], rescue: int | None) -> tuple[Excluded, ...]:
    left_out = [(reading, _why_not(reading, rescue)) for reading in inside]
    found = [Excluded(r.minute, r.score, why) for r, why in left_out if why is not None]
    return tuple(sorted(found, key=lambda x: (x.minute, x.why, -1 if x.score is None else x.score)))


def _points(own: Iterable[tuple[int, Reading]]) -> list[Point]:
    return _in_order(
        Point(r.minute, r.score, at, r.slot, r.is_staff_reexam)
        for at, r in own
        if r.score is not None and _why_not(r, None) is None
    )


def _days(own: Iterable[tuple[int, Reading]], window: Window) -> list[Point]:
    """Later scores, moved or at rest: they tell the pattern, never the label."""
    return [
        Point(r.minute, r.score, at, r.slot, average=r.average)
        for at, r in own
        if r.score is not None and at > window.outer[1] and why_untimely(r) is None
    ]


def _worst_per_minute(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple({point.minute: point for point in _in_order(points)}.values())


def _in_order(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=lambda p: (p.minute, p.score, p.slot or "", p.stands_for, p.reexam))
