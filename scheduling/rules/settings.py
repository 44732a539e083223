"""Plain values, from TOML or JSON, as the fields of a dataclass of settings."""

from collections.abc import Mapping
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


def typed(kind: type, values: Mapping[str, object]) -> dict[str, Any]:
    """The values by name, each of its field's type.

    Raises ValueError for an unknown name and for a value of another type.
    """
    types: dict[str, Any] = {field.name: field.type for field in fields(kind)}
    unknown = sorted(set(values) - set(types))
    if unknown:
        raise ValueError(f"unknown setting {', '.join(unknown)}: known are {', '.join(types)}")
    return {name: _typed(name, value, types[name]) for name, value in values.items()}


def _typed(name: str, value: object, kind: Any) -> object:
    """One value: times and words of a vocabulary are read from text, nothing else is converted."""
    if type(value) is kind or (type(value), kind) == (int, float):
        return value
    if isinstance(value, str) and (kind is time or issubclass(kind, StrEnum)):
        with suppress(ValueError):
            return clock(value) if kind is time else kind(value)
    raise ValueError(f"{name} is {value!r}: write {_WRITE.get(kind) or ' or '.join(kind)}")
