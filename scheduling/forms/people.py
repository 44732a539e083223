"""Forms about a patient: who, how to reach them, what they agreed to."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from scheduling import people
from scheduling.forms.fields import DayField, LineField, PhoneField, WordChoiceField, ZoneField
from scheduling.models import Location, Patient
from scheduling.rules.procedure import Channel, Purpose

# The version of the sentences below; kept with every consent that is given here.
WORDING = "desk-en-2026-11"
SENTENCES = {
    Purpose.REMINDERS: "Messages about my visits: confirmations, reminders, changes.",
    Purpose.DIARY: "Check-ins after the visit: up to 14 texts on one day, then a few over weeks.",
    Purpose.WAITLIST: "Offers of an earlier time when one becomes free.",
    Purpose.DETAILED_CONTENT: "Details of my care in messages, though others might read them.",
}
CHANNELS = (Channel.SMS, Channel.EMAIL)


class PatientForm(forms.Form):
    """Who a patient is. Birth date and MRN are the two identifiers."""

    family_name = LineField(max_length=80)
    given_name = LineField(max_length=80)
    birth_date = DayField()
    mrn = LineField(label="MRN", max_length=32, help_text="Medical record number")
    language = forms.ChoiceField(choices=list(people.LANGUAGES.items()), initial="en")
    zone = ZoneField(
        label="Time zone", help_text="Where the patient lives: messages keep to waking hours there"
    )
    location = forms.ModelChoiceField(
        Location.objects.none(),
        empty_label="Choose",
        help_text="Where the patient comes to: those who work there see the patient",
    )

    def __init__(self, *args: Any, locations: QuerySet[Location], **kwargs: Any) -> None:
        """`locations` are those that may be chosen; with one alone nobody is asked."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Location]", self.fields["location"]).queryset = locations
        self.only = locations[0] if len(locations) == 1 else None
        if self.only:
            del self.fields["location"]


class NewPatientForm(PatientForm):
    """A new patient; the same name and birth date again needs a deliberate tick."""

    another_person = forms.BooleanField(
        required=False, label="This is another person with the same name and birth date"
    )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        self.twins = self.namesakes(facts)
        if self.twins and not facts.get("another_person"):
            raise ValidationError("A patient of this name and birth date exists already.")
        return facts

    def namesakes(self, facts: dict[str, Any]) -> list[Patient]:
        names: dict[str, Any] = {
            name: facts.get(name) for name in ("family_name", "given_name", "birth_date")
        }
        return list(people.likely_same(**names)[:5]) if all(names.values()) else []

    def facts(self) -> dict[str, Any]:
        said = {
            name: value for name, value in self.cleaned_data.items() if name != "another_person"
        }
        return {"location": self.only} | said


class ContactsForm(forms.Form):
    """How to reach the patient; empty is unknown."""

    sms = PhoneField(label="Mobile, for texts", required=False)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    phone = PhoneField(label="Telephone, for calls", required=False)

    def given(self) -> Iterator[tuple[Channel, str]]:
        """Channels with a value, in the form's order."""
        for channel in (Channel.SMS, Channel.EMAIL, Channel.PHONE):
            if self.cleaned_data.get(channel.value):
                yield channel, self.cleaned_data[channel.value]


class ConsentsForm(forms.Form):
    """What the patient agreed to be sent, by purpose and channel; nothing ticked beforehand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose, sentence in SENTENCES.items():
            self.fields[purpose.value] = forms.TypedMultipleChoiceField(
                label=purpose.label,
                help_text=sentence,
                choices=[(channel.value, channel.label) for channel in CHANNELS],
                coerce=Channel,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def given(self) -> Iterator[tuple[Purpose, Channel]]:
        for purpose in SENTENCES:
            for channel in self.cleaned_data.get(purpose.value, ()):
                yield purpose, channel


class _ReachForm(forms.Form):
    """A new number or address in place of the present one."""

    channel = WordChoiceField(Channel, menu=True)
    value = LineField(label="Number or address", max_length=254)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        channel, value = facts.get("channel"), facts.get("value")
        if channel and value:
            field = forms.EmailField() if channel is Channel.EMAIL else PhoneField()
            try:
                facts["value"] = field.clean(value)
            except ValidationError as error:
                self.add_error("value", error)
        return facts


class _ConsentForm(forms.Form):
    """One consent, given in person or on paper."""

    purpose = WordChoiceField(Purpose, menu=True)
    channel = forms.TypedChoiceField(
        choices=[("", "Choose"), *((channel.value, channel.label) for channel in CHANNELS)],
        coerce=Channel,
        empty_value=None,
    )
    source = forms.ChoiceField(
        label="Given",
        choices=[("desk", "At the desk"), ("phone", "By phone"), ("form", "On a paper form")],
    )


class _WithdrawConsentForm(forms.Form):
    """One consent taken back; binding at once."""

    purpose = WordChoiceField(Purpose, menu=True)
    channel = WordChoiceField(Channel, menu=True)
    why = LineField(max_length=80, initial="Asked at the desk")


class _OptOutForm(forms.Form):
    """An opt-out of one number or address, or its end, on the patient's word."""

    channel = WordChoiceField(Channel, menu=True)


# The small forms of a patient's page, by the change they make; also their prefix.
CHANGES: dict[str, type[forms.Form]] = {
    "reach": _ReachForm,
    "consent": _ConsentForm,
    "withdraw": _WithdrawConsentForm,
    "opt_out": _OptOutForm,
    "opt_in": _OptOutForm,
}


class EmergencyForm(forms.Form):
    """Why somebody needs a patient of another location."""

    reason = LineField(
        max_length=200,
        help_text="What happened, and why it cannot wait. Kept for good, with your name.",
    )
