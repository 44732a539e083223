"""Pain against time as one SVG: hours after T0, then a broken axis to days and weeks.

Pure: plain numbers in, text out. Colours are CSS variables, so the same picture serves light and
dark; `themed=False` leaves plain light colours for readers that know no variables (PDF).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOUR, DAY = 60, 24 * 60
JOINED = 2 * HOUR
"""Two readings further apart than this are not joined: nobody knows what lay between."""
STEROID = (2, 14)
"""Days in which a steroid usually begins to work."""
HOURS_END, DAYS_START = 12, 0.55
DAY_TICKS = {1: "1 d", 3: "3 d", 7: "7 d", 14: "2 w", 28: "4 w", 42: "6 w", 90: "3 m", 180: "6 m"}

# (light, dark) by what the colour is for.
COLOURS = {
    "ink": ("#1c2430", "#e8edf4"),
    "soft": ("#5b6675", "#a4b0c0"),
    "outer": ("#e3eefb", "#1d2c40"),
    "core": ("#bcd8f6", "#2a4a70"),
    "steroid": ("#f6ead0", "#40351c"),
    "trace": ("#0b5cad", "#7ab8ff"),
    "half": ("#8a5a00", "#e0b25c"),
    "high": ("#19703d", "#74cf97"),
    "pill": ("#a3242f", "#ff9aa2"),
}
LIGHT = {name: pair[0] for name, pair in COLOURS.items()}


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


@cache
def canvas() -> "type[Figure]":
    """Matplotlib: a second and 50 MB, which processes that draw nothing do without."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "blockwise", "font.family": "sans-serif"}
    )
    return Figure


def svg(panels: Sequence[Panel], *, themed: bool = True) -> str:
    """Draw one row a joint. The text carries a title and a description for screen readers."""
    figure = canvas()(figsize=(9, 2.9 * len(panels)), layout="constrained")
    figure.patch.set_alpha(0)
    rows = figure.subplots(
        len(panels),
        2,
        squeeze=False,
        sharey=True,
        gridspec_kw={"width_ratios": (3, 2), "wspace": 0.01},
    )
    for (hours, days), panel in zip(rows, panels, strict=True):
        _draw_hours(hours, panel)
        _draw_days(days, panel)
    page = StringIO()
    figure.savefig(page, format="svg", metadata={"Date": None, "Creator": None})
    return _described(page.getvalue(), panels, themed)


def _draw_hours(axes: "Axes", panel: Panel) -> None:
    for window, shade in ((panel.outer, "outer"), (panel.core, "core")):
        if window:
            axes.axvspan(window[0] / HOUR, window[1] / HOUR, color=LIGHT[shade], lw=0, zorder=0)
    _levels(axes, panel, named=True)
    for trace in traces(panel.dots):
        points = [(dot.minute / HOUR, dot.score) for dot in trace]
        axes.plot(*zip(*points, strict=True), color=LIGHT["trace"], lw=1.6, zorder=2)
    _dots(axes, [dot for dot in panel.dots if dot.minute <= HOURS_END * HOUR], HOUR)
    _baseline(axes, panel)
    for minute in panel.analgesics:
        axes.axvline(minute / HOUR, color=LIGHT["pill"], lw=1.2, ls=(0, (1, 2)), zorder=1)
        axes.plot(minute / HOUR, 10.4, marker="v", color=LIGHT["pill"], ms=7, clip_on=False)
    axes.set_xlim(-1.3, HOURS_END)
    axes.set_xticks(
        range(0, HOURS_END + 1, 2), [f"{hour} h" for hour in range(0, HOURS_END + 1, 2)]
    )
    axes.set_title(panel.title, loc="left", color=LIGHT["ink"], fontsize=11, fontweight="bold")
    _frame(axes)


def _draw_days(axes: "Axes", panel: Panel) -> None:
    late = [dot for dot in panel.dots if dot.minute > HOURS_END * HOUR]
    end = max([16.0, *(dot.minute / DAY * 1.15 for dot in late)])
    if panel.steroid:
        axes.axvspan(*STEROID, color=LIGHT["steroid"], lw=0, zorder=0)
    _levels(axes, panel, named=False)
    _dots(axes, late, DAY)
    axes.set_xscale("log")
    axes.set_xlim(DAYS_START, end)
    ticks = {day: name for day, name in DAY_TICKS.items() if day <= end}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    _frame(axes)
    _break(axes)


