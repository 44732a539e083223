"""The day of the procedure: who came, who did not, and what was begun and not completed."""

from datetime import datetime, timedelta

from django.db import transaction

from scheduling.bookings import assessments, booking_checks, changes, pauses
from scheduling.bookings.reservations import release
from scheduling.errors import WrongState
from scheduling.models import Injection, TimeOut
from scheduling.rules.procedure import InjectionState, Sedation, Side
from scheduling.staff import User
from scheduling.validation import refuse, text, word

EARLIEST_ARRIVAL = timedelta(
    hours=24
)  # before the start; sooner, somebody opened the wrong injection


@transaction.atomic
def arrive(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Record that the patient has come."""
    changes.lock_injection(injection, InjectionState.BOOKED)
    if at < injection.start - EARLIEST_ARRIVAL:
        raise WrongState(
            "This injection is more than a day ahead: look for the right one, or move it."
        )
    injection.arrived_at = at
    _set_state(injection, InjectionState.ARRIVED, at)
    return injection


@transaction.atomic
def undo_arrival(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Take back an arrival that was recorded by mistake: the patient is waited for again.

    What was checked and measured since was another patient's, or will be checked again.
    """
    changes.lock_injection(injection, InjectionState.ARRIVED)
    TimeOut.objects.filter(injection=injection).delete()
    assessments.forget(injection, at)
    injection.joints.all().delete()
    injection.arrived_at = None
    _set_state(injection, InjectionState.BOOKED, at)
    return injection


@transaction.atomic
def abort(
    *,
    injection: Injection,
    why: str,
    by: User | None,
    at: datetime,
    sedation: Sedation | None = None,
) -> Injection:
    """Record that it was begun and not completed; no diary follows.

    `sedation` is what was given until then: it says how long not to drive. None is unknown.
    """
    refuse({"why": text(why, 200, "reason")})
    given = word(Sedation, sedation, "sedation") if sedation else None
    changes.lock_injection(injection, InjectionState.BOOKED, InjectionState.ARRIVED)
    injection.reason = why.strip()
    injection.sedation_given = given
    _set_state(injection, InjectionState.ABORTED, at)
    pauses.report(injection.order, injection, at, "and the injection was aborted")
    booking_checks.close_tasks(injection, "injection aborted", at)
    return injection


@transaction.atomic
def no_show(*, injection: Injection, by: User | None, at: datetime) -> Injection:
    """Record a no-show; a person says so, some minutes after the start at the soonest."""
    changes.lock_injection(injection, InjectionState.BOOKED)
    minutes = injection.location.booking_policy.no_show_after_min
    if at < injection.start + timedelta(minutes=minutes):
        raise WrongState(f"Wait until {minutes} minutes after the start.")
    _set_state(injection, InjectionState.NO_SHOW, at)
    release(injection)
    pauses.end(injection.order, injection, at, "and the patient did not come")
    booking_checks.close_tasks(injection, "no-show", at)
    return injection


@transaction.atomic
def mark_signed(*, injection: Injection, side: Side, at: datetime) -> None:
    """A physician has signed the answer of this joint; the first signature counts."""
    joints = injection.joints.filter(side=word(Side, side, "side"), signed_at=None)
    joints.update(signed_at=at)


def _set_state(injection: Injection, state: InjectionState, at: datetime) -> None:
    """Put the injection into this state."""
    injection.state, injection.state_at, injection.changed_at = state, at, at
    injection.save()
