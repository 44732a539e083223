"""What a patient may type on the page before the visit."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from scheduling.forms.fields import LineField, PhoneField


class BirthDateForm(forms.Form):
    """The second half of every link's key: three numbers, in any browser, with any keyboard."""

    month = forms.IntegerField(label="Month", min_value=1, max_value=12)
    day = forms.IntegerField(label="Day", min_value=1, max_value=31)
    year = forms.IntegerField(label="Year", min_value=1880, max_value=2200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget = forms.TextInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": f"bday-{name}",
                    "maxlength": "4" if name == "year" else "2",
                }
            )
            field.error_messages["required"] = f"Enter the {name}."
            field.error_messages["invalid"] = f"Enter the {name} as a number."
            for limit in field.validators:
                limit.message = f"Look at the {name}: {field.min_value} to {field.max_value}."

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
