"""Temperature and blood sugar that a patient measures, and from which value somebody acts."""

from collections.abc import Mapping
from decimal import Decimal

from reminders.rules.policy import Policy
from scheduling.rules.assessment import GLUCOSE
from scheduling.rules.procedure import Word


class VitalSign(Word):
    """What is measured. FHIR: Observation of the category vital-signs."""

    TEMPERATURE = "temperature"
    GLUCOSE = "glucose"

    @property
    def label(self) -> str:
        return "Temperature" if self is VitalSign.TEMPERATURE else "Blood sugar"

    @property
    def unit(self) -> str:
        return "F" if self is VitalSign.TEMPERATURE else "mg/dL"

    def told(self, value: Decimal) -> str:
        """`Temperature 101.2 F`."""
        return f"{self.label} {value.normalize():f} {self.unit}"


Vitals = Mapping[VitalSign, Decimal]
PLAUSIBLE: dict[VitalSign, tuple[int, int]] = {
    VitalSign.TEMPERATURE: (85, 115),
    VitalSign.GLUCOSE: GLUCOSE,
}
"""What lies outside is a slip of the pen or another unit, not a measurement."""


def limit(sign: VitalSign, policy: Policy) -> Decimal:
    """The value above which somebody acts, as the patient's page tells it."""
    told = policy.fever_limit if sign is VitalSign.TEMPERATURE else policy.glucose_limit
    return Decimal(told.split()[0])


def too_high(vitals: Vitals, policy: Policy) -> list[VitalSign]:
    """Those above their limit."""
    return [sign for sign, value in vitals.items() if value > limit(sign, policy)]
