"""Whether a provoked baseline leaves room for relief to be seen."""

from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import Word


class BaselineLevel(Word):
    """A low one makes coarse steps; one too low cannot be read."""

    USABLE = "usable"
    LOW = "low"
    TOO_LOW = "too_low"


def baseline_level(score: int, thresholds: Thresholds) -> BaselineLevel:
    """The level of a provoked score, 0-10."""
    if score < thresholds.baseline_block_below:
        return BaselineLevel.TOO_LOW
    return BaselineLevel.LOW if score < thresholds.baseline_warn_below else BaselineLevel.USABLE
