"""The geometry of a diary's chart: hours after T0, then a second axis for days and weeks.

Pure: plain numbers in, whole pixels out. `reminders/chart.svg` draws them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

HOUR, DAY = 60, 24 * 60  # minutes
JOINED = 2 * HOUR
"""Two readings further apart than this are not joined: nobody knows what lay between."""
STEROID = (2 * DAY, 14 * DAY)
"""When a steroid usually begins to work."""
HOURS = (-78, 12 * HOUR)
"""The stretch of the first axis, in minutes after T0."""
DAYS_START = HOURS[1]
"""Where the second axis begins, in minutes after T0."""
DAYS_END = 16 * DAY
"""Where it ends, unless a score came later."""
HOUR_TICKS = {hour * HOUR: f"{hour} h" for hour in range(0, 13, 2)}
DAY_TICKS = {
    day * DAY: name
    for day, name in {
        1: "1 d",
        3: "3 d",
        7: "7 d",
        14: "2 w",
        28: "4 w",
        42: "6 w",
        90: "3 m",
        180: "6 m",
    }.items()
}
SCORES = (-0.4, 10.4)
"""The stretch of the axis of scores: a dot at 0 or 10 is drawn whole."""
LEVELS = (("baseline", 1.0), ("half", 0.5), ("high", 0.25))
"""What is left of the baseline at no relief, at 50 % and at 75 %."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One score (0-10) at a minute after T0; `counted` is whether it speaks for the block."""

    minute: int
    score: int
    movement: bool = True
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """One joint. `baseline_minute` is negative; windows are (start, end) in minutes after T0."""

    title: str
    baseline: int | None
    baseline_minute: int | None
    dots: tuple[Dot, ...]
    core: tuple[int, int] | None = None
    outer: tuple[int, int] | None = None
    analgesics: tuple[int, ...] = ()
    steroid: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Where one pair of axes lies, in pixels from the top left of its joint."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def y(self, score: float) -> int:
        low, high = SCORES
        return round(self.bottom - (score - low) / (high - low) * self.height)


@dataclass(frozen=True, slots=True)
class Layout:
    """A chart's width and the height of one joint, in pixels, with its two pairs of axes."""

    width: int
    height: int
    hours: Area
    days: Area


WIDE = Layout(900, 270, Area(40, 40, 500, 196), Area(584, 40, 296, 196))
NARROW = Layout(400, 476, Area(34, 40, 346, 170), Area(34, 262, 346, 170))
"""For telephones: the days stand below the hours."""
LAYOUTS = {"wide": WIDE, "narrow": NARROW}


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """Something at a point: a tick, a level or a mark. `kind` names how it is drawn."""

    kind: str
    x: int
    y: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time behind the dots."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Axes:
    """What is drawn in one area."""

    area: Area
    bands: tuple[Band, ...]
    scores: tuple[ChartPoint, ...]
    ticks: tuple[ChartPoint, ...]
    levels: tuple[ChartPoint, ...]
    lines: tuple[str, ...]
    marks: tuple[ChartPoint, ...]


