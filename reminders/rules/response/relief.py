"""Percent relief of pain, exact: nothing is rounded before it is compared."""

from dataclasses import dataclass
from fractions import Fraction


def percent_text(percent: Fraction) -> str:
    """One decimal, for people only: 600/7 -> "85.7"."""
    return f"{float(percent):.1f}"


def percent_json(percent: Fraction) -> dict[str, object]:
    """{"percent": 85.7, "exact": [600, 7]}: what people read, and what was compared."""
    return {
        "percent": float(percent_text(percent)),
        "exact": [percent.numerator, percent.denominator],
    }


@dataclass(frozen=True, slots=True)
class Relief:
    """One score (0-10) against the baseline (1-10) of the same side and the same context.

    Worse pain is a negative percent and stays one. Raises ValueError on a baseline below 1,
    of which no percentage exists.
    """

    baseline: int
    score: int

    def __post_init__(self) -> None:
        if self.baseline < 1:
            raise ValueError("Relief needs a baseline of at least 1: no percentage of 0 exists.")

    @property
    def percent(self) -> Fraction:
        """100 * (baseline - score) / baseline, exact."""
        return Fraction(100 * (self.baseline - self.score), self.baseline)

    def reaches(self, percent: int) -> bool:
        """Whether relief is at least `percent`; integers on both sides of the comparison."""
        return 100 * (self.baseline - self.score) >= percent * self.baseline

    @property
    def arithmetic(self) -> str:
        """The sum as a clinician checks it: "7 -> 1 = 85.7 %"."""
        return f"{self.baseline} -> {self.score} = {percent_text(self.percent)} %"

    def as_json(self) -> dict[str, object]:
        """Score, baseline, percent and the arithmetic."""
        return {
            "baseline": self.baseline,
            "score": self.score,
            **percent_json(self.percent),
            "arithmetic": self.arithmetic,
        }
