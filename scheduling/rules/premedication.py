"""What is taken before contrast when a physician has ordered it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, order=True)
class Dose:
    """One time at which a patient takes something: how long before the start, and what."""

    before: timedelta
    take: str


@dataclass(frozen=True, slots=True)
class Regimen:
    """The doses of one regimen, the earliest first."""

    title: str
    doses: tuple[Dose, ...]
