"""Reading a protocol table strictly: errors name the place and the key, nothing is ignored."""

import re
from collections.abc import Callable
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


class ProtocolError(ValueError):
    """The protocol cannot be used; the message says where and how to mend it."""


def duration(words: str) -> timedelta:
    """`15min`, `3h` or `14d`."""
    match = re.fullmatch(r"(\d+)(min|h|d)", words)
    if not match:
        raise ValueError(f"{words!r} is not a duration: write 15min, 3h or 14d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def clock(words: str) -> time:
    """`16:00`."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", words):
        raise ValueError(f"{words!r} is not a time of day: write HH:MM, such as 16:00")
    return time.fromisoformat(words)


class Table:
    """One TOML table whose keys are taken one by one; `done` complains about the rest."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise ProtocolError(f"{where}: expected a table")
        self.values = dict(values)
        self.where = where

    def fail(self, key: str, problem: object) -> ProtocolError:
        return ProtocolError(f"{self.where}: {key}: {problem}")

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of `key`, of exactly this type; without a default it must be there."""
        if key not in self.values:
            if default is None:
                raise self.fail(key, "is missing")
            return default
        value = self.values.pop(key)
        if type(value) is not kind:
            raise self.fail(key, f"expected {kind.__name__}, found {value!r}")
        return value

    def read(self, key: str, reader: Callable[[str], T]) -> T | None:
        """The text of `key` turned into a value by `reader`; None when absent."""
        if key not in self.values:
            return None
        words = self.take(key, str)
        try:
            return reader(words)
        except ValueError as problem:
            raise self.fail(key, problem) from None

    def word(self, key: str, kind: type[E], default: E | None = None) -> E:
        """One word of a closed vocabulary."""
        words = self.take(key, str, None if default is None else default.value)
        if words not in list(kind):
            raise self.fail(key, f"{words!r} is unknown: choose {', '.join(kind)}")
        return kind(words)

    def each(self, key: str, reader: Callable[[str], T]) -> tuple[T, ...]:
        """A list of texts, each turned into a value; absent is empty."""
        values: list[Any] = self.take(key, list, [])
        try:
            return tuple(reader(str(value)) for value in values)
        except ValueError as problem:
            raise self.fail(key, problem) from None

    def tables(self, key: str, name: str) -> "list[Table]":
        """A list of tables, each named by its `id`."""
        values: list[Any] = self.take(key, list, [])
        ids = [value.get("id", f"#{n}") for n, value in enumerate(values, 1)]
        for twice in {i for i in ids if ids.count(i) > 1}:
            raise ProtocolError(f"{self.where}: {name} {twice}: id is used twice")
        return [Table(v, f"{self.where}: {name} {i}") for v, i in zip(values, ids, strict=True)]

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.values:
            raise self.fail(key, "is unknown")
