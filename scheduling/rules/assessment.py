"""The pre-procedure assessment: what is measured on arrival, what is still due, what stops.

Codes are those of the rules table: SF-18 blood pressure, SF-05 glucose, SF-11 pregnancy test.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scheduling.rules.ordered import Ordered
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import Word

SYSTOLIC = (50, 300)  # mmHg; what lies outside is a slip of the pen
DIASTOLIC = (20, 200)
GLUCOSE = (10, 2000)  # mg/dL


class PregnancyTest(Word):
    """The result of a urine test."""

    NEGATIVE = "negative"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Blood pressure in mmHg, glucose in mg/dL, the result of a urine test. None: not measured."""

    systolic: int | None = None
    diastolic: int | None = None
    glucose: int | None = None
    pregnancy_test: PregnancyTest | None = None

    @property
    def blood_pressure(self) -> str:
        """`142/88 mmHg`, once it was measured."""
        return f"{self.systolic}/{self.diastolic} mmHg"

    @property
    def told(self) -> list[str]:
        """Every value in words: `["blood pressure 142/88 mmHg", "glucose 120 mg/dL"]`."""
        pressure = f"blood pressure {self.blood_pressure}" if self.systolic else ""
        glucose = f"glucose {self.glucose} mg/dL" if self.glucose else ""
        test = f"pregnancy test {self.pregnancy_test.value}" if self.pregnancy_test else ""
        return [words for words in (pressure, glucose, test) if words]


@dataclass(frozen=True, slots=True)
class Finding:
    """A value for which a physician decides before the needle."""

    code: str
    sentence: str


def due(ordered: Ordered, measured: Measured) -> list[str]:
    """What should be measured on arrival and is not yet, in words.

    Blood pressure of everybody, glucose where there is diabetes, a urine test where pregnancy is
    possible.
    """
    found = []
    if measured.systolic is None:
        found.append("blood pressure")
    if ordered.answer("diabetes") in ("type1", "type2") and measured.glucose is None:
        found.append("glucose")
    if ordered.answer("pregnancy") == "possible" and measured.pregnancy_test is None:
        found.append("urine pregnancy test")
    return found


def findings(measured: Measured, policy: BookingPolicy) -> tuple[Finding, ...]:
    """Every value for which a physician decides."""
    return (*_pressure(measured, policy), *_glucose(measured, policy), *_pregnancy(measured))


def _pressure(measured: Measured, policy: BookingPolicy) -> Iterator[Finding]:
    systolic, diastolic = measured.systolic or 0, measured.diastolic or 0
    if systolic >= policy.systolic_hold_mmhg or diastolic >= policy.diastolic_hold_mmhg:
        limit = f"{policy.systolic_hold_mmhg}/{policy.diastolic_hold_mmhg}"
        yield Finding(
            "SF-18",
            f"Blood pressure {measured.blood_pressure}, limit {limit}: the physician decides.",
        )


def _glucose(measured: Measured, policy: BookingPolicy) -> Iterator[Finding]:
    glucose = measured.glucose or 0
    if glucose > policy.glucose_postpone_mgdl:
        yield Finding(
            "SF-05", f"Glucose {glucose} mg/dL: postpone, unless the physician decides to go ahead."
        )
    elif glucose > policy.glucose_tell_mgdl:
        yield Finding("SF-05", f"Glucose {glucose} mg/dL: tell the physician before the needle.")


def _pregnancy(measured: Measured) -> Iterator[Finding]:
    if measured.pregnancy_test is PregnancyTest.POSITIVE:
        yield Finding("SF-11", "The pregnancy test is positive: stop, the physician decides.")


def fault(measured: Measured) -> dict[str, str]:
    """What is wrong with the values, by field; empty sentences where nothing is."""
    pair = (measured.systolic, measured.diastolic)
    return {
        "systolic": _outside(measured.systolic, SYSTOLIC, "mmHg")
        or ("" if None in pair or _falls(*pair) else "The first number is the higher one: 142/88."),
        "diastolic": _outside(measured.diastolic, DIASTOLIC, "mmHg")
        or ("Blood pressure is two numbers: 142/88." if pair.count(None) == 1 else ""),
        "glucose": _outside(measured.glucose, GLUCOSE, "mg/dL")
        or ("" if measured != Measured() else "Enter at least one value."),
    }


def _falls(systolic: int | None, diastolic: int | None) -> bool:
    return (systolic or 0) > (diastolic or 0)


def _outside(value: int | None, limits: tuple[int, int], unit: str) -> str:
    low, high = limits
    if value is None or low <= value <= high:
        return ""
    return f"Write a whole number from {low} to {high}, in {unit}."
