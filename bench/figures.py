"""Figures: what was measured, the limit it is held against, and the aim."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is ours to the limit's; `aim` says what would do."""

    what: str
    ours: str
    limit: str
    ratio: str
    aim: str
    reached: bool | None


@dataclass
class Figures:
    """Sizes and results of one run."""

    scale: float
    rounds: int
    rows: list[Figure] = field(default_factory=list)

    def size(self, full: int) -> int:
        """`full` at this run's scale, at least one."""
        return max(1, int(full * self.scale))

    def at_least(self, what: str, ours: float, limit: float, aim: float, unit: str) -> None:
        """Record a rate that should reach `aim` times the limit's rate."""
        ratio = ours / limit
        self.rows.append(
            Figure(
                what,
                f"{ours:,.0f} {unit}",
                f"{limit:,.0f} {unit}",
                f"{ratio:.2f}",
                f">= {aim:g}",
                ratio >= aim,
            )
        )

    def at_most(self, what: str, ours: float, limit: float, aim: float, unit: str = "ms") -> None:
        """Record a cost (`unit`) that should stay below `aim` times the limit's."""
        ratio = ours / limit
        self.rows.append(
            Figure(
                what,
                f"{ours:,.2f} {unit}",
                f"{limit:,.2f} {unit}",
                f"{ratio:.2f}",
                f"<= {aim:g}",
                ratio <= aim,
            )
        )

    def fact(self, what: str, value: str, aim: str, reached: bool | None) -> None:
        """Record a count that is right or wrong."""
        self.rows.append(Figure(what, value, "", "", aim, reached))

    def median(self, measure: Callable[[], float]) -> float:
        """Median over this run's rounds of a function that returns a figure."""
        return statistics.median(measure() for _ in range(self.rounds))


def seconds(act: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def show(rows: list[Figure]) -> str:
    """The table, columns aligned."""
    head = ("what", "ours", "limit or peer", "ratio", "aim", "")
    marks = {True: "reached", False: "missed", None: ""}
    cells = [head, *((r.what, r.ours, r.limit, r.ratio, r.aim, marks[r.reached]) for r in rows)]
    widths = [max(len(cell[i]) for cell in cells) for i in range(len(head))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True))
        for cell in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
