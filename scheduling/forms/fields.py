"""Form fields that give values of the domain, or say how to mend what was typed."""

import json
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.postgres.forms import DateTimeRangeField
from django.core.exceptions import ValidationError
from django.utils import timezone

from scheduling.people import contacts
from scheduling.rules.procedure import Word

US_ZONES = (
    ("America/New_York", "Eastern: New York"),
    ("America/Chicago", "Central: Chicago"),
    ("America/Denver", "Mountain: Denver"),
    ("America/Phoenix", "Mountain, no summer time: Phoenix"),
    ("America/Los_Angeles", "Pacific: Los Angeles"),
    ("America/Anchorage", "Alaska: Anchorage"),
    ("Pacific/Honolulu", "Hawaii: Honolulu"),
)


class WordChoiceField(forms.TypedChoiceField):
    """One word of a closed vocabulary. As radios, with nothing chosen beforehand."""

    def __init__(self, words: type[Word], *, menu: bool = False, **kwargs: Any) -> None:
        choices = words.choices()
        if menu:
            choices = [("", "Choose"), *choices]
        kwargs.setdefault("widget", forms.Select if menu else forms.RadioSelect)
        kwargs.setdefault("empty_value", None)
        kwargs.setdefault("error_messages", {"required": "Choose one."})
        super().__init__(choices=choices, coerce=words, **kwargs)


class ZoneField(forms.ChoiceField):
    """An IANA time zone; the ones most used stand first."""

    def __init__(self, **kwargs: Any) -> None:
        first = {name for name, _ in US_ZONES}
        others = sorted(zone for zone in available_timezones() - first if "/" in zone)
        groups = [
            ("", "Choose"),
            ("United States", US_ZONES),
            ("Elsewhere", [(zone, zone.replace("_", " ")) for zone in others]),
        ]
        kwargs.setdefault("error_messages", {"required": "Choose a time zone."})
        super().__init__(choices=groups, **kwargs)


class LineField(forms.CharField):
    """One line of text: inner spaces narrowed, no control characters."""

    def to_python(self, value: Any) -> str:
        text = " ".join((super().to_python(value) or "").split())
        if any(not letter.isprintable() for letter in text):
            raise ValidationError("Take out the characters that cannot be printed.")
        return text


class PhoneField(LineField):
    """A telephone number, national or international; gives E.164: +15550100123."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return contacts.e164(text)
        except ValidationError as error:
            raise ValidationError(error.messages) from None


class DayField(forms.DateField):
    """A calendar day, by the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%m/%d/%Y"])
        kwargs.setdefault("error_messages", {"invalid": "Write a day as 2026-11-24 or 11/24/2026."})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and not 1880 <= day.year <= 2200:
            raise ValidationError("The year must lie between 1880 and 2200.")
        return day


class MomentField(forms.DateTimeField):
    """Date and time by the clinic's clock: the view activates the location's zone first."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        kwargs.setdefault("widget", widget)
        kwargs.setdefault("error_messages", {"invalid": "Write date and time: 2026-11-24 10:15."})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """A moment by the zone's own offset: PostgreSQL refuses some that ISO 8601 knows."""
        try:
            at = super().to_python(value)
            at = at and at.astimezone(timezone.get_current_timezone())
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"]) from None
        if at and not 1880 <= at.year <= 2200:
            raise ValidationError("The year must lie between 1880 and 2200.")
        return at


class MomentRangeField(DateTimeRangeField):
    """From one moment until another, as `MomentField` reads them."""

    base_field = MomentField


class _KeepableJson(json.JSONDecoder):
    """Knows as errors what Python or PostgreSQL refuses besides errors of syntax.

    Numbers of thousands of digits, lists in lists without end, half characters and null characters.
    """

    def decode(self, text: str, *args: Any) -> Any:
        try:
            value = super().decode(text, *args)
            written = json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as problem:
            raise json.JSONDecodeError(str(problem), "", 0) from None
        if b"\\u0000" in written:
            raise json.JSONDecodeError("a null character", "", 0)
        return value


class JsonField(forms.JSONField):
    """JSON that can be kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"decoder": _KeepableJson})


class ScoreChoiceField(forms.TypedChoiceField):
    """A pain score, eleven radios 0-10 and nothing chosen beforehand."""

    def __init__(self, *, either: bool = False, **kwargs: Any) -> None:
        """`either`: this or the tick beside it is needed, so it is not called optional."""
        self.either = either
        scores = [(str(score), str(score)) for score in range(11)]
        kwargs.setdefault("widget", forms.RadioSelect)
        kwargs.setdefault("empty_value", None)
        kwargs.setdefault("error_messages", {"required": "Choose a score from 0 to 10."})
        super().__init__(choices=scores, coerce=int, **kwargs)


def paragraph(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})
