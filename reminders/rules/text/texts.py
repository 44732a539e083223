"""The words of a protocol in one language, and how their gaps are filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter


class WordingError(ValueError):
    """A text cannot be written: a gap has no value, or is none we know."""


@dataclass(frozen=True, slots=True)
class EmailText:
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
    email: Mapping[str, EmailText]
    blocks: Mapping[str, BlockText]
    clinical_words: tuple[str, ...]

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
