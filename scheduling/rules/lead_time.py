"""How long before the start preparation has to begin, and how late a diary may start."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.rules.ordered import Ordered
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import Intent


@dataclass(frozen=True, slots=True)
class Need:
    """One preparation: begins `lead` before the start."""

    lead: timedelta
    what: str


def needs(ordered: Ordered, policy: BookingPolicy) -> tuple[Need, ...]:
    """Every preparation this order asks for, the longest first."""
    answer = ordered.answer
    hours = (
        (ordered.diagnostic, policy.analgesic_hold_h, "holding pain pills"),
        (True, max(ordered.premedication, default=0), "contrast premedication"),
        (ordered.sedation.needs_fasting, policy.fatty_food_h, "fasting"),
        (ordered.sedated and answer("glp1") == "yes", policy.liquid_diet_h, "a liquid diet"),
        (answer("interpreter") == "needed", policy.interpreter_h, "booking an interpreter"),
        (answer("nsaid") == "hold_ordered", policy.nsaid_hold_h, "holding an NSAID"),
        (ordered.hold, 24 * _hold_days(ordered, policy), "holding the blood thinner"),
    )
    found = [Need(timedelta(hours=lead), what) for asked, lead, what in hours if asked and lead]
    return tuple(sorted(found, key=lambda need: need.lead, reverse=True))


def _hold_days(ordered: Ordered, policy: BookingPolicy) -> int:
    """How long before the start the blood thinner is out, once its hold is signed."""
    days = {
        "aspirin": policy.hold_aspirin_days,
        "p2y12": policy.hold_p2y12_days,
        "warfarin": policy.hold_warfarin_days,
        "doac": policy.hold_doac_days,
        "heparin": policy.hold_heparin_days,
        "fondaparinux": policy.hold_fondaparinux_days,
    }
    return days.get(ordered.answer("anticoagulant"), policy.hold_other_days)


def longest(ordered: Ordered, policy: BookingPolicy) -> timedelta:
    """The lead time of the order as a whole: feasible when now + lead <= start."""
    return max((need.lead for need in needs(ordered, policy)), default=timedelta())


def latest_start(intent: Intent, block: int, policy: BookingPolicy) -> time | None:
    """The latest start, by the clinic's wall clock, whose diary ends in waking hours.

    T0 falls at the end of the block (minutes) at the latest; None when no diary is kept.
    """
    if not intent.is_diagnostic:
        return None
    last = policy.waking_until
    minutes = 60 * (last.hour - policy.diary_hours) + last.minute - block
    return time(*divmod(max(minutes, 0), 60))


def too_late(start: datetime, zone: str, latest: time | None) -> bool:
    """Whether a start lies after the latest, on the wall clock of `zone`."""
    return latest is not None and start.astimezone(ZoneInfo(zone)).time() > latest
