"""Book, move, cancel, confirm: everything up to the day of the procedure.

Whoever books or moves locks the patient and the resources, checks whether everything is free, and
reserves it. What is not free raises `SlotTaken`, which knows other openings.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from scheduling.bookings import booking_checks, changes, cosignatures, pauses
from scheduling.bookings.reservations import lock, release, reserve, reserved
from scheduling.errors import WrongState
from scheduling.finding.proposals import proposal
from scheduling.finding.resources import ResourceSet
from scheduling.models import Injection, Location, Order
from scheduling.people.contacts import e164
from scheduling.rules.procedure import InjectionState
from scheduling.staff import User
from scheduling.validation import refuse, text


def book(
    *,
    order: Order,
    location: Location,
    start: datetime,
    resources: ResourceSet,
    by: User | None,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
    overbook_why: str = "",
) -> Injection:
    """Book a time for the patient and reserve everything it needs.

    `overrides` gives reasons by code of an overridable check. `overbook_why` books even what is not
    free, visibly and in the name of `by`. Raises `SlotTaken`, `Blocked`, `WrongState`.
    """
    changes.check_start(start, at)
    _check_overbook(overbook_why, by)
    why = overbook_why.strip()
    with changes.reserving_in_turn(order, location, start, resources, at, why):
        overbooked = changes.check_free(order, location, start, resources, why)
        _check_not_booked(changes.reread_order(order))
        asked = proposal(order=order, location=location, start=start, at=at)
        found = booking_checks.require(asked, overrides or {})
        injection = Injection.objects.create(
            order=order,
            patient_id=order.patient_id,
            location=location,
            side=order.side,
            during=changes.span(order, location, start),
            state_at=at,
            promised_at=at,
            booked_at=at,
            changed_at=at,
        )
        reserve(injection, resources, overbooked, why, by)
        booking_checks.record_first(
            injection=injection, found=found, by=by, at=at, overrides=overrides
        )
        cosignatures.follow(order, injection)
    return injection


def _check_overbook(overbook_why: str, by: User | None) -> None:
    """Refuse an overbook without an owner, or with a reason that does not fit."""
    if overbook_why:
        refuse({"overbook_why": text(overbook_why, 200, "reason for overbooking")})
        refuse({"by": "" if by else "Sign in: an overbook has an owner."})


def _check_not_booked(order: Order) -> None:
    """Raise `WrongState` for an order that is booked already: it is carried out once."""
    injection = changes.live(order)
    if injection:
        state = injection.state.label.lower()
        raise WrongState(f"This order is {state} already: move that booking, or place a new order.")


def move(
    *,
    injection: Injection,
    start: datetime,
    resources: ResourceSet,
    by: User | None,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
    overbook_why: str = "",
) -> Injection:
    """Give the patient another time, or the injection other resources, which is no new promise.

    A new time is unconfirmed. A new day forgets the driver and voids a signed hold of a blood
    thinner, whose dates belonged to the old day. Raises as `book` does.
    """
    changes.check_start(start, at)
    _check_overbook(overbook_why, by)
    order, location = injection.order, injection.location
    with changes.reserving(order, location, start, at):
        order = changes.lock_injection(injection, InjectionState.BOOKED).order
        lock(injection.patient_id, resources, reserved(injection))
        why = overbook_why.strip()
        overbooked = changes.check_free(
            order, location, start, resources, why, ignoring=injection.pk
        )
        if start != injection.start:
            _new_time(injection, start, at)
        asked = proposal(order=order, location=location, start=start, at=at, injection=injection)
        found = booking_checks.require(asked, overrides or {})
        injection.changed_at = at
        injection.save()
        release(injection)
        reserve(injection, resources, overbooked, why, by)
        booking_checks.record(injection=injection, found=found, by=by, at=at, overrides=overrides)
        cosignatures.follow(order, injection)
    return injection


def _new_time(injection: Injection, start: datetime, at: datetime) -> None:
    """Set a new time, and forget what was agreed for the old one."""
    old_day = changes.local_day(injection.location, injection.start)
    if changes.local_day(injection.location, start) != old_day:
        injection.driver_name = injection.driver_phone = ""
        pauses.end(injection.order, injection, at, "and the injection was moved")
    changes.revise(injection, at)
    injection.time_revision = injection.revision
    injection.confirmed_at, injection.confirmed_how = None, ""
    injection.during = changes.span(injection.order, injection.location, start)


@transaction.atomic
def cancel(*, injection: Injection, why: str, by: User | None, at: datetime) -> Injection:
    """Cancel the injection and release everything it had reserved. A signed hold becomes void."""
    refuse({"why": text(why, 200, "reason")})
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    changes.revise(injection, at)
    injection.state, injection.state_at, injection.changed_at = InjectionState.CANCELLED, at, at
    injection.reason = why.strip()
    injection.save()
    release(injection)
    pauses.end(injection.order, injection, at, "and the injection was cancelled")
    booking_checks.close_tasks(injection, "injection cancelled", at)
    return injection


@transaction.atomic
def confirm(*, injection: Injection, how: str, by: User | None, at: datetime) -> Injection:
    """Record that the patient will come; only the first confirmation counts."""
    refuse({"how": text(how, 20, "way of confirming")})
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    if injection.confirmed_at is None:
        injection.confirmed_at, injection.confirmed_how, injection.changed_at = at, how, at
        injection.save()
    return injection


@transaction.atomic
def name_driver(
    *, injection: Injection, name: str, phone: str, by: User | None, at: datetime
) -> Injection:
    """Record who drives the patient home; the number may be empty."""
    refuse({"name": text(name, 80, "driver's name")})
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    injection.driver_name = name.strip()
    injection.driver_phone = e164(phone, "phone") if phone.strip() else ""
    injection.changed_at = at
    injection.save()
    booking_checks.close_tasks(injection, "driver named", at, lambda code: code == "SF-19")
    return injection
