"""How the review page writes a label and its arithmetic."""

from django import template

from reminders.rules.response.labels import Label

register = template.Library()


@register.filter
def typeset(text: str) -> str:
    """The signs that a keyboard lacks: `7 -> 1` as `7 → 1`, `>=80` as `≥80`."""
    return text.replace("->", "→").replace(">=", "≥")


@register.filter
def label_text(value: str) -> str:
    """`positive_80` -> `POSITIVE (≥80)`."""
    return typeset(Label(value).label)
