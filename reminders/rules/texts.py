"""The words of a protocol in one language, and how their gaps are filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from reminders.rules.table import ProtocolError, Table


class WordingError(ValueError):
    """A text cannot be written: a gap has no value, or is none we know."""


@dataclass(frozen=True, slots=True)
class Email:
    """Subject and plain body of an e-mail; neither says what the visit is for."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class BlockText:
    """Title and text of a part of the preparation page."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything said in one language. `clinical_words` may not leave the page."""

    language: str
    sms: Mapping[str, str]
    email: Mapping[str, Email]
    blocks: Mapping[str, BlockText]
    clinical_words: tuple[str, ...]

    def __contains__(self, key: str) -> bool:
        return key in self.sms or key in self.email or key in self.blocks

    def bodies(self) -> Iterable[tuple[str, str]]:
        """Every (key, text) there is, subjects and titles apart."""
        yield from self.sms.items()
        for key, email in self.email.items():
            yield f"{key} subject", email.subject
            yield key, email.body
        for key, block in self.blocks.items():
            yield key, block.text


def gaps(text: str) -> frozenset[str]:
    """The placeholders of a text; a malformed one is a WordingError."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as problem:
        raise WordingError(f"{text!r}: {problem}") from None
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise WordingError(f"{text!r}: placeholders are plain names, such as {{phone}}")
    return frozenset(name for _, name, _, _ in parts if name is not None)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every gap filled; an unknown gap or an empty value is a WordingError."""
    missing = sorted(name for name in gaps(text) if not values.get(name))
    if missing:
        raise WordingError(f"no value for {', '.join(missing)} in {text!r}")
    return text.format_map(values)


def read(source: Mapping[str, Any], where: str, placeholders: Iterable[str]) -> Texts:
    """Texts from a parsed file; every gap must be among the declared `placeholders`."""
    table = Table(source, where)
    texts = Texts(
        language=table.take("language", str),
        sms={key: _plain(key, value, where) for key, value in table.take("sms", dict, {}).items()},
        email={
            key: Email(*_pair(f"{where}: {key}", value, "subject", "body"))
            for key, value in table.take("email", dict, {}).items()
        },
        blocks={
            key: BlockText(*_pair(f"{where}: {key}", value, "title", "text"))
            for key, value in table.take("blocks", dict, {}).items()
        },
        clinical_words=table.each("clinical_words", str),
    )
    table.done()
    _check(texts, where, frozenset(placeholders))
    return texts


def _plain(key: str, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ProtocolError(f"{where}: {key}: expected a text")
    return value


def _pair(where: str, value: Any, first: str, second: str) -> tuple[str, str]:
    table = Table(value, where)
    pair = table.take(first, str), " ".join(table.take(second, str).split())
    table.done()
    return pair


def _check(texts: Texts, where: str, declared: frozenset[str]) -> None:
    for key, text in texts.bodies():
        try:
            unknown = sorted(gaps(text) - declared)
        except WordingError as problem:
            raise ProtocolError(f"{where}: {key}: {problem}") from None
        if unknown:
            raise ProtocolError(f"{where}: {key}: undeclared placeholder {', '.join(unknown)}")
