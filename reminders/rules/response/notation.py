"""How a diary is written on one line, and how its times are read back to people.

left@0.5h=1    the left joint scored 1 half an hour after T0
7d=1           seven days after T0, where only one joint is meant
2h=slept       a gap, not a number
1h=3,rest      marks follow commas: rest, done, recall, late, proxy, relayed, staff, reexam,
                   paper (`relayed`: entered by a proxy, but the patient's own number)
"""

import re
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from reminders.rules.response.case import Analgesic, AnswerChannel, Context, EnteredBy, Reading
from reminders.rules.response.thresholds import DAY, HOUR
from scheduling.rules.procedure import Agent, Drug, Side, Word

Known = TypeVar("Known", bound=Word)

UNITS = {"m": 1, "min": 1, "h": 60, "d": 24 * 60}
_TIME = re.compile(r"(\d*\.?\d+)(min|m|h|d)", re.IGNORECASE)
_SCORE = re.compile(r"(?:(?P<side>[^@=]*)@)?(?P<time>[^@=]*)=(?P<score>[^,=@]*)(?P<marks>(,\w+)*)")
_MARKS: dict[str, dict[str, object]] = {
    "rest": {"context": Context.REST},
    "done": {"activity_done": True},
    "recall": {"recall": True},
    "late": {"late": True},
    "proxy": {"entered_by": EnteredBy.PROXY},
    "relayed": {"entered_by": EnteredBy.PROXY, "patient_gave_number": True},
    "staff": {"entered_by": EnteredBy.STAFF},
    "reexam": {"entered_by": EnteredBy.STAFF, "reexam": True},
    "paper": {"channel": AnswerChannel.PAPER},
}


def minutes(text: str) -> int:
    """Whole minutes after T0: "0.5h" -> 30, "15min" -> 15, "7d" -> 10080."""
    found = _TIME.fullmatch(text.strip())
    amount = Fraction(found[1]) * UNITS[found[2].lower()] if found else None
    if amount is None or amount.denominator != 1:
        raise ValueError(f"{text!r} is no time after T0: write 0.5h, 15min or 7d (whole minutes).")
    return int(amount)


def spoken(minute: int) -> str:
    """A time as people read it: `20 min`, `3 h 47 min`, `24 h 40 min`, `7 d`, `2 d 3 h`.

    Exact minutes stand in the JSON of an answer; after two days nobody counts minutes.
    """
    if minute >= 2 * DAY:
        return _with_rest(minute // DAY, "d", minute % DAY // HOUR, "h")
    return _with_rest(minute // HOUR, "h", minute % HOUR, "min")


def _with_rest(whole: int, unit: str, rest: int, smaller: str) -> str:
    parts = [f"{whole} {unit}"] if whole else []
    return " ".join([*parts, f"{rest} {smaller}"] if rest or not whole else parts)


def names(words: type[Word]) -> str:
    """What may be written: "left, right, bilateral"."""
    return ", ".join(word.value for word in words)


def word(words: type[Known], text: str) -> Known:
    """A word of a closed vocabulary, whatever its case; it is never guessed."""
    wanted = text.strip().casefold()
    for known in words:
        if known.value.casefold() == wanted:
            return known
    raise ValueError(f"{text!r} is no {words.__name__.lower()}: write one of {names(words)}.")


def side(text: str) -> Side:
    """A side by its name."""
    return word(Side, text)


def joint_number(text: str, what: str, highest: int) -> tuple[Side, int]:
    """A whole number of one joint: "left=7" -> (LEFT, 7)."""
    name, found, number = text.partition("=")
    if not found:
        raise ValueError(f"{text!r} names no joint: write left=N or right=N.")
    joint = side(name)
    if joint is Side.BILATERAL:
        raise ValueError(f"{text!r} is for both joints: say left=N and right=N apart.")
    return joint, whole(number, what, 0, highest)


def whole(text: str, what: str, lowest: int, highest: int) -> int:
    """A whole number within bounds, both included."""
    if not re.fullmatch(r"[0-9]{1,3}", text.strip()) or not lowest <= int(text) <= highest:
        wanted = f"write a whole number from {lowest} to {highest}"
        raise ValueError(f"{text!r} is no {what}: {wanted}.")
    return int(text)


def agent(text: str) -> Agent:
    """A drug drawn up for each joint, its volume if known: "bupivacaine:1.5ml"."""
    name, found, volume = text.partition(":")
    return Agent(word(Drug, name), volume=_millilitres(volume) if found else None)


def _millilitres(text: str) -> float:
    found = re.fullmatch(r"(\d{1,2}(\.\d+)?)ml", text.strip().lower())
    if not found or not float(found[1]):
        raise ValueError(f"{text!r} is no volume: write it in mL, as bupivacaine:1.5ml.")
    return float(found[1])


def reading(text: str, performed: Side) -> Reading:
    """One reading, as the module's docstring shows; a bilateral case names the joint."""
    found = _SCORE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no reading: write 0.5h=1, or left@0.5h=1.")
    return _marked(
        Reading(
            side=_reading_side(found["side"], performed, text),
            score=None if found["score"] == "slept" else whole(found["score"], "score", 0, 10),
            minute=minutes(found["time"]),
            slept=found["score"] == "slept",
        ),
        [mark for mark in found["marks"].split(",") if mark],
    )


def _reading_side(name: str | None, performed: Side, text: str) -> Side:
    """The joint meant; `bilateral@` is one number for two joints, which says so and no more."""
    if name is None and performed is Side.BILATERAL:
        raise ValueError(f"{text!r} names no joint of two: write left@... or right@...")
    meant = performed if name is None else side(name)
    if meant not in (performed, *performed.joints):
        raise ValueError(f"{meant.value} was not injected, {performed.value} was: mend the side.")
    return meant


def _marked(plain: Reading, marks: list[str]) -> Reading:
    for mark in marks:
        if mark not in _MARKS:
            raise ValueError(f"{mark!r} is no mark of a reading: use {', '.join(_MARKS)}.")
        plain = replace(plain, **_MARKS[mark])  # type: ignore[arg-type]
    return plain


def analgesic(text: str) -> Analgesic:
    """A pain medicine and its time: "ibuprofen@1.5h"."""
    name, found, when = text.partition("@")
    if not found or not name.strip():
        raise ValueError(f"{text!r} is no pain medicine: write name@time, as ibuprofen@1.5h.")
    return Analgesic(name.strip(), minutes(when))
