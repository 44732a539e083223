"""How the review page writes a label and its arithmetic."""

from django import template

from reminders.rules.response.labels import Label
from scheduling.rules.provocation import Provocation

register = template.Library()


@register.filter
def typeset(text: str) -> str:
    """The signs that a keyboard lacks: `7 -> 1` as `7 → 1`, `>=80` as `≥80`."""
    return text.replace("->", "→").replace(">=", "≥")


@register.filter
def label_text(value: str) -> str:
    """`positive_80` -> `POSITIVE (≥80)`."""
    return typeset(Label(value).label)


@register.filter
def by_result(provocation: Provocation) -> list[tuple[str, str]]:
    """`[("positive", "Gaenslen"), ("negative", "FABER (Patrick), Thigh thrust")]`."""
    named = [
        (word, ", ".join(test.label for test, said in provocation.items() if said is positive))
        for word, positive in (("positive", True), ("negative", False))
    ]
    return [(word, tests) for word, tests in named if tests]
