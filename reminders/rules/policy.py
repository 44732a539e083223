"""What a facility may decide for itself: the protocol states defaults, a location may override."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time, timedelta
from typing import Self

from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import DriverRule, Sedation
from scheduling.rules.settings import names, typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Hours are whole hours, minutes whole minutes; times are wall clock where the patient is."""

    fasting_no_sedation_h: int
    driver: DriverRule
    analgesic_hold_h: int
    diary_hours: int
    arrival_min: int
    arrival_sedation_min: int
    fatty_food_h: int
    food_h: int
    clear_liquids_h: int
    no_driving_h: int
    no_bath_h: int
    numb_h: int
    ice_min: int
    soreness_days: str
    steroid_days: str
    fever_limit: str
    glucose_watch_days: int
    glucose_limit: str
    waking_from: time
    waking_until: time
    reminders_per_day: int
    diary_per_day: int
    prep_call: bool
    vaccine_notice: bool
    six_month_survey: bool

    def __post_init__(self) -> None:
        """Refuse values that no clinic can mean."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{field.name} is {value}: it cannot be negative")
        if self.diary_hours not in (6, 8):
            raise ValueError(f"diary_hours is {self.diary_hours}: choose 6 or 8")
        for name, unit in (("fever_limit", "F"), ("glucose_limit", "mg/dL")):
            if not re.fullmatch(rf"\d+(\.\d+)? {unit}", getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}: write a number and {unit}")
        if self.waking_from >= self.waking_until:
            raise ValueError("waking_from must be earlier than waking_until")

    def but(self, overrides: Mapping[str, object]) -> Self:
        """This policy with a location's own values; unknown names and bad values are errors.

        A location holds values for booking too: names that booking alone knows are left out.
        """
        return replace(self, **typed(Policy, overrides, elsewhere=names(BookingPolicy)))

    def arrival(self, sedation: Sedation) -> timedelta:
        """How long before the start the patient is asked to come."""
        sedated = sedation is not Sedation.NONE
        return timedelta(minutes=self.arrival_sedation_min if sedated else self.arrival_min)
