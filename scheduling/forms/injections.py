"""Forms of the verbs on one injection. Field names are the verbs' own arguments."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django import forms

from scheduling.bookings import JointFacts
from scheduling.forms.fields import (
    LineField,
    MomentField,
    PhoneField,
    ScoreChoiceField,
    WordChoiceField,
)
from scheduling.rules.assessment import DIASTOLIC, GLUCOSE, SYSTOLIC, PregnancyTest
from scheduling.rules.performed import side_question
from scheduling.rules.procedure import Sedation, Side, Target
from scheduling.rules.time_out import Identifier

HOW = [("phone", "By phone"), ("desk", "At the desk"), ("email", "By e-mail")]


class EmptyForm(forms.Form):
    """A verb that needs nothing but the press of its button."""


class ConfirmForm(forms.Form):
    how = forms.ChoiceField(
        label="How the patient confirmed", choices=HOW, widget=forms.RadioSelect
    )


class NameDriverForm(forms.Form):
    """Who takes the patient home."""

    name = LineField(label="Driver's name", max_length=80)
    phone = PhoneField(label="Driver's telephone", required=False)


class WhyForm(forms.Form):
    """A reason, kept with the injection; it is never sent to anyone."""

    why = LineField(
        label="Reason", max_length=200, help_text="Kept with the injection; never sent."
    )


def sedation_field() -> forms.TypedChoiceField:
    """What was given; an unknown one is said to be so."""
    return forms.TypedChoiceField(
        label="Sedation given",
        help_text="As given, not as ordered.",
        choices=[*Sedation.choices(), ("unknown", "Not known")],
        coerce=lambda word: None if word == "unknown" else Sedation(word),
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )


class AbortForm(WhyForm):
    """Why it was not completed, and what the patient was given until then."""

    sedation = sedation_field()


class SideForm(forms.Form):
    side = WordChoiceField(
        Side, label="Side from now on", help_text="As the physician has decided."
    )
    why = LineField(label="Why it changes", max_length=200)


class AwakeForm(forms.Form):
    """When sedation had worn off."""

    awake_at = MomentField(
        label="Fully awake again", help_text="By the clinic's clock; as seen, not as planned."
    )


def measured_field(label: str, limits: tuple[int, int]) -> forms.IntegerField:
    """A whole number within limits, or nothing."""
    wrong = f"Write a whole number from {limits[0]} to {limits[1]}, or leave it empty."
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=limits[0],
        max_value=limits[1],
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4"}),
    )


class TimeOutForm(forms.Form):
    """What is checked with the patient before the needle; nothing is chosen beforehand."""

    identifiers = forms.TypedMultipleChoiceField(
        label="Checked with the patient",
        choices=Identifier.choices(),
        coerce=Identifier,
        widget=forms.CheckboxSelectMultiple,
        help_text="Two at least. Let the patient say them.",
        error_messages={"required": "Check two identifiers with the patient."},
    )
    side = WordChoiceField(
        Side, label="Side, as the patient says it", help_text="Ask; do not read it out."
    )
    driver_seen = forms.TypedChoiceField(
        label="Driver seen",
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not looked for")],
        coerce=lambda word: {"yes": True, "no": False}.get(word),
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes, no or not looked for."},
    )


class AssessmentForm(forms.Form):
    """What is measured on arrival; what is left empty was not measured."""

    systolic = measured_field("Blood pressure, systolic (mmHg)", SYSTOLIC)
    diastolic = measured_field("Blood pressure, diastolic (mmHg)", DIASTOLIC)
    glucose = measured_field("Glucose (mg/dL)", GLUCOSE)
    pregnancy_test = forms.TypedChoiceField(
        label="Urine pregnancy test",
        choices=[("", "Not done"), *PregnancyTest.choices()],
        coerce=PregnancyTest,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


class DoneForm(forms.Form):
    """What was done: when the needle came out, on which side, and under what sedation.

    A side that was not booked is asked about before anything is kept: its fields appear once it is
    sent. `known` are sides about which somebody has answered already.
    """

    t0 = MomentField(
        label="T0, needle out", help_text="By the clinic's clock. Every check-in counts from here."
    )
    t0_estimated = forms.BooleanField(label="This time is an estimate", required=False)
    side = WordChoiceField(
        Side, label="Side performed", help_text="As marked and done, not as ordered."
    )
    sedation = sedation_field()
    asks_why = True

    def __init__(
        self,
        data: Any = None,
        *,
        booked: Side,
        known: Collection[Side] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        said = (data or {}).get("side")
        side = Side(said) if said in list(Side) else None
        if side and (question := side_question(side, booked, known)):
            self._ask(side, question)

    def _ask(self, side: Side, question: str) -> None:
        """A yes to this very side and a reason: whoever then changes the side is asked anew."""
        self.fields[f"sure_{side.value}"] = forms.BooleanField(
            label=f"Yes, {side.label.lower()} was done", error_messages={"required": question}
        )
        if self.asks_why:
            self.fields["other_side_why"] = LineField(
                label="Why another side than booked",
                max_length=200,
                error_messages={"required": "Enter the reason."},
            )
        asked = (f"sure_{side.value}", "other_side_why")
        self.order_fields(["why", "t0", "t0_estimated", "side", *asked])

    def facts(self) -> dict[str, Any]:
        """What the verb is told."""
        said = self.cleaned_data.items()
        return {name: value for name, value in said if not name.startswith("sure_")}


class CorrectForm(DoneForm):
    """The same, filled in with what is recorded, and why it changes."""

    field_order = ["why"]
    why = LineField(label="Why it changes", max_length=200)
    asks_why = False


class JointForm(forms.Form):
    """One joint: the provoked baseline just before, and, if they were meant to stay in it, whether
    the agents did.
    """

    baseline = ScoreChoiceField(
        label="Baseline, provoked",
        help_text="Pain with the index activity, immediately before.",
        required=False,
        either=True,
    )
    baseline_missing = forms.BooleanField(label="No baseline was taken", required=False)
    baseline_at = MomentField(
        label="Baseline taken at", help_text="Empty: just before T0.", required=False
    )
    rest_score = ScoreChoiceField(label="Score at rest", required=False)
    index_activity = LineField(
        max_length=80,
        required=False,
        help_text="What sets off the usual pain: rising from a chair.",
    )
    intra_articular = forms.TypedChoiceField(
        label="Spread seen inside the joint",
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
        coerce=lambda word: {"yes": True, "no": False}.get(word),
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes, no or not known."},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        side: Side,
        target: Target,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=side.value, initial=initial)
        self.side = side
        if not target.in_joint:
            del self.fields["intra_articular"]

    @classmethod
    def taken(cls, side: Side, target: Target, facts: JointFacts | None) -> "JointForm":
        """Filled in with what was measured before the needle; where it went is still to be said."""
        if facts is None:
            return cls(side=side, target=target)
        names = ("baseline", "baseline_at", "rest_score", "index_activity")
        known = {name: getattr(facts, name) for name in names}
        return cls(side=side, target=target, initial=known)

    @classmethod
    def recorded(
        cls, side: Side, target: Target, facts: JointFacts | None, t0: datetime
    ) -> "JointForm":
        """Filled in with what is recorded about this joint; empty if it was not injected."""
        if facts is None:
            return cls(side=side, target=target)
        words = {True: "yes", False: "no", None: "unknown"}
        at = facts.baseline_at if facts.baseline_at != t0 else None
        known = {
            "baseline": facts.baseline,
            "baseline_missing": facts.baseline is None,
            "baseline_at": at,
            "rest_score": facts.rest_score,
            "index_activity": facts.index_activity,
            "intra_articular": words[facts.intra_articular],
        }
        return cls(side=side, target=target, initial=known)

    @classmethod
    def unread(cls, data: Mapping[str, Any], side: Side, target: Target) -> "JointForm":
        """What was typed, without a judgement: nobody knows yet whether this joint was done."""
        typed = {name: data.get(f"{side.value}-{name}") for name in cls.base_fields}
        return cls(side=side, target=target, initial=typed)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        taken, missing = facts.get("baseline") is not None, facts.get("baseline_missing")
        if taken == bool(missing) and "baseline" not in self.errors:
            both = "Choose a score or tick that none was taken, not both."
            none = "Choose the score from 0 to 10, or tick that none was taken."
            self.add_error("baseline", both if taken else none)
        if facts.get("baseline_at") and missing:
            self.add_error("baseline_at", "Choose the score of this time, or leave it out.")
        return facts

    def facts(self, t0: datetime) -> JointFacts:
        """The joint as the verb reads it; a baseline without a time was taken at T0."""
        facts: Mapping[str, Any] = self.cleaned_data
        return JointFacts(
            side=self.side,
            baseline=facts["baseline"],
            baseline_at=None if facts["baseline"] is None else facts["baseline_at"] or t0,
            rest_score=facts["rest_score"],
            index_activity=facts["index_activity"],
            intra_articular=facts.get("intra_articular"),
        )


class FinishForm(forms.Form):
    """What came of a task."""

    outcome = LineField(
        max_length=200, error_messages={"required": "Say in a few words what came of it."}
    )