def _levels(axes: "Axes", panel: Panel, *, named: bool) -> None:
    """The baseline, and the scores at which relief is 50 % and 75 %."""
    if not panel.baseline:
        return
    for part, colour, style in ((1.0, "ink", "-"), (0.5, "half", "--"), (0.25, "high", "--")):
        level = panel.baseline * part
        axes.axhline(level, color=LIGHT[colour], lw=1, ls=style, zorder=1)
        words = {1.0: f"baseline {panel.baseline}", 0.5: "50 %", 0.25: "75 %"}[part]
        if named:
            axes.text(
                HOURS_END - 0.1, level + 0.12, words, color=LIGHT[colour], ha="right", fontsize=8.5
            )


def _baseline(axes: "Axes", panel: Panel) -> None:
    if panel.baseline is not None:
        hour = max(-1.2, (panel.baseline_minute or -15) / HOUR)
        axes.plot(hour, panel.baseline, marker="D", color=LIGHT["ink"], ms=6, zorder=3)


def _dots(axes: "Axes", dots: Sequence[Dot], unit: int) -> None:
    """Movement is a disc, rest a square; hollow does not count."""
    for dot in dots:
        axes.plot(
            dot.minute / unit,
            dot.score,
            marker="o" if dot.movement else "s",
            color=LIGHT["trace"],
            fillstyle="full" if dot.counted else "none",
            ms=7.5,
            mew=1.6,
            zorder=3,
            clip_on=False,
        )


def traces(dots: Sequence[Dot]) -> Iterator[list[Dot]]:
    """The counted readings of the hours in runs without a silence longer than two hours."""
    counted = sorted(
        (dot for dot in dots if dot.counted and dot.minute <= HOURS_END * HOUR),
        key=lambda dot: dot.minute,
    )
    run = counted[:1]
    for before, after in pairwise(counted):
        if after.minute - before.minute > JOINED:
            yield run
            run = []
        run.append(after)
    if run:
        yield run


def _frame(axes: "Axes") -> None:
    axes.patch.set_alpha(0)
    axes.set_ylim(-0.4, 10.4)
    axes.set_yticks(range(0, 11, 2))
    axes.tick_params(colors=LIGHT["soft"], labelsize=9, length=3)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(LIGHT["soft"])


def _break(axes: "Axes") -> None:
    """Two slanted strokes say that the scale changes here."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False, labelleft=False)
    for x in (-0.012, 0.012):
        axes.plot(
            [x - 0.008, x + 0.008],
            [-0.04, 0.04],
            transform=axes.transAxes,
            color=LIGHT["soft"],
            lw=1.2,
            clip_on=False,
        )


def describe(panel: Panel) -> str:
    """The picture in one sentence a joint; the table beside it has every number."""
    scores = [dot.score for dot in panel.dots]
    if not scores:
        return f"{panel.title}: no scores yet."
    base = "unknown" if panel.baseline is None else panel.baseline
    return (
        f"{panel.title}: baseline {base}, {len(scores)} scores from {min(scores)} to {max(scores)}."
    )


def _described(drawn: str, panels: Sequence[Panel], themed: bool) -> str:
    body = drawn[drawn.index("<svg") :]
    words = escape(" ".join(describe(panel) for panel in panels))
    inside = f"<title>Pain score by time after the injection</title><desc>{words}</desc>"
    if themed:
        body, inside = _themed(body), inside + f"<style>{_theme()}</style>"
    return re.sub(r"<svg [^>]*>", lambda tag: f'{tag[0][:-1]} role="img">{inside}', body, count=1)


def _themed(body: str) -> str:
    for name, (light, _) in COLOURS.items():
        body = body.replace(light, f"var(--{name})")
    return body


def _theme() -> str:
    light, dark = (
        "".join(f"--{name}:{pair[shade]};" for name, pair in COLOURS.items()) for shade in (0, 1)
    )
    root = f":root{{color-scheme:light dark;{light}}}"
    return f"{root}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
