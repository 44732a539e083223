"""What administrators record: locations, resources with their hours, closures, who is on call."""

from typing import Any

from django import forms
from django.contrib import admin

from scheduling.forms.fields import JsonField, MomentRangeField, PhoneField, ZoneField
from scheduling.models import Closure, Location, OnCallShift, Resource, WeeklyHours
from scheduling.people import visible
from scheduling.views.asking import ForAdministrators

WEEKDAYS = list(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)


class LocationForm(forms.ModelForm):  # type: ignore[type-arg]
    zone = ZoneField()

    class Meta:
        model = Location
        fields = ("name", "address", "phone", "zone", "policy")
        field_classes = {"policy": JsonField}
        help_texts = {"policy": "Numbers of booking and of the protocol that differ here, by name"}

    def clean_policy(self) -> Any:
        policy = self.cleaned_data["policy"]
        return {} if policy in (None, "") else policy


@admin.register(Location)
class LocationAdmin(ForAdministrators, admin.ModelAdmin):  # type: ignore[type-arg]
    form = LocationForm
    list_display = ("name", "address", "phone", "zone")


class HoursForm(forms.ModelForm):  # type: ignore[type-arg]
    weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int)

    class Meta:
        model = WeeklyHours
        fields = ("weekday", "opens", "closes")


class HoursInline(ForAdministrators, admin.StackedInline):  # type: ignore[type-arg]
    """Stacked, because Django's tables of forms leave their fields without labels."""

    model = WeeklyHours
    form = HoursForm
    fields = (("weekday", "opens", "closes"),)
    extra = 1


@admin.register(Resource)
class ResourceAdmin(ForAdministrators, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "kind", "location", "user", "active")
    list_filter = ("location", "kind", "active")
    list_select_related = ("location", "user")
    inlines = (HoursInline,)


class ClosureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Closure
        fields = ("resource", "during", "reason")
        field_classes = {"during": MomentRangeField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part, name in zip(self.fields["during"].widget.widgets, ("From", "Until"), strict=True):
            part.attrs["aria-label"] = name


@admin.register(Closure)
class ClosureAdmin(ForAdministrators, admin.ModelAdmin):  # type: ignore[type-arg]
    form = ClosureForm
    list_display = ("resource", "during", "reason")
    list_filter = ("resource__location",)
    list_select_related = ("resource",)


class OnCallForm(forms.ModelForm):  # type: ignore[type-arg]
    phone = PhoneField(required=False, help_text="Paged by text")
    weekdays = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="On which the hours begin. None: whenever no other shift covers the hour.",
    )

    class Meta:
        model = OnCallShift
        fields = (
            *("location", "name", "user", "phone", "email"),
            *("weekdays", "starts", "ends", "turn", "answers_patients"),
        )

    def clean(self) -> dict[str, Any]:
        """Whoever is paged opens what they are paged about, at night too."""
        facts = super().clean() or {}
        user, location = facts.get("user"), facts.get("location")
        if user and location and location not in visible.locations(user):
            self.add_error("user", f"Add {location} to this account first: it does not work there.")
        return facts


@admin.register(OnCallShift)
class OnCallAdmin(ForAdministrators, admin.ModelAdmin):  # type: ignore[type-arg]
    form = OnCallForm
    list_display = ("name", "location", "turn", "days", "starts", "ends", "phone", "email")
    list_filter = ("location",)
    list_select_related = ("location",)

    @admin.display(description="Weekdays")
    def days(self, shift: OnCallShift) -> str:
        named = dict(WEEKDAYS)
        return ", ".join(named[day][:3] for day in sorted(shift.weekdays)) or "otherwise"
