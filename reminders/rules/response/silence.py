"""What the silent slots of a diary leave open: its answer had they been bad, or been good."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reminders.rules.response.diary import DiarySlot
from reminders.rules.response.diary_window import DiaryWindow, Point, unfilled_slots
from reminders.rules.response.measures import held_score
from reminders.rules.response.relief import Relief


@dataclass(frozen=True, slots=True)
class Silence:
    """Slots inside the window without an answer that counts, as `points` at their best.

    `worst` is the relief held if each had been "no relief", `best` if each had been as good as the
    better of the answers beside it; None where no two readings can be held against each other.
    """

    points: tuple[Point, ...] = ()
    worst: Relief | None = None
    best: Relief | None = None


def silence_of(
    diary: DiaryWindow, expected: Iterable[DiarySlot], baseline: int, credit_from: int
) -> Silence:
    """Fill the silent slots with no relief, and with the best that the answers beside them suggest.

    Nothing better than what was seen is assumed: relief that no answer suggests is not open.
    """

    def held(points: Iterable[Point]) -> Relief | None:
        filled = sorted([*diary.points, *points], key=lambda point: point.minute)
        score = held_score(filled, diary.valid, credit_from)
        return None if score is None else Relief(baseline, score)

    silent = unfilled_slots(diary, expected)
    best = _filled(silent, lambda slot: _better_beside(slot, diary.points))
    worst = _filled(silent, lambda slot: baseline)
    return Silence(best, held(worst), held(best))


def _filled(
    silent: Iterable[DiarySlot], score: Callable[[DiarySlot], int | None]
) -> tuple[Point, ...]:
    scored = ((slot, score(slot)) for slot in silent)
    return tuple(
        Point(slot.minute, score, slot.minute, slot.id)
        for slot, score in scored
        if score is not None
    )


def _better_beside(slot: DiarySlot, points: Sequence[Point]) -> int | None:
    """The lower score of the answers before and after a slot."""
    before = [point.score for point in points if point.minute <= slot.minute][-1:]
    after = [point.score for point in points if point.minute > slot.minute][:1]
    return min([*before, *after], default=None)
