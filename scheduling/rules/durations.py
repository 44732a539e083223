"""How long everything about one injection takes, in minutes.

A room block holds the procedure; set-up lies before it and is nothing unless a site says so;
turnover lies after it. Physician, suite and C-arm are held from set-up to turnover. The recovery
bay is held from the block's end, not before: arriving patients wait elsewhere.
"""

from dataclasses import dataclass

from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import Intent, Sedation, Side


@dataclass(frozen=True, slots=True)
class Durations:
    """Minutes. `arrival` and `setup` lie before the start, the others follow from it in turn."""

    arrival: int
    setup: int
    block: int
    turnover: int
    recovery: int

    @property
    def stay(self) -> int:
        """From the arrival until the patient may leave."""
        return self.arrival + self.block + self.recovery


def durations(side: Side, intent: Intent, sedation: Sedation, policy: BookingPolicy) -> Durations:
    """The minutes of one injection under a location's policy."""
    sedated = sedation is not Sedation.NONE
    room = policy.room_sedation_min if sedated else policy.room_min
    second = policy.second_side_min if side is Side.BILATERAL else 0
    recovery = policy.recovery_sedation_min if sedated else policy.recovery_min
    return Durations(
        arrival=policy.arrival_sedation_min if sedated else policy.arrival_min,
        setup=policy.setup_min,
        block=room + second,
        turnover=policy.turnover_sedation_min if sedated else policy.turnover_min,
        recovery=max(recovery, policy.recovery_diagnostic_min if intent.is_diagnostic else 0),
    )
