"""The time-out: recorded once the patient is here, and again when something changed."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from scheduling.bookings import changes, cosignatures
from scheduling.models import Injection, TimeOut
from scheduling.rules.procedure import InjectionState, Side
from scheduling.rules.time_out import Identifier, identifiers_fault, said_side_fault
from scheduling.staff import User
from scheduling.validation import refuse, word


@transaction.atomic
def time_out(
    *,
    injection: Injection,
    identifiers: Collection[Identifier],
    side: Side,
    driver_seen: bool | None,
    by: User | None,
    at: datetime,
) -> TimeOut:
    """Record what was checked with the patient; `driver_seen` None is unknown.

    Refused with fewer than two identifiers, when the patient says another side than booked, or
    while the order waits for its co-signature.
    """
    checked = {word(Identifier, each, "identifiers") for each in identifiers}
    side = word(Side, side, "side")
    changes.lock_injection(injection, InjectionState.ARRIVED)
    cosignatures.require_signed(injection)
    refuse(
        {
            "identifiers": identifiers_fault(checked),
            "side": said_side_fault(side, injection.side),
        }
    )
    facts = {"identifiers": sorted(checked), "side": side, "driver_seen": driver_seen}
    kept, _ = TimeOut.objects.update_or_create(
        injection=injection, defaults={**facts, "by": by, "at": at}
    )
    return kept
