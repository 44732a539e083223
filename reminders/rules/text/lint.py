"""Faults of a protocol's texts: too long, too telling, too hard, or dangerous."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reminders.rules.protocol import Protocol
from reminders.rules.text.reading_grade import grade
from reminders.rules.text.replies import AnswerText
from reminders.rules.text.sms import encoding, fits, normalise, units
from reminders.rules.text.texts import Texts, fill

HARDEST_GRADE = 6.0

# Answers to an answer, and the last word after STOP.
NEEDS_NO_STOP = frozenset(
    (
        AnswerText.SCORE_SAVED,
        AnswerText.LAST_SCORE_SAVED,
        AnswerText.NOT_UNDERSTOOD,
        AnswerText.OPTED_OUT,
    )
)

# Conditions under which a page may say that a medicine is not to be taken.
MAY_HOLD = frozenset(("anticoagulant_hold", "nsaid_hold", "diagnostic"))

_INVITES = re.compile(
    r"\b(?:reply|text|send|answer)\b[^.!?]{0,20}\b(YES|CANCEL|END|QUIT|REVOKE|REMOVE|UNSUBSCRIBE)\b",
    re.IGNORECASE,
)
_MEDICINE = re.compile(
    r"\b(pills?|medicines?|medications?|drugs?|doses?|thinners?|tablets?|tak(e|ing) it)\b|\{drug\}",
    re.IGNORECASE,
)
_STOPPING = re.compile(
    r"\b(stop|skip|pause|quit|hold|omit|do not take|don't take|last dose)\b", re.IGNORECASE
)
_KEEPING = re.compile(
    r"\b(do not|don't|never) (stop|skip|pause|quit|change)\b|\bstop only if\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault of one text, with how to mend it."""

    language: str
    key: str
    fault: str

    def __str__(self) -> str:
        return f"{self.language} {self.key}: {self.fault}"


def lint(protocol: Protocol) -> list[Complaint]:
    """Every fault of every text, with the longest values each gap may get."""
    return [
        Complaint(texts.language, key, fault)
        for texts in protocol.texts.values()
        for key, fault in _faults(protocol, texts)
    ]


def _faults(protocol: Protocol, texts: Texts) -> Iterator[tuple[str, str]]:
    longest = protocol.placeholders
    clinical = _forbidden(texts)
    for key, text in texts.sms.items():
        yield from ((key, fault) for fault in _sms_faults(key, text, fill(text, longest)))
    for key, text in _leaving(texts):
        yield from ((key, fault) for fault in _telling(text, clinical))
    may_hold = _may_hold(protocol)
    for key, text in _whole(texts):
        yield from ((key, fault) for fault in _reading(fill(text, longest)))
        if key not in may_hold:
            yield from ((key, fault) for fault in _stopping(text))


def _forbidden(texts: Texts) -> re.Pattern[str]:
    """Each clinical word as a beginning, or as a whole word when it ends in `$`."""
    stems = (
        re.escape(word.removesuffix("$")) + r"\b" * word.endswith("$")
        for word in texts.clinical_words
    )
    return re.compile(rf"\b({'|'.join(stems)})", re.IGNORECASE)


def _leaving(texts: Texts) -> Iterator[tuple[str, str]]:
    """What leaves the clinic: texts, subjects and bodies."""
    yield from texts.sms.items()
    for key, email in texts.email.items():
        yield key, f"{email.subject}. {email.body}"


def _whole(texts: Texts) -> Iterator[tuple[str, str]]:
    yield from _leaving(texts)
    for key, block in texts.blocks.items():
        yield key, f"{block.title}. {block.text}"


def _may_hold(protocol: Protocol) -> frozenset[str]:
    """Blocks that are shown only under a condition that allows such words."""
    return frozenset(
        block.id
        for block in protocol.blocks
        if any(condition.expected and condition.name in MAY_HOLD for condition in block.when)
    )


def _sms_faults(key: str, text: str, filled: str) -> Iterator[str]:
    if not fits(filled):
        size = f"{units(filled)} units in {encoding(filled).value}"
        yield f"does not fit one part of 160 septets with the longest values: {size}"
    if normalise(text) != text:
        yield "has typographic characters: write plain quotes, dashes and spaces"
    if key not in NEEDS_NO_STOP and not re.search(r"\bSTOP to opt out\.", text):
        yield "does not end with STOP to opt out"


def _telling(text: str, clinical: re.Pattern[str]) -> Iterator[str]:
    for word in sorted({found.lower() for found in clinical.findall(text)}):
        yield f"says {word!r}: what the visit is for stays on the page"
    for word in _INVITES.findall(text):
        yield f"invites a reply of {word}: carriers take that word for themselves"


def _reading(filled: str) -> Iterator[str]:
    hard = grade(filled)
    if hard > HARDEST_GRADE:
        yield f"needs school grade {hard:.1f}: use shorter words and sentences (6 at most)"


def _stopping(text: str) -> Iterator[str]:
    """A sentence that tells to stop a medicine where no order can stand behind it."""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        rest = _KEEPING.sub("", sentence).replace("STOP to opt out", "")
        if _STOPPING.search(rest) and _MEDICINE.search(rest):
            yield f"tells to stop a medicine without an order: {sentence!r}"
