"""How long everything about one injection takes, in minutes.

The numbers are our defaults; a location's policy replaces any of them by the same name. A room
block holds the procedure; set-up lies before it and is nothing unless a site says so; turnover lies
after it. Physician, suite and C-arm are held from set-up to turnover. The recovery bay is held from
the block's end, not before: arriving patients wait elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduling.rules.procedure import Intent, Sedation, Side

DEFAULTS: dict[str, int] = {
    "arrival_min": 30,
    "arrival_sedation_min": 60,
    "setup_min": 0,
    "room_min": 30,
    "room_sedation_min": 40,
    "second_side_min": 15,
    "turnover_min": 10,
    "turnover_sedation_min": 15,
    "recovery_min": 30,
    "recovery_sedation_min": 60,
    "recovery_diagnostic_min": 45,  # stays for the 30-minute score and the re-examination
}


@dataclass(frozen=True, slots=True)
class Durations:
    """Minutes. `arrival` and `setup` lie before the start, the others follow from it in turn."""

    arrival: int
    setup: int
    block: int
    turnover: int
    recovery: int


def durations(
    side: Side, intent: Intent, sedation: Sedation, policy: Mapping[str, object]
) -> Durations:
    """The minutes of one injection under a location's policy; what is no minutes is an error."""
    minutes = {name: whole(name, policy.get(name, default)) for name, default in DEFAULTS.items()}
    kind = "min" if sedation is Sedation.NONE else "sedation_min"
    second = minutes["second_side_min"] if side is Side.BILATERAL else 0
    recovery = minutes[f"recovery_{kind}"]
    if intent.is_diagnostic:
        recovery = max(recovery, minutes["recovery_diagnostic_min"])
    return Durations(
        arrival=minutes[f"arrival_{kind}"],
        setup=minutes["setup_min"],
        block=minutes[f"room_{kind}"] + second,
        turnover=minutes[f"turnover_{kind}"],
        recovery=recovery,
    )


def whole(name: str, value: object) -> int:
    """Minutes out of a policy."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(
            f"{name} is {value!r} in the location's policy: write whole minutes, 0 or more"
        )
    return value
