"""The vocabulary of warning signs: `reminders/protocols/warning_signs.toml`, read once."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from reminders.rules.text.warning_signs import Vocabulary, WarningSign
from scheduling.documents import DocumentError, SettingTable, Source, Table, toml, validated

SHIPPED = Path(__file__).with_name("warning_signs.toml")
Words = Annotated[list[str], Field(min_length=1)]


class SignTable(Table):
    """One sign: the phrases that tell of it, and examples that must be found."""

    id: str
    title: str
    source: Source
    phrases: Words
    examples: Words


class ExpectedTable(Table):
    """Which signs may be expected, for how long, and beside which words."""

    signs: Words
    until_h: SettingTable
    words: Words


class VocabularyDocument(Table):
    """The whole file."""

    expected: ExpectedTable
    harmless: Words
    signs: list[SignTable]


@lru_cache(maxsize=1)
def shipped() -> Vocabulary:
    """The vocabulary that comes with Blockwise."""
    return load(SHIPPED)


def load(path: Path) -> Vocabulary:
    """Read and validate a file; `DocumentError` says what is wrong with it."""
    document = validated(VocabularyDocument, toml(path), path.name)
    expected, known = document.expected, {table.id for table in document.signs}
    for name in expected.signs:
        if name not in known:
            raise DocumentError(f"{path.name}: expected: signs: {name!r} is unknown")
    if not isinstance(expected.until_h.value, int):
        raise DocumentError(f"{path.name}: expected: until_h: write whole hours")
    return Vocabulary(
        signs=tuple(_sign(table) for table in document.signs),
        harmless=tuple(document.harmless),
        expected_signs=frozenset(expected.signs),
        expected_words=frozenset(expected.words),
        expected_until=timedelta(hours=expected.until_h.value),
    )


def _sign(table: SignTable) -> WarningSign:
    return WarningSign(table.id, table.title, tuple(table.phrases), tuple(table.examples))
