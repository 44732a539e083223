"""Reading protocol files: what is wrong with one is said by its place, its key, and its mending."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reminders.protocols.document import Document, SettingTable, Table, TextsDocument, WindowTable
from reminders.rules.policy import Policy, typed
from reminders.rules.protocol import Protocol
from reminders.rules.response.thresholds import Thresholds
from reminders.rules.response.windows import Window
from reminders.rules.text.replies import AnswerText
from reminders.rules.text.texts import Texts, WordingError, gaps
from scheduling.rules.procedure import AgentClass, Drug

SHIPPED = Path(__file__).with_name("si_joint.toml")

D = TypeVar("D", bound=Table)
S = TypeVar("S", Policy, Thresholds)

_EXPECTED = {
    "string_type": "str",
    "int_type": "int",
    "bool_type": "bool",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}


class ProtocolError(ValueError):
    """The protocol cannot be used; the message says where and how to mend it."""


@lru_cache(maxsize=1)
def shipped() -> Protocol:
    """The protocol that comes with Blockwise."""
    return load(SHIPPED)


def load(path: Path) -> Protocol:
    """Read and validate a protocol and its texts (`<name>.<language>.toml` beside it)."""
    languages = text_files(path)
    if not languages:
        raise ProtocolError(f"{path.name}: no texts found: expected {path.stem}.en.toml beside it")
    return protocol_from(_toml(path), {each.name: _toml(each) for each in languages}, path.name)


def text_files(path: Path) -> list[Path]:
    """The texts beside a protocol, a file for each language."""
    return sorted(path.parent.glob(f"{path.stem}.*.toml"))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ProtocolError(f"{path.name}: {problem}") from None
    except OSError as problem:
        raise ProtocolError(f"{path}: cannot be read: {problem.strerror}") from None


def protocol_from(
    source: dict[str, Any], languages: Mapping[str, dict[str, Any]], where: str
) -> Protocol:
    """A protocol from parsed tables: `languages` maps a file's name to its texts."""
    document = _validated(Document, source, where)
    texts = [
        _texts(table, name, frozenset(document.placeholders)) for name, table in languages.items()
    ]
    protocol = Protocol(
        version=document.version,
        title=document.title,
        policy=_settings(Policy, document.policy, f"{where}: policy"),
        thresholds=_settings(Thresholds, document.thresholds, f"{where}: thresholds"),
        windows=_windows(document.windows, f"{where}: windows"),
        slots={table.id: table.rule() for table in document.slots},
        steps=tuple(table.rule() for table in document.steps),
        blocks=tuple(table.rule() for table in document.blocks),
        placeholders={name: table.longest for name, table in document.placeholders.items()},
        texts={each.language: each for each in texts},
    )
    _refuse_missing_names(protocol, where)
    return protocol


def _validated(kind: type[D], source: dict[str, Any], where: str) -> D:
    try:
        return kind.model_validate(source)
    except ValidationError as problem:
        complaints = [_complaint(error, source) for error in problem.errors()]
        raise ProtocolError("\n".join(f"{where}: {each}" for each in complaints)) from None


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


def _settings(kind: type[S], tables: Mapping[str, SettingTable], where: str) -> S:
    """The values of `{value, source}` tables as the rule's own dataclass."""
    for field in fields(kind):
        if field.name not in tables:
            raise ProtocolError(f"{where}: {field.name}: is missing")
    try:
        return kind(**typed(kind, {name: table.value for name, table in tables.items()}))
    except ValueError as problem:
        raise ProtocolError(f"{where}: {problem}") from None


def _windows(tables: Mapping[str, WindowTable], where: str) -> dict[Drug, Window]:
    """A window for every local anaesthetic, and for nothing else."""
    wanted = {drug.value for drug in Drug if drug.agent_class is AgentClass.LOCAL_ANAESTHETIC}
    for name in sorted(wanted - set(tables)):
        raise ProtocolError(f"{where}: {name}: is missing")
    for name in sorted(set(tables) - wanted):
        raise ProtocolError(f"{where}: {name}: is unknown")
    return {Drug(name): table.rule() for name, table in tables.items()}


def _texts(source: dict[str, Any], where: str, declared: frozenset[str]) -> Texts:
    """The texts of one language; every gap must be among the `declared` placeholders."""
    texts = _validated(TextsDocument, source, where).rule()
    for key, text in texts.bodies():
        try:
            unknown = sorted(gaps(text) - declared)
        except WordingError as problem:
            raise ProtocolError(f"{where}: {key}: {problem}") from None
        if unknown:
            raise ProtocolError(f"{where}: {key}: undeclared placeholder {', '.join(unknown)}")
    return texts


def _refuse_missing_names(protocol: Protocol, where: str) -> None:
    """What only the whole document can tell: every name used must exist."""
    if "en" not in protocol.texts:
        raise ProtocolError(f"{where}: English texts are missing")
    for language, texts in protocol.texts.items():
        for step in protocol.steps:
            place = f"{where}: step {step.id}: {language}"
            _need_texts(step.sms_texts, texts.sms, place)
            _need_texts(step.email_texts, texts.email, place)
        _need_texts((b.id for b in protocol.blocks), texts.blocks, f"{where}: blocks: {language}")
        _need_texts(AnswerText, texts.sms, f"{where}: answers: {language}")
    for step in protocol.steps:
        for slot in (*step.slots, *step.missed):
            if slot not in protocol.slots:
                raise ProtocolError(f"{where}: step {step.id}: slots: {slot!r} is unknown")
    for asked in protocol.slots.values():
        companion = asked.together_with
        if companion and companion not in protocol.slots:
            raise ProtocolError(f"{where}: slot {asked.id}: together_with: no slot {companion!r}")


def _need_texts(keys: Iterable[str], texts: Collection[str], where: str) -> None:
    for key in keys:
        if key not in texts:
            raise ProtocolError(f"{where}: text {key!r} is missing")
