"""The labels a diagnostic block can earn."""

from reminders.rules.response.relief import Relief
from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import Word


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
        """Whether the readings sufficed for a label that relief decides."""
        return self in _RANKS

    def beats(self, other: "Label") -> bool:
        """Whether this label stands for more relief; both must be scored."""
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


def label_for(relief: Relief, thresholds: Thresholds) -> Label:
    """The best label that this relief reaches."""
    if relief.reaches(thresholds.positive_percent):
        return Label.POSITIVE_80
    if relief.reaches(thresholds.positive_low_percent):
        return Label.POSITIVE_75
    return Label.PARTIAL if relief.reaches(thresholds.partial_percent) else Label.NEGATIVE
