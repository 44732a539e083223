"""Bad input becomes one `ValidationError` that names every field and says how to mend it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from scheduling.rules.procedure import Word

Vocabulary = TypeVar("Vocabulary", bound=Word)


def refuse(faults: Mapping[str, str]) -> None:
    """Raise for the fields that have a sentence; do nothing when none has."""
    found = {field: [sentence] for field, sentence in faults.items() if sentence}
    if found:
        raise ValidationError(found)


def word(kind: type[Vocabulary], value: Any, field: str) -> Vocabulary:
    """`value` as one of the words of `kind`; an empty or unknown one is an error."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        problem = f"{value!r} is not known" if value else "Nothing was chosen"
        raise ValidationError({field: [f"{problem}; choose one of {known}."]}) from None


def text(value: str, longest: int, what: str) -> str:
    """What is wrong with a required line of text, or nothing."""
    if not value.strip():
        return f"Enter the {what}."
    if "\x00" in value:
        return f"The {what} holds a null character, which cannot be kept; type it again."
    return f"Shorten the {what} to {longest} characters." if len(value) > longest else ""


def zone(name: str) -> str:
    """What is wrong with a time zone's name, or nothing."""
    if name in available_timezones():
        return ""
    return f"{name!r} is no time zone; write an IANA name such as America/New_York."


def aware(**moments: datetime | None) -> None:
    """Refuse naive datetimes, which mean a different moment to every reader."""
    refuse(
        {
            name: "Give a time with its time zone."
            for name, moment in moments.items()
            if moment is not None and moment.utcoffset() is None
        }
    )
