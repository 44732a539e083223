"""Scores that come by telephone, on paper or face to face, as staff type them in."""

from collections.abc import Iterable
from typing import Any

from django import forms

from reminders.forms.answers import AnswerForm
from reminders.models import AnswerChannel, EnteredBy
from reminders.rules.vitals import VitalSign
from scheduling.forms.fields import WordChoiceField
from scheduling.rules.procedure import Side, Word
from scheduling.rules.provocation import Provocation, ProvocationTest


class Teller(Word):
    """Who said the number that staff type in."""

    PATIENT = "patient"
    STAFF = "staff"
    PROXY = "proxy"
    RELAYED = "relayed"

    @property
    def label(self) -> str:
        return {
            Teller.PATIENT: "The patient",
            Teller.STAFF: "Asked and examined by staff",
            Teller.PROXY: "Somebody else, in their own view",
            Teller.RELAYED: "Somebody else, and the patient gave the number",
        }[self]

    @property
    def entered_by(self) -> EnteredBy:
        return EnteredBy.PROXY if self.is_other else EnteredBy.STAFF

    @property
    def is_other(self) -> bool:
        """Neither the patient nor staff. Only a number of the patient's own counts."""
        return self in (Teller.PROXY, Teller.RELAYED)

    @property
    def patient_gave_number(self) -> bool | None:
        """Asked of others only."""
        return self is Teller.RELAYED if self.is_other else None


class Brought(Word):
    """How a score that staff type in came."""

    PHONE = "phone"
    PAPER = "paper"
    VISIT = "visit"

    @property
    def label(self) -> str:
        return {"phone": "By phone", "paper": "On paper", "visit": "Here, face to face"}[self]

    @property
    def channel(self) -> AnswerChannel:
        return AnswerChannel(self.value)


STAFF_LABELS = {
    "observed_at": "When was it felt?",
    "moved": "Just before, did the patient move or do what usually hurts?",
    "medicine": "Pain medicine taken, if any",
    "medicine_time": "Taken at",
    "slept": "The patient was asleep at that time",
    "percent": "Relief in the patient's own view, 0 to 100 %",
    "comment": "The patient's own words",
    **{sign.value: f"{sign.label}, if measured ({sign.unit})" for sign in VitalSign},
}


class StaffAnswerForm(AnswerForm):
    """The same questions, typed in by staff: which check-in, who said it, from memory or not."""

    whose = "the"
    brought = WordChoiceField(Brought, label="How did it come?")
    teller = WordChoiceField(Teller, label="Who said the number?")
    from_memory = forms.BooleanField(label="Said from memory, not at that time", required=False)

    def __init__(self, *args: Any, slots: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, when=True, vitals=list(VitalSign), **kwargs)
        self.fields["slot"] = forms.ChoiceField(
            label="Check-in",
            choices=[("", "Choose"), *slots],
            error_messages={
                "required": "Choose a check-in.",
                "invalid_choice": "%(value)s is answered already, or not asked: choose another.",
            },
        )
        for name, label in STAFF_LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
        self.order_fields(["slot", "observed_at", "brought", "teller"])

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return super().facts() | {
            "channel": said["brought"].channel,
            "entered_by": said["teller"].entered_by,
            "patient_gave_number": said["teller"].patient_gave_number,
            "recall": said["from_memory"],
        }


class ProvocationForm(forms.Form):
    """The provocation tests of one side, each repeated with a result, or not done."""

    def __init__(self, data: Any = None, *, side: Side) -> None:
        super().__init__(data, prefix=f"tests_{side.value}")
        self.side = side
        for test in ProvocationTest:
            self.fields[test.value] = forms.TypedChoiceField(
                label=test.label,
                choices=[("", "Not done"), ("positive", "Positive"), ("negative", "Negative")],
                coerce=lambda word: word == "positive",
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def results(self) -> Provocation:
        said = self.cleaned_data
        return {test: said[test.value] for test in ProvocationTest if said[test.value] is not None}