@dataclass(frozen=True, slots=True)
class JointChart:
    """One joint of the chart; `top` is where it begins."""

    title: str
    top: int
    hours: Axes
    days: Axes


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart. `sentences` say it in words."""

    width: int
    height: int
    joints: tuple[JointChart, ...]
    sentences: str


def chart_of(panels: Sequence[Panel], layout: Layout = WIDE) -> Chart:
    """The chart of these joints, one below the other."""
    joints = (
        JointChart(panel.title, number * layout.height, _hours(panel, layout), _days(panel, layout))
        for number, panel in enumerate(panels)
    )
    return Chart(
        layout.width,
        layout.height * len(panels),
        tuple(joints),
        " ".join(describe(panel) for panel in panels),
    )


def _hours(panel: Panel, layout: Layout) -> Axes:
    area = layout.hours
    dots = [dot for dot in panel.dots if dot.minute <= HOURS[1]]
    windows = (("outer", panel.outer), ("core", panel.core))
    return Axes(
        area=area,
        bands=tuple(_band(kind, area, *window) for kind, window in windows if window),
        scores=tuple(_scores(area)),
        ticks=tuple(
            ChartPoint("tick", _hour_x(area, at), area.bottom, words)
            for at, words in HOUR_TICKS.items()
        ),
        levels=tuple(_levels(panel, area)),
        lines=tuple(_line(area, run) for run in traces(dots)),
        marks=(
            *_analgesics(panel, area),
            *_baseline(panel, area),
            *(_mark(dot, _hour_x(area, dot.minute), area) for dot in dots),
        ),
    )


def _days(panel: Panel, layout: Layout) -> Axes:
    area = layout.days
    dots = [dot for dot in panel.dots if dot.minute > HOURS[1]]
    end = max([DAYS_END, *(dot.minute * 1.15 for dot in dots)])
    steroid = [_day_x(area, at, end) for at in STEROID] if panel.steroid else []
    return Axes(
        area=area,
        bands=(Band("steroid", steroid[0], steroid[1] - steroid[0]),) if steroid else (),
        scores=tuple(_scores(area)),
        ticks=tuple(
            ChartPoint("tick", _day_x(area, at, end), area.bottom, words)
            for at, words in DAY_TICKS.items()
            if at <= end
        ),
        levels=tuple(_levels(panel, area)),
        lines=(),
        marks=tuple(_mark(dot, _day_x(area, dot.minute, end), area) for dot in dots),
    )


def _scores(area: Area) -> Iterator[ChartPoint]:
    for score in range(0, 11, 2):
        yield ChartPoint("score", area.left - 8, area.y(score), str(score))


def _hour_x(area: Area, minute: float) -> int:
    start, end = HOURS
    return round(area.left + (minute - start) / (end - start) * area.width)


def _day_x(area: Area, minute: float, end: float) -> int:
    """Days stand on a logarithmic axis, so that the first ones are not crowded."""
    return round(area.left + log(minute / DAYS_START) / log(end / DAYS_START) * area.width)


def _band(kind: str, area: Area, start: int, end: int) -> Band:
    left, right = _hour_x(area, start), _hour_x(area, min(end, HOURS[1]))
    return Band(kind, left, right - left)


def _levels(panel: Panel, area: Area) -> Iterator[ChartPoint]:
    """The baseline, and the scores at which relief is 50 % and 75 %."""
    words = {"baseline": f"baseline {panel.baseline}", "half": "50 %", "high": "75 %"}
    for kind, part in LEVELS if panel.baseline else ():
        yield ChartPoint(kind, area.right, area.y((panel.baseline or 0) * part), words[kind])


def _line(area: Area, run: Iterable[Dot]) -> str:
    """The points of an SVG polyline."""
    return " ".join(f"{_hour_x(area, dot.minute)},{area.y(dot.score)}" for dot in run)


def _analgesics(panel: Panel, area: Area) -> Iterator[ChartPoint]:
    for minute in panel.analgesics:
        yield ChartPoint("analgesic", _hour_x(area, minute), area.top)


def _baseline(panel: Panel, area: Area) -> Iterator[ChartPoint]:
    """One that was taken long before, or nobody knows when, stands at the axis' beginning."""
    if panel.baseline is not None:
        minute = -15 if panel.baseline_minute is None else panel.baseline_minute
        yield ChartPoint("before", _hour_x(area, max(HOURS[0] + 6, minute)), area.y(panel.baseline))


def _mark(dot: Dot, x: int, area: Area) -> ChartPoint:
    """Movement is a disc, rest a square; hollow does not count."""
    shape = "disc" if dot.movement else "square"
    return ChartPoint(shape if dot.counted else f"{shape} hollow", x, area.y(dot.score))


def traces(dots: Sequence[Dot]) -> Iterator[list[Dot]]:
    """The counted readings in runs without a silence longer than two hours."""
    counted = sorted((dot for dot in dots if dot.counted), key=lambda dot: dot.minute)
    run = counted[:1]
    for before, after in pairwise(counted):
        if after.minute - before.minute > JOINED:
            yield run
            run = []
        run.append(after)
    if run:
        yield run


def describe(panel: Panel) -> str:
    """The picture in one sentence a joint; the table beside it has every number."""
    scores = [dot.score for dot in panel.dots]
    if not scores:
        return f"{panel.title}: no scores yet."
    base = "unknown" if panel.baseline is None else panel.baseline
    return (
        f"{panel.title}: baseline {base}, {len(scores)} scores from {min(scores)} to {max(scores)}."
    )
