"""The signed decision about a blood thinner."""

from copy import copy
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.utils.timesince import timesince

from scheduling import bookings
from scheduling.bookings import pauses
from scheduling.models import AnticoagulantDecision, Injection, Order
from scheduling.rules.procedure import HoldDecision
from scheduling.staff import User
from scheduling.validation import aware, refuse, text, word


@transaction.atomic
def decide_anticoagulant(
    *,
    order: Order,
    decision: HoldDecision,
    drug: str,
    prescriber: str,
    last_dose_at: datetime | None,
    restart_on: date | None,
    by: User | None,
    at: datetime,
) -> AnticoagulantDecision:
    """Sign what happens with the blood thinner; the decision before it becomes void.

    A hold names its last dose, still ahead and before the booked start, and its restart, not before
    the injection. Other dates than a standing hold's are a new promise: the patient may know the
    old ones.
    """
    decision = word(HoldDecision, decision, "decision")
    aware(last_dose_at=last_dose_at)
    injection = bookings.live(bookings.lock_order(order))
    names = {"drug": text(drug, 60, "drug"), "prescriber": text(prescriber, 80, "prescriber")}
    names["by"] = "" if by else "Sign in: a decision has an author."
    standing = order.anticoagulant_decisions.filter(void=False)
    held = standing.filter(decision=HoldDecision.HOLD)
    told = list(held.values_list("last_dose_at", "restart_on"))
    ahead = at if (last_dose_at, restart_on) not in told else None
    refuse(names | _dates(decision, last_dose_at, restart_on, injection, ahead))
    promise_changed = any(dates != (last_dose_at, restart_on) for dates in told)
    if promise_changed:
        pauses.report(order, injection, at, "and its order was changed")
    standing.update(void=True)
    signed = AnticoagulantDecision.objects.create(
        order=order,
        decision=decision,
        drug=drug.strip(),
        prescriber=prescriber.strip(),
        last_dose_at=last_dose_at,
        restart_on=restart_on,
        signed_by=cast(User, by),  # refused above
        signed_at=at,
    )
    bookings.follow(order=order, before=copy(order), by=by, at=at, promise_changed=promise_changed)
    return signed


def _dates(
    decision: HoldDecision,
    last_dose_at: datetime | None,
    restart_on: date | None,
    injection: Injection | None,
    ahead: datetime | None,
) -> dict[str, str]:
    """What is wrong with the dates of a decision, by field; the last dose lies after `ahead`."""
    if decision is HoldDecision.CONTINUE:
        surplus = last_dose_at or restart_on
        return {"decision": "Dates belong to a hold, not to continuing." if surplus else ""}
    if last_dose_at is None or restart_on is None:
        return {"last_dose_at": "A hold names the last dose and the day of the restart."}
    faults = {"restart_on": "The restart lies before the last dose."}
    if restart_on >= last_dose_at.date():
        faults = {}
    if ahead and last_dose_at <= ahead:
        ago = timesince(last_dose_at, ahead).replace("\xa0", " ")
        faults["last_dose_at"] = (
            f"This was {ago} ago, and nobody can be told a time that has passed: let the patient "
            "continue, or move the injection."
        )
    if injection and last_dose_at >= injection.start:
        faults["last_dose_at"] = "The last dose lies after the booked start."
    if injection and restart_on < injection.start.astimezone(last_dose_at.tzinfo).date():
        faults["restart_on"] = "The restart lies before the day of the injection."
    return faults
