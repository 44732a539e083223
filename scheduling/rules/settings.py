"""Plain values, from TOML or JSON, as the fields of a dataclass of settings."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import time
from enum import StrEnum
from typing import Any

from scheduling.rules.wall_clock import clock

_WRITE = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    time: "HH:MM, such as 16:00",
}


def names(kind: type) -> frozenset[str]:
    """The settings that a dataclass holds."""
    return frozenset(field.name for field in fields(kind))


def typed(
    kind: type, values: Mapping[str, object], elsewhere: Collection[str] = ()
) -> dict[str, Any]:
    """The values by name, each of its field's type; names that are known `elsewhere` are left out.

    Raises ValueError for an unknown name and for a value of another type.
    """
    types: dict[str, Any] = {field.name: field.type for field in fields(kind)}
    known = {**types, **dict.fromkeys(elsewhere)}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise ValueError(
            f"unknown setting {', '.join(unknown)}: known are {', '.join(sorted(known))}"
        )
    return {
        name: _typed(name, value, types[name]) for name, value in values.items() if name in types
    }


def _typed(name: str, value: object, kind: Any) -> object:
    """One value: times and words of a vocabulary are read from text, nothing else is converted."""
    if type(value) is kind or (type(value), kind) == (int, float):
        return value
    if isinstance(value, str) and (kind is time or issubclass(kind, StrEnum)):
        with suppress(ValueError):
            return clock(value) if kind is time else kind(value)
    raise ValueError(f"{name} is {value!r}: write {_WRITE.get(kind) or ' or '.join(kind)}")
