"""What rows of access and of sign-ins are asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clinic.accounts.models import SignIn, User
from scheduling.forms.fields import DayField
from scheduling.models import AccessKind
from scheduling.rules.procedure import Word

LARGEST = 2**63 - 1  # number that a row can have


class PeriodForm(forms.Form):
    """Days, both included, by the clock that the page names."""

    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            raise ValidationError({"until": "The last day lies before the first: swap them."})
        return asked


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Any member of staff, those who have left too."""

    def __init__(self, **kwargs: Any) -> None:
        people = User.objects.order_by("last_name", "first_name", "username")
        super().__init__(people, required=False, empty_label="Everybody", **kwargs)

    def label_from_instance(self, obj: User) -> str:
        left = "" if obj.is_active else ", has left"
        return f"{obj.display_name} ({obj.role.label.lower()}{left})"


class KindsField(forms.TypedMultipleChoiceField):
    """Some words of a vocabulary; none chosen is all."""

    def __init__(self, words: type[Word], **kwargs: Any) -> None:
        choices, widget = words.choices(), forms.CheckboxSelectMultiple
        super().__init__(choices=choices, coerce=words, required=False, widget=widget, **kwargs)


class FilterForm(PeriodForm):
    """Who and what, in which days; `before` is the row that ended the page before."""

    person = PersonField()
    before = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput
    )


class LooksForm(FilterForm):
    kind = KindsField(AccessKind, label="What was done")


class SignInsForm(FilterForm):
    kind = KindsField(SignIn, label="What happened")
