"""What a patient may type behind a link, but for the scores."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from scheduling.forms.fields import LineField, PhoneField, paragraph


def _part(name: str, lowest: int, highest: int) -> forms.IntegerField:
    """One number of a birth date, as any keyboard types it."""
    wrong = f"Look at the {name}: {lowest} to {highest}."
    digits = {"inputmode": "numeric", "autocomplete": f"bday-{name}"}
    return forms.IntegerField(
        label=name.capitalize(),
        validators=[MinValueValidator(lowest, wrong), MaxValueValidator(highest, wrong)],
        error_messages={
            "required": f"Enter the {name}.",
            "invalid": f"Enter the {name} as a number.",
        },
        widget=forms.TextInput(attrs=digits | {"maxlength": str(len(str(highest)))}),
    )


class BirthDateForm(forms.Form):
    """The second half of every link's key: three numbers, in any browser, with any keyboard."""

    month = _part("month", 1, 12)
    day = _part("day", 1, 31)
    year = _part("year", 1880, 2200)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                said["birth_date"] = date(said["year"], said["month"], said["day"])
            except ValueError:
                raise ValidationError(
                    "There is no such date. Look at month, day and year again."
                ) from None
        return said


class ChangeForm(forms.Form):
    """A wish for another time; staff phone back."""

    wish = LineField(
        label="When would suit you?",
        required=False,
        max_length=200,
        help_text="Days or times, in your own words. Our staff will call you.",
    )


class DriverForm(forms.Form):
    """The adult who takes the patient home."""

    name = LineField(label="Name of your driver", max_length=80)
    phone = PhoneField(label="Phone of your driver")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = "Enter the name of your driver."
        self.fields["phone"].error_messages["required"] = "Enter the phone of your driver."


class NoteForm(forms.Form):
    """Words that belong to no score."""

    note = forms.CharField(
        label="How are you? Tell us if something is not right.",
        max_length=1000,
        widget=paragraph(3),
        error_messages={"required": "Write a few words, or call us."},
    )
