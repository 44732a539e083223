"""Forms of finding and booking a time."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms

from scheduling.finding.resources import Opening, ResourceSet, kinds_needed
from scheduling.forms.fields import DayField, LineField, MomentField
from scheduling.models import Location, Order, Resource, ResourceKind
from scheduling.rules.checks import Check
from scheduling.rules.matrix import Level


def _choice(form: forms.Form, name: str) -> "forms.ModelChoiceField[Any]":
    """A field in which one row is chosen."""
    return cast("forms.ModelChoiceField[Any]", form.fields[name])


class FinderForm(forms.Form):
    """What to search for: where, with whom, and not before which day."""

    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None)
    physician = forms.ModelChoiceField(
        Resource.objects.none(), required=False, empty_label="Any physician"
    )
    after = DayField(label="Not before", required=False)

    def __init__(
        self, data: Mapping[str, Any], *, locations: Sequence[Location], order: Order
    ) -> None:
        """`locations` has one or more; with one alone nobody is asked."""
        asked = data.get("location", "")
        self.site = next((each for each in locations if str(each.pk) == asked), locations[0])
        physicians = Resource.objects.filter(
            kind=ResourceKind.PHYSICIAN, active=True, location=self.site
        )
        own = physicians.filter(user=order.physician_id).first()
        preset = {"location": self.site.pk, "physician": own.pk if own else ""}
        super().__init__(preset | {name: data[name] for name in data})
        _choice(self, "physician").queryset = physicians
        known = [each.pk for each in locations]
        _choice(self, "location").queryset = Location.objects.filter(pk__in=known)
        if len(locations) == 1:
            del self.fields["location"]


class OpeningForm(forms.Form):
    """One opening: its start and what it holds, as hidden fields of a page."""

    start = MomentField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, order: Order, location: Location) -> None:
        super().__init__(data)
        active = Resource.objects.filter(location=location, active=True)
        for kind in kinds_needed(order.guidance):
            self.fields[kind.value] = forms.ModelChoiceField(
                active.filter(kind=kind), label=kind.label, widget=forms.HiddenInput
            )

    @classmethod
    def by_hand(cls, *, order: Order, location: Location) -> "OpeningForm":
        """The same fields to fill in, for a time that the finder does not offer."""
        form = cls(None, order=order, location=location)
        form.fields["start"].widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
        for field in form.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.widget = forms.Select()
                field.empty_label = "Choose"
                field.widget.choices = field.choices
        return form

    @property
    def resources(self) -> ResourceSet:
        chosen = {kind: self.cleaned_data.get(kind.value) for kind in ResourceKind}
        return ResourceSet({kind: each for kind, each in chosen.items() if each})

    @staticmethod
    def hidden(opening: Opening) -> dict[str, Any]:
        """The values that name this opening again."""
        resources = {resource.kind.value: resource.pk for resource in opening.resources}
        return {"start": opening.start.isoformat()} | resources


class ReasonsForm(forms.Form):
    """A reason for each check that may be overridden by one."""

    def __init__(self, data: Any, *, checks: Sequence[Check]) -> None:
        super().__init__(data, prefix="why")
        for check in checks:
            if check.level is Level.HARD and check.overridable:
                self.fields[check.code] = LineField(
                    label=f"Reason to book all the same ({check.code})",
                    max_length=200,
                    help_text=check.sentence,
                    error_messages={"required": "Without a reason this stays a stop."},
                )

    def overrides(self) -> dict[str, str]:
        return dict(self.cleaned_data)
