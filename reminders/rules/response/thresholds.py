"""The numbers a diary is judged by, and the hours in which a numbing drug can answer."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """Hours after T0: `core` where an answer is expected, `outer` where it may count."""

    core: tuple[timedelta, timedelta]
    outer: tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Percent, points on the 0-10 scale, counts, mL, hours and days, as named."""

    positive_percent: int
    positive_low_percent: int
    partial_percent: int
    baseline_block_below: int
    baseline_warn_below: int
    min_readings: int
    consecutive: int
    diary_gap_min: int
    percent_disagrees_points: int
    high_volume_tenth_ml: int
    prolonged_factor: int
    therapeutic_percent: int
    therapeutic_days: int
    therapeutic_first_pass_days: int
    important_change_points: int
    important_change_percent: int
    flare_points: int
    flare_h: int
    paper_days: int
    steroid_early_from_days: int
    steroid_early_to_days: int
    steroid_plateau_to_days: int
    steroid_durability_days: int
