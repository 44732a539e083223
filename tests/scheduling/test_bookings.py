"""What was promised to a patient, and what makes it a new promise."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings, orders
from scheduling.bookings import Blocked, WrongState
from scheduling.models import Task
from scheduling.rules.procedure import InjectionState, Sedation, Side
from tests.scheduling.desk import HOUR, LATER, move, spans
from tests.world import (
    BUPIVACAINE,
    METHYLPREDNISOLONE,
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    a_patient,
    completed,
    free_resources,
)

pytestmark = pytest.mark.django_db


def test_a_booking_starts_at_revision_one():
    injection = a_booking()

    assert (injection.revision, injection.promised_at, injection.changed_at) == (1, NOW, NOW)


def test_a_new_time_is_a_new_unconfirmed_promise():
    injection = bookings.confirm(injection=a_booking(), how="text", by=None, at=NOW)

    move(injection, START + HOUR)

    assert (injection.revision, injection.time_revision) == (2, 2)
    assert (injection.promised_at, injection.changed_at) == (LATER, LATER)
    assert (injection.confirmed_at, injection.confirmed_how) == (None, "")


def test_moving_there_and_back_is_two_new_promises():
    injection = a_booking()

    move(injection, START + HOUR)
    move(injection, START)

    assert injection.revision == 3


def test_another_suite_at_the_same_time_is_no_new_promise():
    injection = bookings.confirm(injection=a_booking(), how="phone", by=None, at=NOW)

    move(injection, START)

    assert injection.revision == 1
    assert injection.confirmed_at == NOW
    assert injection.changed_at == LATER


def test_a_cancelled_promise_is_void():
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)

    assert (injection.state, injection.revision, injection.reason) == ("cancelled", 2, "ill")
    assert injection.promised_at == injection.state_at == injection.changed_at == LATER


def test_an_amended_sedation_is_a_new_promise_about_the_same_time():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="anxious",
        sedation=Sedation.MODERATE_IV,
        by=injection.order.physician,
        at=LATER,
    )

    injection.refresh_from_db()
    assert (injection.revision, injection.time_revision) == (2, 1)
    assert spans(injection)["suite"][1] == START + timedelta(minutes=55)


def test_an_answer_to_a_question_is_no_new_promise():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="asked by phone",
        screening=NOTHING_TO_REPORT | {"latex": "yes"},
        by=None,
        at=LATER,
    )

    injection.refresh_from_db()
    assert (injection.revision, injection.changed_at) == (1, LATER)
    assert Task.objects.get(step="SF-LX").injection == injection


def test_the_first_confirmation_counts():
    injection = bookings.confirm(injection=a_booking(), how="text", by=None, at=NOW)

    bookings.confirm(injection=injection, how="phone", by=None, at=LATER)

    assert (injection.confirmed_at, injection.confirmed_how) == (NOW, "text")


def test_a_driver_is_forgotten_when_the_day_changes_and_kept_within_it():
    injection = bookings.name_driver(
        injection=a_booking(), name="A neighbour", phone="", by=None, at=NOW
    )

    move(injection, START + HOUR)
    assert injection.driver_name == "A neighbour"

    move(injection, START + timedelta(days=1))
    assert injection.driver_name == ""


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"name": "", "phone": ""}, "name"), ({"name": "A", "phone": "12"}, "phone")],
)
def test_a_driver_without_a_name_or_with_half_a_number_is_refused(facts, field):
    with pytest.raises(ValidationError) as refused:
        bookings.name_driver(injection=a_booking(), **facts, by=None, at=LATER)

    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize("verb", ["move", "cancel", "confirm", "name_driver", "arrive", "no_show"])
def test_a_cancelled_injection_takes_no_further_part(verb):
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)
    resources = free_resources(injection.order, injection.location, START)
    facts = {
        "move": {"start": START, "resources": resources},
        "cancel": {"why": "again"},
        "confirm": {"how": "text"},
        "name_driver": {"name": "A", "phone": ""},
    }.get(verb, {})

    with pytest.raises(WrongState, match="This injection is cancelled"):
        getattr(bookings, verb)(injection=injection, **facts, by=None, at=LATER)


def test_a_cancelled_order_can_be_booked_again():
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)

    again = a_booking(injection.order, location=injection.location)

    assert again.pk != injection.pk
    assert again.state is InjectionState.BOOKED


def test_a_cancellation_says_why():
    with pytest.raises(ValidationError, match="Enter the reason"):
        bookings.cancel(injection=a_booking(), why=" ", by=None, at=LATER)


def test_a_diagnostic_block_soon_after_one_with_a_steroid_is_stopped():
    patient = a_patient()
    first = completed(a_booking(patient=patient), agents=[BUPIVACAINE, METHYLPREDNISOLONE])
    bookings.mark_signed(injection=first, side=Side.LEFT, at=START + HOUR)

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(days=30))

    assert [check.code for check in blocked.value.checks] == ["MN-13"]
