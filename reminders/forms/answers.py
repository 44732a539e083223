"""The questions of one check-in, for the patient's page and for staff at the telephone."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from reminders.models import Context
from reminders.rules.vitals import PLAUSIBLE, VitalSign
from scheduling.bookings import JointFacts
from scheduling.forms.fields import (
    LineField,
    MomentField,
    ScoreChoiceField,
    WordChoiceField,
    paragraph,
)
from scheduling.rules.procedure import Side, Word
from scheduling.rules.wall_clock import wall

DAY = timedelta(days=1)


class YesNo(Word):
    YES = "yes"
    NO = "no"


class ScoresForm(forms.Form):
    """One score from 0 to 10 for each side, nothing chosen beforehand, no side left out."""

    whose = "your"

    def __init__(self, *args: Any, sides: Iterable[Side], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sides = tuple(sides)
        for side in self.sides:
            missing = f"Choose one number from 0 to 10 for {self.whose} {side.value} side."
            self.fields[f"score_{side.value}"] = ScoreChoiceField(
                label=f"{side.label} side",
                error_messages={"required": missing, "invalid_choice": missing},
            )

    @property
    def score_fields(self) -> list[forms.BoundField]:
        return [self[f"score_{side.value}"] for side in self.sides]

    @property
    def scores(self) -> dict[Side, int]:
        return {side: self.cleaned_data[f"score_{side.value}"] for side in self.sides}


class BaselineForm(ScoresForm):
    """The provoked score of each side before the needle, with its time and what provoked it."""

    whose = "the"
    taken_at = MomentField(
        label="When was it taken?",
        error_messages={
            "required": "Say when it was taken: date and time.",
            "invalid": "Write date and time: 2026-11-24 10:15.",
        },
    )
    activity = LineField(
        label="What provoked it?",
        max_length=80,
        required=False,
        help_text="What sets off the usual pain: rising from a chair.",
    )

    def __init__(self, *args: Any, sides: Iterable[Side], **kwargs: Any) -> None:
        super().__init__(*args, sides=sides, **kwargs)
        for side in self.sides:
            self.fields[f"rest_{side.value}"] = ScoreChoiceField(
                label=f"{side.label} side at rest", required=False
            )
        names = [[f"score_{side.value}", f"rest_{side.value}"] for side in self.sides]
        self.order_fields([*chain(*names), "taken_at", "activity"])

    def joints(self) -> list[JointFacts]:
        said = self.cleaned_data
        return [
            JointFacts(
                side=side,
                baseline=score,
                baseline_at=said["taken_at"],
                rest_score=said[f"rest_{side.value}"],
                index_activity=said["activity"],
            )
            for side, score in self.scores.items()
        ]


class AnswerForm(ScoresForm):
    """One check-in. `zone` is the clock of whoever answers; times typed are read by it.

    `at` is now. `when` asks for the time the score is about: for a patient who is late, and staff.
    `moment` is false for an average over days, where moving before makes no sense.
    """

    moved = WordChoiceField(YesNo, error_messages={"required": "Choose yes or no."})
    medicine = LineField(label="Name of the pain medicine", required=False, max_length=60)
    medicine_time = forms.TimeField(
        label="When did you take it?",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        error_messages={"invalid": "Write the time as 14:30."},
    )
    slept = forms.BooleanField(label="I was asleep until just before", required=False)
    percent = forms.IntegerField(
        label="In your own view, how much of the pain is gone? (0 to 100 %)",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "Write a whole number from 0 to 100.",
            "min_value": "Write a whole number from 0 to 100.",
            "max_value": "Write a whole number from 0 to 100.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "3"}),
    )
    comment = forms.CharField(
        label="Is there anything else we should know?",
        required=False,
        max_length=1000,
        widget=paragraph(2),
    )

    def __init__(
        self,
        *args: Any,
        zone: str,
        at: datetime,
        moment: bool = True,
        when: bool = False,
        activity: str = "",
        vitals: Collection[VitalSign] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for sign in sorted(vitals):
            self.fields[sign.value] = vital_field(sign)
        self.zone, self.at = zone, at
        if not moment:
            del self.fields["moved"]
        else:
            self.fields["moved"].label = moved_question(activity)
        if when:
            self.fields["slept"].label = "I was asleep at that time"
            self.fields["observed_at"] = MomentField(
                label="What time was this?",
                error_messages={
                    "required": "Say at what time you felt it: date and time.",
                    "invalid": "Write date and time: 2026-11-24 10:15.",
                },
            )
        self.order_fields([*(f"score_{side.value}" for side in self.sides), "moved", "observed_at"])

    def clean_observed_at(self) -> datetime:
        felt: datetime = self.cleaned_data["observed_at"]
        if felt > self.at + timedelta(minutes=2):
            raise ValidationError("That time has not come yet. Give the time at which you felt it.")
        return felt

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (
            said.get("medicine")
            and not said.get("medicine_time")
            and "medicine_time" not in self.errors
        ):
            self.add_error("medicine_time", "Say at what time you took it.")
        if said.get("medicine_time") and not said.get("medicine") and "medicine" not in self.errors:
            self.add_error("medicine", "Say which medicine you took.")
        return said

    @property
    def felt_at(self) -> datetime:
        """The time the score is about: what was stated, else now."""
        return self.cleaned_data.get("observed_at") or self.at

    def facts(self) -> dict[str, Any]:
        """What `surveys.answer` takes from the patient."""
        said = self.cleaned_data
        moved = said.get("moved")
        return {
            "scores": self.scores,
            "context": Context.MOVEMENT if moved is YesNo.YES else Context.REST,
            "activity_done": None if moved is None else moved is YesNo.YES,
            "analgesic": self._analgesic(),
            "slept": said["slept"],
            "patient_percent": said["percent"],
            "comment": said["comment"],
            "observed_at": self.felt_at,
            "vitals": {sign: said[sign.value] for sign in VitalSign if said.get(sign.value)},
        }

    @property
    def vital_fields(self) -> list[forms.BoundField]:
        return [self[sign.value] for sign in VitalSign if sign.value in self.fields]

    def _analgesic(self) -> tuple[str, datetime] | None:
        """Name, and the time of day as the moment nearest to the score, never ahead of now."""
        said = self.cleaned_data
        if not said["medicine"]:
            return None
        day = self.felt_at.astimezone(ZoneInfo(self.zone)).date()
        times = [
            wall(day + offset * DAY, said["medicine_time"], self.zone) for offset in (-1, 0, 1)
        ]
        past = [time for time in times if time <= self.at]
        return said["medicine"], min(past, key=lambda time: abs(time - self.felt_at))


def vital_field(sign: VitalSign) -> forms.DecimalField:
    """One number with its unit; what nobody can have measured is asked about again."""
    low, high = PLAUSIBLE[sign]
    wrong = f"Write a number from {low} to {high}, in {sign.unit}, or leave it empty."
    return forms.DecimalField(
        label=f"{sign.label}, if you measured it ({sign.unit})",
        required=False,
        min_value=low,
        max_value=high,
        max_digits=5,
        decimal_places=1,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places"), wrong
        ),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "6"}),
    )


def moved_question(activity: str) -> str:
    """The index activity is the patient's own, noted with the baseline."""
    doing = f"do what usually hurts ({activity})" if activity else "do what usually hurts"
    return f"Just before, did you move or {doing}?"
