"""What the valid readings of one joint measure: held relief, means, onset, duration. All exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, groupby, pairwise

from reminders.rules.response.diary_window import DiaryWindow, Point
from reminders.rules.response.relief import Relief
from reminders.rules.response.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class ReliefDuration:
    """How long a pass lasted, minutes from its first reading at `start`.

    `lower` to its last passing reading, `upper` to the next failing one; None when none was seen.
    """

    start: int
    lower: int
    upper: int | None

    def as_json(self) -> list[int | None]:
        """[lower, upper], minutes."""
        return [self.lower, self.upper]


@dataclass(frozen=True, slots=True)
class Measures:
    """Percents are exact fractions; times are minutes. None where the readings do not tell.

    `first_pass` is the first reading that reaches the payer's threshold.
    `held` is the best relief that two readings in a row reached, or one reading and a staff
    re-examination. `weighted` is the mean over time, leaving out silences longer than a gap.
    """

    held: Relief | None = None
    peak: Relief | None = None
    worst: Relief | None = None
    mean: Fraction | None = None
    weighted: Fraction | None = None
    first_pass: Point | None = None
    duration_50: ReliefDuration | None = None
    duration_75: ReliefDuration | None = None


def measure(
    diary: DiaryWindow, baseline: int, credit_from: int, thresholds: Thresholds
) -> Measures:
    """Measure one diary against a baseline of 1-10; an empty one measures nothing."""
    if not diary.points or diary.window is None:
        return Measures()
    scores = [point.score for point in diary.points]
    held = held_score(diary.points, diary.valid, credit_from)
    series = [point for point in diary.series if point.minute <= thresholds.steroid_early[0]]
    return Measures(
        held=None if held is None else Relief(baseline, held),
        peak=Relief(baseline, min(scores)),
        worst=Relief(baseline, max(scores)),
        mean=Fraction(100 * (baseline * len(scores) - sum(scores)), baseline * len(scores)),
        weighted=_weighted(diary.points, baseline, thresholds.diary_gap_min),
        first_pass=_first_pass(diary.points, baseline, thresholds.payer_percent),
        duration_50=_lasting(series, baseline, thresholds.partial_percent, diary.window.outer[1]),
        duration_75=_lasting(
            series, baseline, thresholds.positive_low_percent, diary.window.outer[1]
        ),
    )


def held_score(points: Sequence[Point], valid: Sequence[Point], credit_from: int) -> int | None:
    """The lowest score held by two readings in a row, or by one and a staff re-examination.

    A pair that ends before `credit_from` is not credited. None when no pair is left.
    """
    pairs = list(pairwise(points))
    pairs += [pair for pair in combinations(valid, 2) if any(point.reexam for point in pair)]
    credited = [pair for pair in pairs if max(point.minute for point in pair) >= credit_from]
    return min((max(point.score for point in pair) for pair in credited), default=None)


def _weighted(points: Sequence[Point], baseline: int, gap: int) -> Fraction | None:
    """Trapezoids between neighbours; a silence longer than `gap` minutes is not bridged."""
    spans = [(a, b) for a, b in pairwise(points) if b.minute - a.minute <= gap]
    minutes = sum(b.minute - a.minute for a, b in spans)
    if not minutes:
        return None
    fall = sum((b.minute - a.minute) * (2 * baseline - a.score - b.score) for a, b in spans)
    return Fraction(100 * fall, 2 * baseline * minutes)


def _first_pass(points: Sequence[Point], baseline: int, percent: int) -> Point | None:
    passes = (p for p in points if Relief(baseline, p.score).reaches(percent))
    return next(passes, None)


def _lasting(
    series: Sequence[Point], baseline: int, percent: int, ends: int
) -> ReliefDuration | None:
    """The longest unbroken run of passes that begins inside the window; the first of equals."""
    runs = [
        (passed, list(run))
        for passed, run in groupby(series, lambda p: Relief(baseline, p.score).reaches(percent))
    ]
    followed = zip(runs, [*(run for _, run in runs[1:]), None], strict=True)
    found = [
        _from_to(run, after)
        for (passed, run), after in followed
        if passed and run[0].stands_for <= ends
    ]
    return max(found, key=lambda lasting: lasting.lower, default=None)


def _from_to(run: Sequence[Point], after: Sequence[Point] | None) -> ReliefDuration:
    start = run[0].minute
    return ReliefDuration(start, run[-1].minute - start, after[0].minute - start if after else None)
