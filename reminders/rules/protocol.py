"""A protocol: the versioned document that says what patients are told, asked and when."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reminders.rules import policy as facility
from reminders.rules import texts as wording
from reminders.rules.conditions import Condition, parse
from reminders.rules.policy import Policy
from reminders.rules.steps import Slot, Step
from reminders.rules.table import ProtocolError, Table
from reminders.rules.texts import Texts
from reminders.rules.thresholds import Thresholds, Window, read_windows
from reminders.rules.timing import Anchor

SHIPPED = Path(__file__).parents[1] / "protocols" / "si_joint.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a number comes from, for the page that shows the protocol."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class BlockRule:
    """When a block of the preparation page is shown."""

    id: str
    when: tuple[Condition, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A gap a text may have, and the longest value it must still fit with."""

    meaning: str
    longest: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """Immutable once read. `texts` is by language; `windows` by drug, plus `mixture`."""

    version: str
    title: str
    policy: Policy
    thresholds: Thresholds
    settings: Mapping[str, Setting]
    windows: Mapping[str, Window]
    slots: Mapping[str, Slot]
    steps: tuple[Step, ...]
    blocks: tuple[BlockRule, ...]
    placeholders: Mapping[str, Placeholder]
    texts: Mapping[str, Texts]

    def step(self, step_id: str) -> Step:
        """The step of this id; KeyError when there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(f"protocol {self.version} has no step {step_id!r}")

    def words(self, language: str) -> Texts:
        """The texts of this language, else English: never an unreviewed translation."""
        return self.texts.get(language) or self.texts["en"]


@lru_cache(maxsize=1)
def shipped() -> Protocol:
    """The protocol that comes with Blockwise."""
    return load(SHIPPED)


def load(path: Path) -> Protocol:
    """Read and validate a protocol and its texts (`<name>.<language>.toml` beside it)."""
    languages = sorted(path.parent.glob(f"{path.stem}.*.toml"))
    if not languages:
        raise ProtocolError(f"{path.name}: no texts found: expected {path.stem}.en.toml beside it")
    return read(_toml(path), {each.name: _toml(each) for each in languages}, path.name)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ProtocolError(f"{path.name}: {problem}") from None
    except OSError as problem:
        raise ProtocolError(f"{path}: cannot be read: {problem.strerror}") from None


def read(source: dict[str, Any], languages: Mapping[str, dict[str, Any]], where: str) -> Protocol:
    """A protocol from parsed tables: `languages` maps a file's name to its texts."""
    table = Table(source, where)
    settings: dict[str, Setting] = {}
    placeholders = _placeholders(table)
    protocol = Protocol(
        version=table.take("version", str),
        title=table.take("title", str),
        policy=_policy(_settings(table, "policy", settings)),
        thresholds=Thresholds.read(_settings(table, "thresholds", settings)),
        settings=settings,
        windows=read_windows(Table(table.take("windows", dict), f"{where}: windows")),
        slots={slot.id: slot for slot in map(Slot.read, table.tables("slots", "slot"))},
        steps=tuple(map(Step.read, table.tables("steps", "step"))),
        blocks=tuple(map(_block, table.tables("blocks", "block"))),
        placeholders=placeholders,
        texts={
            texts.language: texts
            for texts in (wording.read(t, name, placeholders) for name, t in languages.items())
        },
    )
    table.done()
    _check(protocol, where)
    return protocol


def _settings(table: Table, name: str, known: dict[str, Setting]) -> Table:
    """The values of a table of `{value, source}` pairs; the pairs are kept in `known`."""
    values: dict[str, Any] = {}
    for key, pair in table.take(name, dict).items():
        inner = Table(pair, f"{table.where}: {name}: {key}")
        value, source = inner.values.pop("value", None), inner.take("source", str)
        inner.done()
        values[key], known[f"{name}.{key}"] = value, Setting(value, source)
    return Table(values, f"{table.where}: {name}")


def _policy(table: Table) -> Policy:
    try:
        return Policy(**facility.read(table.values))
    except (TypeError, ValueError) as problem:
        raise ProtocolError(f"{table.where}: {problem}") from None


def _placeholders(table: Table) -> dict[str, Placeholder]:
    found: dict[str, Placeholder] = {}
    for name, value in table.take("placeholders", dict).items():
        inner = Table(value, f"{table.where}: placeholder {name}")
        found[name] = Placeholder(inner.take("meaning", str), inner.take("longest", str))
        inner.done()
    return found


def _block(table: Table) -> BlockRule:
    block = BlockRule(table.take("id", str), table.each("when", parse), table.take("source", str))
    table.done()
    return block


def _check(protocol: Protocol, where: str) -> None:
    """What only the whole document can tell: every name used must exist."""
    if "en" not in protocol.texts:
        raise ProtocolError(f"{where}: English texts are missing")
    for texts in protocol.texts.values():
        for step in protocol.steps:
            _have(step.texts, texts, f"{where}: step {step.id}: {texts.language}")
        _have([b.id for b in protocol.blocks], texts, f"{where}: blocks: {texts.language}")
    for step in protocol.steps:
        for slot in (*step.slots, *step.missed):
            if slot not in protocol.slots:
                raise ProtocolError(f"{where}: step {step.id}: slots: {slot!r} is unknown")
    for slot_rule in protocol.slots.values():
        companion = slot_rule.together_with
        if companion and companion not in protocol.slots:
            raise ProtocolError(
                f"{where}: slot {slot_rule.id}: together_with: no slot {companion!r}"
            )
        if slot_rule.timing.anchor is Anchor.MISSED:
            raise ProtocolError(f"{where}: slot {slot_rule.id}: anchor: a slot cannot be missed")


def _have(keys: "tuple[str, ...] | list[str]", texts: Texts, where: str) -> None:
    for key in keys:
        if key not in texts:
            raise ProtocolError(f"{where}: text {key!r} is missing")
