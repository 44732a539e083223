"""The numbers by which a diary is judged. A protocol states each one, with its source."""

from dataclasses import dataclass

from scheduling.rules.provocation import ProvocationTest

HOUR, DAY = 60, 24 * 60
"""Minutes."""
TOP = 10
"""The numeric rating scale ends here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Percents of relief, points on the 0-10 scale, counts, tenths of mL; times as each name ends.

    positive_percent, positive_low_percent, partial_percent: relief that earns each label.
    payer_percent: relief that the payer asks of a diagnostic block.
    baseline_block_below: a provoked baseline below it cannot be read. baseline_warn_below: below
        it, a warning.
    min_readings: valid readings needed for a label.
    reexam_tests: so many provocation tests, repeated by staff, are a re-examination.
    diary_gap_min: longest silence in the core of the window that goes without a flag.
    percent_disagrees_points: how far the patient's own percent may lie from the computed one.
    high_volume_tenth_ml: injectate per joint above which it may have leaked.
    credit_from_min: relief seen only before it is not credited to the anaesthetic.
    analgesic_washout_h: a pain medicine taken so long before T0 is flagged.
    important_change_points: the fall of a score that patients call better.
    flare_points, flare_h: pain above baseline by so much (`flare_from`), for longer, needs a call.
    next_day_from_h: from so long after T0 on, scores tell of the next day and later.
    flare_until_days: a score worse than baseline until then may be a steroid flare.
    steroid_early_from_days, steroid_early_until_days: when early steroid relief is seen; the
        block's own duration is followed to the first.
    """

    positive_percent: int
    positive_low_percent: int
    partial_percent: int
    payer_percent: int
    baseline_block_below: int
    baseline_warn_below: int
    min_readings: int
    reexam_tests: int
    diary_gap_min: int
    percent_disagrees_points: int
    high_volume_tenth_ml: int
    credit_from_min: int
    analgesic_washout_h: int
    important_change_points: int
    flare_points: int
    flare_h: int
    next_day_from_h: int
    flare_until_days: int
    steroid_early_from_days: int
    steroid_early_until_days: int

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be meant."""
        low, high = self.positive_low_percent, self.positive_percent
        if not 0 < self.partial_percent <= low <= high <= 100:
            raise ValueError(
                f"Labels must rise: partial_percent {self.partial_percent}, positive_low_percent "
                f"{low}, positive_percent {high} are percents between 1 and 100 in that order."
            )
        for name, highest in (
            ("baseline_block_below", 10),
            ("payer_percent", 100),
            ("min_readings", 99),
            ("reexam_tests", len(ProvocationTest)),
        ):
            value = getattr(self, name)
            if not 1 <= value <= highest:
                raise ValueError(f"{name} is {value}: give a whole number from 1 to {highest}.")

    @property
    def steroid_early(self) -> tuple[int, int]:
        """When early steroid relief is seen, in minutes after T0."""
        return self.steroid_early_from_days * DAY, self.steroid_early_until_days * DAY

    def flare_from(self, baseline: int) -> int:
        """The score that is a flare: so many points above baseline, or the top of the scale."""
        return min(baseline + self.flare_points, TOP)
