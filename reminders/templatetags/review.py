"""How the review page says a stored label."""

from django import template

from reminders.rules.bands import Label

register = template.Library()


@register.filter
def label_text(value: str) -> str:
    """`positive_80` -> `POSITIVE (>=80)`."""
    return Label(value).label
