"""The labels a diagnostic block can earn, and the numbers that part them."""

from dataclasses import dataclass

from reminders.rules.response.relief import Relief
from scheduling.rules.procedure import Word

DAY = 24 * 60


class Label(Word):
    """What the readings of one joint prove."""

    POSITIVE_80 = "positive_80"
    POSITIVE_75 = "positive_75"
    PARTIAL = "partial"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
    NOT_EVALUABLE = "not_evaluable"

    @property
    def label(self) -> str:
        return _TEXTS[self]

    @property
    def is_scored(self) -> bool:
        """Whether the readings sufficed for a band."""
        return self in _RANKS

    def beats(self, other: "Label") -> bool:
        """Whether this band is a better one; both must be bands."""
        return _RANKS.index(self) > _RANKS.index(other)


_RANKS = (Label.NEGATIVE, Label.PARTIAL, Label.POSITIVE_75, Label.POSITIVE_80)
_TEXTS = {
    Label.POSITIVE_80: "POSITIVE (>=80)",
    Label.POSITIVE_75: "POSITIVE (>=75)",
    Label.PARTIAL: "PARTIAL/EQUIVOCAL (50-<75)",
    Label.NEGATIVE: "NEGATIVE (<50)",
    Label.INDETERMINATE: "INDETERMINATE",
    Label.NOT_EVALUABLE: "NOT EVALUABLE",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every number of the classifier. Percents and scores are integers, times minutes after T0.

    min_baseline: provoked score below which a block cannot be read; 3, our default (a clinic
        asks for 4 on arrival). warn_baseline: at or below it, warn; 3, our default.
    min_readings: valid readings needed; 3, our default: one global score taken at 6 h differed
        significantly from hourly ones.
    pos80: ASIPP 2009, with ability to do previously painful movements. pos75: common practice.
    partial: older review criterion, with painful manoeuvres.
    payer: the payer's diagnostic gate; Medicare LCDs and eviCore ask 75.
    patient_percent_gap: points by which the patient's own percent may differ; 30, our default
        (limits of agreement -41 to +73 were published).
    gap_minutes: longest silence in the core window; 2 h, our default.
    high_volume_ml: total per joint, mL; the joint holds about 2, above 2.5 it leaks.
    credit_from: a pass seen only before this minute is not credited; 15, our default.
    block_until: the block's own duration is followed to here; steroid relief starts at 2 days.
    steroid_phase: minutes of the delayed, steroid phase: days 2-14, and the three days'
        tolerance of the two-week question.
    important_points: fall of the score that patients call better; 2 points on the 0-10 scale.
    """

    min_baseline: int = 3
    warn_baseline: int = 3
    min_readings: int = 3
    pos80: int = 80
    pos75: int = 75
    partial: int = 50
    payer: int = 75
    patient_percent_gap: int = 30
    gap_minutes: int = 120
    high_volume_ml: float = 2.5
    credit_from: int = 15
    block_until: int = 2 * DAY
    steroid_phase: tuple[int, int] = (2 * DAY, 17 * DAY)
    important_points: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.partial <= self.pos75 <= self.pos80 <= 100:
            raise ValueError(
                f"Bands must rise: partial {self.partial}, pos75 {self.pos75}, pos80 {self.pos80} "
                "are percents between 1 and 100 in that order."
            )
        for name, highest in (("min_baseline", 10), ("payer", 100), ("min_readings", 99)):
            value = getattr(self, name)
            if not 1 <= value <= highest:
                raise ValueError(f"{name} is {value}: give a whole number from 1 to {highest}.")


DEFAULT_THRESHOLDS = Thresholds()


def band(relief: Relief, thresholds: Thresholds) -> Label:
    """The best band that this relief reaches."""
    if relief.reaches(thresholds.pos80):
        return Label.POSITIVE_80
    if relief.reaches(thresholds.pos75):
        return Label.POSITIVE_75
    return Label.PARTIAL if relief.reaches(thresholds.partial) else Label.NEGATIVE
