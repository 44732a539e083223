"""Columns that refuse values outside their vocabulary or scale."""

from typing import Any

from django.db import models

from scheduling.rules.procedure import Word


class WordField(models.CharField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Text out of one closed vocabulary; the column carries the CHECK."""

    def __init__(self, words: type[Word] | None = None, **kwargs: Any) -> None:
        self.words = words
        if words:
            kwargs.setdefault("choices", words.choices())
        kwargs.setdefault("max_length", 24)
        super().__init__(**kwargs)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Word | None:
        return None if value is None else self.to_python(value)

    def to_python(self, value: Any) -> Any:
        return value if value in (None, "") or not self.words else self.words(value)

    def db_check(self, connection: Any) -> str:
        """Migrations know the words as choices, so the vocabulary is frozen with each of them."""
        words = ", ".join(f"'{value}'" for value, _ in self.flatchoices)
        return f'"{self.column}" IN ({words})'


class ScoreField(models.SmallIntegerField):  # type: ignore[type-arg]
    """A pain score on the 0-10 numeric rating scale (LOINC 72514-3)."""

    def db_check(self, connection: Any) -> str:
        return f'"{self.column}" BETWEEN 0 AND 10'


class PercentField(models.SmallIntegerField):  # type: ignore[type-arg]
    """The patient's own guess of relief, 0-100; never used to compute a label."""

    def db_check(self, connection: Any) -> str:
        return f'"{self.column}" BETWEEN 0 AND 100'
