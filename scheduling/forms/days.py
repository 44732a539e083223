"""The form that chooses a day and a location."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from scheduling.forms.fields import DayField
from scheduling.models import Location


class DayForm(forms.Form):
    location = forms.ModelChoiceField(Location.objects.none(), required=False, empty_label=None)
    date = DayField(label="Day", required=False)

    def __init__(self, data: Any, *, locations: QuerySet[Location]) -> None:
        super().__init__(data)
        cast("forms.ModelChoiceField[Location]", self.fields["location"]).queryset = locations
