"""What administrators record: locations, resources with their hours, closures."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from scheduling.forms.fields import ZoneField
from scheduling.models import Closure, Location, Resource, WeeklyHours

WEEKDAYS = list(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)


class Administered(admin.ModelAdmin):  # type: ignore[type-arg]
    """Open to the role, whatever Django's own permissions say; nothing in use is deleted."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.role == "administrator"

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_module_permission(request)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class LocationForm(forms.ModelForm):  # type: ignore[type-arg]
    zone = ZoneField()

    class Meta:
        model = Location
        fields = ("name", "address", "phone", "zone", "policy")

    def clean_policy(self) -> dict[str, object]:
        policy = self.cleaned_data["policy"]
        if policy in (None, ""):
            return {}
        if not isinstance(policy, dict):
            raise ValidationError('Write settings by name, as {"room_min": 30}, or {} for none.')
        return policy


@admin.register(Location)
class LocationAdmin(Administered):
    form = LocationForm
    list_display = ("name", "address", "phone", "zone")


class HoursForm(forms.ModelForm):  # type: ignore[type-arg]
    weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int)

    class Meta:
        model = WeeklyHours
        fields = ("weekday", "opens", "closes")


class HoursInline(admin.StackedInline):  # type: ignore[type-arg]
    """Stacked, because Django's tables of forms leave their fields without labels."""

    model = WeeklyHours
    form = HoursForm
    fields = (("weekday", "opens", "closes"),)
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_active and request.user.role == "administrator"

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(Resource)
class ResourceAdmin(Administered):
    list_display = ("name", "kind", "location", "user", "active")
    list_filter = ("location", "kind", "active")
    list_select_related = ("location", "user")
    inlines = (HoursInline,)


class ClosureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Closure
        fields = ("resource", "during", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part, name in zip(self.fields["during"].widget.widgets, ("From", "Until"), strict=True):
            part.attrs["aria-label"] = name


@admin.register(Closure)
class ClosureAdmin(Administered):
    form = ClosureForm
    list_display = ("resource", "during", "reason")
    list_filter = ("resource__location",)
    list_select_related = ("resource",)
