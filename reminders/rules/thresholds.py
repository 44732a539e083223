"""The numbers a diary is judged by, and the hours in which a numbing drug can answer."""

from dataclasses import dataclass, fields
from datetime import timedelta

from reminders.rules.table import Table, duration
from scheduling.rules.procedure import AgentClass, Drug


@dataclass(frozen=True, slots=True)
class Window:
    """Hours after T0: `core` where an answer is expected, `outer` where it may count."""

    core: tuple[timedelta, timedelta]
    outer: tuple[timedelta, timedelta]

    @classmethod
    def read(cls, table: Table) -> "Window":
        """From `core` and `outer`, each a pair of durations."""
        window = cls(core=_pair(table, "core"), outer=_pair(table, "outer"))
        table.take("source", str)
        table.done()
        if window.core[0] < window.outer[0] or window.core[1] > window.outer[1]:
            raise table.fail("core", "lies outside the outer window")
        return window


def _pair(table: Table, key: str) -> tuple[timedelta, timedelta]:
    ends = table.each(key, duration)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise table.fail(key, 'expected two durations, such as ["15min", "4h"]')
    return ends[0], ends[1]


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

    @classmethod
    def read(cls, table: Table) -> "Thresholds":
        """Every threshold is a whole number; a missing or unknown one is an error."""
        values = {field.name: table.take(field.name, int) for field in fields(cls)}
        table.done()
        return cls(**values)


def read_windows(table: Table) -> dict[str, Window]:
    """A window per numbing drug and one for a `mixture`; a drug left out is an error."""
    names = [drug.value for drug in Drug if drug.agent_class is AgentClass.LOCAL_ANAESTHETIC]
    windows = {
        name: Window.read(Table(table.take(name, dict), f"{table.where}: {name}"))
        for name in (*names, "mixture")
    }
    table.done()
    return windows
