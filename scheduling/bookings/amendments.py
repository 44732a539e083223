"""A booking follows its order when the order changes."""

from copy import copy
from datetime import datetime

import pghistory
from django.db import transaction

from scheduling.bookings import booking_checks, changes, cosignatures, pauses
from scheduling.bookings.reservations import ResourceTaken, lock, release, reserve, reserved
from scheduling.errors import WrongState
from scheduling.finding import finder
from scheduling.finding.proposals import proposal
from scheduling.models import Injection, Order
from scheduling.rules.checks import check
from scheduling.rules.procedure import InjectionState, Side
from scheduling.staff import User
from scheduling.validation import refuse, text, word

BEFORE_T0 = (InjectionState.BOOKED, InjectionState.ARRIVED)


def _promised_facts(order: Order) -> tuple[object, ...]:
    """The facts of an order that decide what the patient is told: fasting, pain pills, driver."""
    return order.side, order.intent, order.sedation, order.premedication


def _resource_facts(order: Order) -> tuple[object, ...]:
    """The facts of an order that decide which resources it needs, and for how long."""
    return order.side, order.intent, order.sedation, order.guidance


def follow(
    *, order: Order, before: Order, by: User | None, at: datetime, promise_changed: bool = False
) -> None:
    """Make the live booking agree with its amended order; `before` is the order as it was.

    Resources are reserved anew for the same time where length or kinds differ; raises `SlotTaken`
    when they are not free. The revision grows where the patient was told something else: by the
    facts of the order, or because the caller says so with `promise_changed`.
    """
    injection = changes.live(order)
    if injection is None:
        return
    with changes.reserving(order, injection.location, injection.start, at):
        changes.lock_injection(injection, *BEFORE_T0)
        injection.order = order
        if promise_changed or _promised_facts(order) != _promised_facts(before):
            changes.revise(injection, at)
        injection.side, injection.changed_at = order.side, at
        injection.during = changes.span(order, injection.location, injection.start)
        injection.save()
        if _resource_facts(order) != _resource_facts(before):
            _reassign(injection)
        if order.side != before.side:
            pauses.report(order, injection, at, "and the side was changed")
        _recheck(injection, by, at)


def _reassign(injection: Injection) -> None:
    """Reserve what the order needs now, the same resources where they are free."""
    now = reserved(injection)
    resources = finder.assign(
        order=injection.order,
        location=injection.location,
        start=injection.start,
        ignoring=injection.pk,
        keep=now,
    )
    if resources is None:
        raise ResourceTaken(
            "What the order needs now is not free at the booked time: move the injection first."
        )
    lock(injection.patient_id, now, resources)
    changes.check_free(
        injection.order, injection.location, injection.start, resources, ignoring=injection.pk
    )
    release(injection)
    reserve(injection, resources)


def _recheck(injection: Injection, by: User | None, at: datetime) -> None:
    """Check the booking again, under its present revision."""
    asked = proposal(
        order=injection.order,
        location=injection.location,
        start=injection.start,
        at=at,
        injection=injection,
    )
    found = booking_checks.for_existing(injection, check(asked))
    booking_checks.record(injection=injection, found=found, by=by, at=at)


@transaction.atomic
def amend_side(
    *, injection: Injection, side: Side, why: str, by: User | None, at: datetime
) -> Injection:
    """The clinician amends the side, in the order and in the booking, before T0."""
    side = word(Side, side, "side")
    refuse({"why": text(why, 200, "reason")})
    order = changes.lock_order(injection.order)
    before = copy(order)
    with pghistory.context(why=why):
        order.side, order.amended_why = side, why.strip()
        cosignatures.enter_again(order, side is not before.side, by, at)
        order.save(update_fields=["side", "amended_why", *cosignatures.ENTERED])
        if changes.live(order) is None:
            raise WrongState(
                f"This injection is {injection.state.label.lower()}: nothing is booked."
            )
        follow(order=order, before=before, by=by, at=at)
        cosignatures.settle(order, at)
    injection.refresh_from_db()
    return injection
