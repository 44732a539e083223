"""The numbers that booking counts with: what they are, and which of them nobody can mean.

Values and sources stand in `scheduling/policy/booking.toml`. Names that a protocol has as well are
one setting. They stand in both documents, because booking asks before a patient has a protocol,
and because a stored protocol keeps for ever what its patients were told;
`tests/architecture/test_defaults.py` holds the shipped values equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Self

from scheduling.rules.cosignature import CosignBefore, Cosigner
from scheduling.rules.procedure import DriverRule
from scheduling.rules.settings import typed

HIGHEST = {"min": 24 * 60, "h": 14 * 24, "hours": 24, "days": 366, "mmhg": 300, "mgdl": 2000}
"""By the unit that ends a name: what lies above is a slip of the pen."""
# A room or a bay that is needed for no time at all could not be reserved; a page needs time to be
# read; a limit that everybody reaches is none.
NEVER_ZERO = (
    *("room_min", "room_sedation_min", "recovery_min", "recovery_sedation_min", "grid_min"),
    "page_next_after_min",
    *("systolic_hold_mmhg", "diastolic_hold_mmhg", "glucose_tell_mgdl", "glucose_postpone_mgdl"),
)
# An order is screened before anybody chooses a location.
SAME_EVERYWHERE = ("antibiotic_free_days", "vaccine_before_days", "vaccine_after_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPolicy:
    """Whole minutes, hours and days, as each name ends; times are wall clock at the clinic.

    arrival, setup, room, second_side, turnover, recovery: how long each part of a visit takes. With
        sedation, and for a diagnostic injection the recovery, other values apply.
    grid_min: starts lie so far apart on the clock's face.
    diary_hours, waking_until: a diary lasts so long, and its last text leaves by then.
    analgesic_hold_h, fatty_food_h, liquid_diet_h, interpreter_h, nsaid_hold_h: how long before the
        start a preparation begins. hold_..._days: the same, for a blood thinner held by order.
    hold_told_days: so long before the last dose the patient is told, and may have paused since.
    driver: who has to name one.
    after_steroid_days, after_anaesthetic_days: between two blocks of one joint.
    no_show_after_min: when somebody may say, after the start, that the patient has not come.
    ..._due_days: how long before the start the work is due that a check opens; work_due_days: all
        that has no name of its own.
    glucose_watch_days: closer testing after a steroid. antibiotic_free_days, vaccine_before_days,
        vaccine_after_days: what two answers of the screening mean.
    call_back_h, note_read_h, flare_call_days, signature_again_days: how soon a person phones, reads
        what a patient wrote, asks about pain that lasts, looks at a signature again.
    systolic_hold_mmhg, diastolic_hold_mmhg, glucose_tell_mgdl, glucose_postpone_mgdl: values on
        arrival from which, and above which, a physician decides.
    cosign_before, cosigner: what waits for the co-signature of an order that somebody else entered,
        and who gives it. cosign_due_h: how soon.
    page_next_after_min: so long a page about a warning sign may wait before the next is paged.
    """

    arrival_min: int
    arrival_sedation_min: int
    setup_min: int
    room_min: int
    room_sedation_min: int
    second_side_min: int
    turnover_min: int
    turnover_sedation_min: int
    recovery_min: int
    recovery_sedation_min: int
    recovery_diagnostic_min: int
    grid_min: int
    diary_hours: int
    waking_until: time
    analgesic_hold_h: int
    fatty_food_h: int
    liquid_diet_h: int
    interpreter_h: int
    nsaid_hold_h: int
    hold_told_days: int
    hold_aspirin_days: int
    hold_p2y12_days: int
    hold_warfarin_days: int
    hold_doac_days: int
    hold_heparin_days: int
    hold_fondaparinux_days: int
    hold_other_days: int
    driver: DriverRule
    after_steroid_days: int
    after_anaesthetic_days: int
    no_show_after_min: int
    work_due_days: int
    interpreter_due_days: int
    insulin_call_due_days: int
    driver_due_days: int
    latex_room_due_days: int
    glucose_watch_days: int
    antibiotic_free_days: int
    vaccine_before_days: int
    vaccine_after_days: int
    systolic_hold_mmhg: int
    diastolic_hold_mmhg: int
    glucose_tell_mgdl: int
    glucose_postpone_mgdl: int
    call_back_h: int
    note_read_h: int
    flare_call_days: int
    signature_again_days: int
    cosign_before: CosignBefore
    cosigner: Cosigner
    cosign_due_h: int
    page_next_after_min: int

    def __post_init__(self) -> None:
        """Refuse values that no clinic can mean."""
        for field in fields(self):
            low, high = int(field.name in NEVER_ZERO), HIGHEST.get(field.name.rpartition("_")[2])
            value = getattr(self, field.name)
            if high and not low <= value <= high:
                raise ValueError(f"{field.name} is {value}: write a whole number, {low} to {high}")
        if 60 % self.grid_min:
            raise ValueError(f"grid_min is {self.grid_min}: write a divisor of 60")

    def but(self, overrides: Mapping[str, object]) -> Self:
        """This policy with a location's own values; bad ones are ValueErrors.

        A location holds values for the protocol too: names that booking does not know are left out.
        """
        for name in SAME_EVERYWHERE:
            if name in overrides:
                raise ValueError(f"{name} is the same at every location: leave it out here")
        return replace(self, **typed(BookingPolicy, overrides, elsewhere=overrides))
