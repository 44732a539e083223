"""How long before the start preparation has to begin, and how late a diary may start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.rules.ordered import Ordered
from scheduling.rules.procedure import Intent

ANALGESIC_HOLD_H = 8  # our default; pain pills would blur a diagnostic answer
FASTING_H = 8  # fatty food, the longest of the ASA fasting times
LIQUID_DIET_H = 24  # GLP-1 medicine and sedation, 2024 multisociety guidance
INTERPRETER_H = 48  # our default
NSAID_HOLD_H = 96  # naproxen and meloxicam, the longest
DIARY_HOURS = 8
LAST_TEXT = time(20, 45)  # the diary's last question; texts rest from 21:00

# Days a held blood thinner is out before the injection: the longest in use for its group.
HOLD_DAYS = {
    "aspirin": 6,
    "p2y12": 7,
    "warfarin": 5,
    "doac": 4,
    "heparin": 1,
    "fondaparinux": 4,
    "other": 7,
}


@dataclass(frozen=True, slots=True)
class Need:
    """One preparation: begins `lead` before the start."""

    lead: timedelta
    what: str


def needs(ordered: Ordered, policy: Mapping[str, object]) -> tuple[Need, ...]:
    """Every preparation this order asks for, the longest first."""
    hours = {
        "holding pain pills": hours_of(policy, "analgesic_hold_h", ANALGESIC_HOLD_H)
        if ordered.diagnostic
        else 0,
        "contrast premedication": max(ordered.premedication, default=0),
        "fasting": FASTING_H if ordered.sedation.needs_fasting else 0,
        "a liquid diet": LIQUID_DIET_H
        if ordered.sedated and ordered.answer("glp1") == "yes"
        else 0,
        "booking an interpreter": INTERPRETER_H if ordered.answer("interpreter") == "needed" else 0,
        "holding an NSAID": NSAID_HOLD_H if ordered.answer("nsaid") == "hold_ordered" else 0,
        "holding the blood thinner": hold_hours(ordered),
    }
    found = [Need(timedelta(hours=lead), what) for what, lead in hours.items() if lead]
    return tuple(sorted(found, key=lambda need: need.lead, reverse=True))


def hold_hours(ordered: Ordered) -> int:
    """Only a signed hold costs time; nobody holds a drug on our word."""
    if not ordered.hold:
        return 0
    return 24 * HOLD_DAYS.get(ordered.answer("anticoagulant"), HOLD_DAYS["other"])


def longest(ordered: Ordered, policy: Mapping[str, object]) -> timedelta:
    """The lead time of the order as a whole: feasible when now + lead <= start."""
    return max((need.lead for need in needs(ordered, policy)), default=timedelta())


def latest_start(
    intent: Intent, diary_hours: int = DIARY_HOURS, block: int = 30, last: time = LAST_TEXT
) -> time | None:
    """The latest start, by the clinic's wall clock, whose diary ends in waking hours.

    T0 falls at the end of the block (minutes) at the latest; None when no diary is kept.
    """
    if not intent.is_diagnostic:
        return None
    minutes = 60 * last.hour + last.minute - 60 * diary_hours - block
    return time(*divmod(max(minutes, 0), 60))


def too_late(start: datetime, zone: str, latest: time | None) -> bool:
    """Whether a start lies after the latest, on the wall clock of `zone`."""
    return latest is not None and start.astimezone(ZoneInfo(zone)).time() > latest


def hours_of(policy: Mapping[str, object], name: str, default: int) -> int:
    """Whole hours out of a location's policy."""
    value = policy.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is {value!r} in the location's policy: write whole hours")
    return value
