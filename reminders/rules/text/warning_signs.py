"""Signs of danger in a patient's own words, by a vocabulary that clinicians read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from scheduling.rules.procedure import Word

_GAP = r"(?:\w+ ){0,3}"


class Concern(Word):
    """How worrying a patient's own words are."""

    NONE = "none"
    NUMB_AS_EXPECTED = "numb_as_expected"
    RED_FLAG = "red_flag"


@dataclass(frozen=True, slots=True)
class WarningSign:
    """`phrases` are plain words; one that ends in * has any ending, # is a number, ... a gap."""

    id: str
    title: str
    phrases: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """All signs, and what makes a numb leg no sign: alone, and within `expected_until` after T0."""

    signs: tuple[WarningSign, ...]
    harmless: tuple[str, ...]
    expected_signs: frozenset[str]
    expected_words: frozenset[str]
    expected_until: timedelta

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {sign.id: _pattern(sign.phrases) for sign in self.signs}

    @cached_property
    def _harmless(self) -> re.Pattern[str]:
        return _pattern(self.harmless)

    def signs_in(self, plain: str) -> tuple[str, ...]:
        """The ids of the signs that these words tell of; `plain` is as `replies.plain` makes it."""
        told = self._harmless.sub(" ", plain)
        return tuple(name for name, words in self._patterns.items() if words.search(told))

    def concern(self, plain: str, t0: datetime | None, at: datetime) -> Concern:
        """Judge words that were written at a time; a leg that may still be numb is no sign."""
        found = self.signs_in(plain)
        if not found:
            return Concern.NONE
        may_be_numb = t0 is not None and t0 <= at <= t0 + self.expected_until
        if may_be_numb and self._is_one_leg(found, plain):
            return Concern.NUMB_AS_EXPECTED
        return Concern.RED_FLAG

    def _is_one_leg(self, found: Iterable[str], plain: str) -> bool:
        """Whether a weak or numb leg is all that was said."""
        rest = plain
        for name in self.expected_signs:
            rest = self._patterns[name].sub(" ", rest)
        return self.expected_signs.issuperset(found) and self.expected_words.issuperset(
            rest.split()
        )


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_expression(phrase) for phrase in phrases)})(?!\w)")


def _expression(phrase: str) -> str:
    """`throat ... clos*` as a regular expression over words with one space between."""
    return "".join(_words(phrase)).strip()


def _words(phrase: str) -> Iterator[str]:
    for word in phrase.split():
        if word == "...":
            yield _GAP
        elif word == "#":
            yield r"\d+ "
        elif word.endswith("*"):
            yield rf"{re.escape(word[:-1])}\w* "
        else:
            yield f"{re.escape(word)} "
