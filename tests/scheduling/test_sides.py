"""Ordered, booked and performed side are three facts."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings
from scheduling.bookings import SlotTaken, WrongState
from scheduling.models import Order
from scheduling.rules.procedure import Intent, Side
from tests.scheduling.desk import HOUR, LATER, spans
from tests.world import (
    START,
    a_booking,
    a_location,
    completed,
)

pytestmark = pytest.mark.django_db


def test_the_booked_side_is_the_ordered_side():
    assert a_booking(side=Side.RIGHT).side is Side.RIGHT


def test_an_amended_side_changes_order_booking_and_promise():
    injection = a_booking()

    bookings.amend_side(injection=injection, side=Side.RIGHT, why="marked right", by=None, at=LATER)

    assert (injection.side, injection.order.side, injection.revision) == ("right", "right", 2)


def test_a_second_side_takes_the_room_for_longer():
    injection = a_booking()

    bookings.amend_side(
        injection=injection, side=Side.BILATERAL, why="both hurt", by=None, at=LATER
    )

    assert injection.end == START + timedelta(minutes=45)
    assert spans(injection)["suite"] == (START, START + timedelta(minutes=55))


def test_a_second_side_that_does_not_fit_asks_for_a_move():
    location = a_location(rooms=1)
    therapeutic = {"location": location, "intent": Intent.THERAPEUTIC}
    injection = a_booking(**therapeutic)
    a_booking(start=START + timedelta(minutes=40), **therapeutic)

    with pytest.raises(SlotTaken, match="move the injection first"):
        bookings.amend_side(injection=injection, side=Side.BILATERAL, why="both", by=None, at=LATER)

    order = Order.objects.get(pk=injection.order_id)
    assert order.side is Side.LEFT


def test_the_side_is_not_amended_after_t0():
    injection = completed(a_booking())

    with pytest.raises(WrongState, match="is completed"):
        bookings.amend_side(
            injection=injection, side=Side.RIGHT, why="typo", by=None, at=START + HOUR
        )


@pytest.mark.parametrize("side", ["", None, "middle"])
def test_an_unknown_side_is_refused(side):
    with pytest.raises(ValidationError, match="choose one of left, right, bilateral"):
        bookings.amend_side(injection=a_booking(), side=side, why="typo", by=None, at=LATER)
