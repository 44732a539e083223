"""How a patient's page says times and telephone numbers: as people here read them."""

from datetime import datetime

from django import template
from django.utils import timezone

from scheduling.people.contacts import telephone

register = template.Library()


register.filter("telephone", telephone)


@register.filter
def o_clock(at: datetime) -> str:
    """`9:30 AM`, by the clock that the view chose."""
    local = timezone.localtime(at)
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


@register.filter
def near_day(at: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, or `Wednesday, November 25`."""
    day, today = timezone.localdate(at), timezone.localdate(now)
    words = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return words.get((day - today).days) or f"{day:%A}, {day:%B} {day.day}"


@register.filter
def zone_name(at: datetime) -> str:
    """`CST`, by the clock that the view chose."""
    return timezone.localtime(at).tzname() or ""
