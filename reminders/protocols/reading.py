"""Reading protocol files: the tables of a document, and that every name used in it exists."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from reminders.protocols.document import Document, TextsDocument, WindowTable
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol
from reminders.rules.response.thresholds import Thresholds
from reminders.rules.response.windows import Window
from reminders.rules.text.replies import AnswerText
from reminders.rules.text.texts import Texts, WordingError, gaps
from scheduling.documents import DocumentError, settings, toml, validated
from scheduling.rules.procedure import AgentClass, Drug

SHIPPED = Path(__file__).with_name("si_joint.toml")


@lru_cache(maxsize=1)
def shipped() -> Protocol:
    """The protocol that comes with Blockwise."""
    return load(SHIPPED)


def shipped_policy(overrides: Mapping[str, object]) -> Policy:
    """Its policy with a location's own values; bad and unknown ones are ValueErrors."""
    return shipped().policy.but(overrides)


def load(path: Path) -> Protocol:
    """Read and validate a protocol and its texts (`<name>.<language>.toml` beside it)."""
    languages = text_files(path)
    if not languages:
        raise DocumentError(f"{path.name}: no texts found: expected {path.stem}.en.toml beside it")
    return protocol_from(toml(path), {each.name: toml(each) for each in languages}, path.name)


def text_files(path: Path) -> list[Path]:
    """The texts beside a protocol, a file for each language."""
    return sorted(path.parent.glob(f"{path.stem}.*.toml"))


def protocol_from(
    source: dict[str, Any], languages: Mapping[str, dict[str, Any]], where: str
) -> Protocol:
    """A protocol from parsed tables: `languages` maps a file's name to its texts."""
    document = validated(Document, source, where)
    texts = [
        _texts(table, name, frozenset(document.placeholders)) for name, table in languages.items()
    ]
    protocol = Protocol(
        version=document.version,
        title=document.title,
        policy=settings(Policy, document.policy, f"{where}: policy"),
        thresholds=settings(Thresholds, document.thresholds, f"{where}: thresholds"),
        windows=_windows(document.windows, f"{where}: windows"),
        slots={table.id: table.rule() for table in document.slots},
        steps=tuple(table.rule() for table in document.steps),
        blocks=tuple(table.rule() for table in document.blocks),
        placeholders={name: table.longest for name, table in document.placeholders.items()},
        texts={each.language: each for each in texts},
    )
    _refuse_missing_names(protocol, where)
    return protocol


def _windows(tables: Mapping[str, WindowTable], where: str) -> dict[Drug, Window]:
    """A window for every local anaesthetic, and for nothing else."""
    wanted = {drug.value for drug in Drug if drug.agent_class is AgentClass.LOCAL_ANAESTHETIC}
    for name in sorted(wanted - set(tables)):
        raise DocumentError(f"{where}: {name}: is missing")
    for name in sorted(set(tables) - wanted):
        raise DocumentError(f"{where}: {name}: is unknown")
    return {Drug(name): table.rule() for name, table in tables.items()}


def _texts(source: dict[str, Any], where: str, declared: frozenset[str]) -> Texts:
    """The texts of one language; every gap must be among the `declared` placeholders."""
    texts = validated(TextsDocument, source, where).rule()
    for key, text in texts.bodies():
        try:
            unknown = sorted(gaps(text) - declared)
        except WordingError as problem:
            raise DocumentError(f"{where}: {key}: {problem}") from None
        if unknown:
            raise DocumentError(f"{where}: {key}: undeclared placeholder {', '.join(unknown)}")
    return texts


def _refuse_missing_names(protocol: Protocol, where: str) -> None:
    """What only the whole document can tell: every name used must exist."""
    if "en" not in protocol.texts:
        raise DocumentError(f"{where}: English texts are missing")
    for language, texts in protocol.texts.items():
        for step in protocol.steps:
            place = f"{where}: step {step.id}: {language}"
            _need_texts(step.sms_texts, texts.sms, place)
            _need_texts(step.email_texts, texts.email, place)
        _need_texts((b.id for b in protocol.blocks), texts.blocks, f"{where}: blocks: {language}")
        _need_texts(AnswerText, texts.sms, f"{where}: answers: {language}")
        _need_texts([AnswerText.NEW_LINK], texts.email, f"{where}: answers: {language}")
    for step in protocol.steps:
        for slot in (*step.slots, *step.missed):
            if slot not in protocol.slots:
                raise DocumentError(f"{where}: step {step.id}: slots: {slot!r} is unknown")
    for asked in protocol.slots.values():
        companion = asked.together_with
        if companion and companion not in protocol.slots:
            raise DocumentError(f"{where}: slot {asked.id}: together_with: no slot {companion!r}")


def _need_texts(keys: Iterable[str], texts: Collection[str], where: str) -> None:
    for key in keys:
        if key not in texts:
            raise DocumentError(f"{where}: text {str(key)!r} is missing")
