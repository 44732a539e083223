"""The form that chooses a day and a location."""

from django import forms

from scheduling.forms.fields import DayField
from scheduling.models import Location


class DayForm(forms.Form):
    location = forms.ModelChoiceField(Location.objects.all(), required=False, empty_label=None)
    date = DayField(label="Day", required=False)
