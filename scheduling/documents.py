"""Documents of settings in TOML: what is wrong with one is said by place, key and mending.

Every key is declared: an unknown one is an error, and nothing is converted silently.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from scheduling.rules.settings import typed

Source = Annotated[str, Field(min_length=1)]  # who says so; for whoever reads the file


class DocumentError(ValueError):
    """The document cannot be used; the message says where and how to mend it."""


class Table(BaseModel):
    """A TOML table: strict types, no unknown keys."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )


class SettingTable(Table):
    """A value that a clinic may change, and who says so."""

    value: bool | int | float | str
    source: Source

    @field_validator("value", mode="before")
    @classmethod
    def refuse_lists_and_tables(cls, value: object) -> object:
        if not isinstance(value, bool | int | float | str):
            raise ValueError(f"expected a number, a text, true or false, found {value!r}")
        return value


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=Table)
S = TypeVar("S", bound=_Dataclass)

_EXPECTED = {
    "string_type": "str",
    "int_type": "int",
    "bool_type": "bool",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}


def toml(path: Path) -> dict[str, Any]:
    """The parsed tables of a file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise DocumentError(f"{path.name}: {problem}") from None
    except OSError as problem:
        raise DocumentError(f"{path}: cannot be read: {problem.strerror}") from None


def validated(kind: type[T], source: dict[str, Any], where: str) -> T:
    """Parsed tables as `kind`; every mistake is named at once."""
    try:
        return kind.model_validate(source)
    except ValidationError as problem:
        complaints = [_complaint(error, source) for error in problem.errors()]
        raise DocumentError("\n".join(f"{where}: {each}" for each in complaints)) from None


def _complaint(error: ErrorDetails, source: dict[str, Any]) -> str:
    """`step confirm: at: '25:00' is not a time of day: write HH:MM`."""
    return ": ".join([*_place(error["loc"], source), _fault(error)])


def _place(location: tuple[int | str, ...], source: dict[str, Any]) -> list[str]:
    """The keys that lead to an error; one in a list of tables is named by its `id`."""
    match location:
        case (str(part), int(number), *rest) if isinstance(source[part][number], dict):
            name = source[part][number].get("id", f"#{number + 1}")
            return [f"{part.removesuffix('s')} {name}", *(k for k in rest if isinstance(k, str))]
    return [key for key in location if isinstance(key, str)]


def _fault(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is unknown"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_too_short":
        return "is empty"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {error['input']!r}"
    return error["msg"]


def settings(kind: type[S], tables: Mapping[str, SettingTable], where: str) -> S:
    """The values of `{value, source}` tables as the rule's own dataclass."""
    for field in fields(kind):
        if field.name not in tables:
            raise DocumentError(f"{where}: {field.name}: is missing")
    try:
        return kind(**typed(kind, {name: table.value for name, table in tables.items()}))
    except ValueError as problem:
        raise DocumentError(f"{where}: {problem}") from None
