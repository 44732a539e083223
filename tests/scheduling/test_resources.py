"""Nobody and nothing is held twice, and everything of an injection changes together."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings, orders
from scheduling.bookings import ResourceSet, SlotTaken, WrongState
from scheduling.bookings.reservations import reserved
from scheduling.models import Closure, Injection, Reservation
from scheduling.rules.procedure import Intent
from tests.scheduling.desk import HOUR, LATER, book, move, spans
from tests.world import (
    NOW,
    START,
    a_booking,
    a_location,
    a_user,
    an_order,
    free_resources,
    local,
)

pytestmark = pytest.mark.django_db


def test_a_taken_slot_is_lost_with_alternatives():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    resources = reserved(first)

    with pytest.raises(SlotTaken) as lost:
        book(an_order(), location, resources=resources)

    assert "suite 1 is taken" in str(lost.value)
    starts = [opening.start for opening in lost.value.alternatives]
    assert starts[0] == START + timedelta(minutes=45)  # block 30, turnover 10, on the grid
    assert len(starts) == 5


def test_the_first_alternative_can_be_booked():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    resources = reserved(first)
    order = an_order()
    with pytest.raises(SlotTaken) as lost:
        book(order, location, resources=resources)

    offer = lost.value.alternatives[0]

    assert book(order, location, start=offer.start, resources=offer.resources).start == offer.start


def test_a_lost_booking_leaves_nothing_behind():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    resources = reserved(first)

    with pytest.raises(SlotTaken):
        book(an_order(), location, resources=resources)

    assert Injection.objects.get() == first
    assert Reservation.objects.count() == 4


def test_bookings_may_touch():
    location = a_location(rooms=1)
    therapeutic = {"location": location, "intent": Intent.THERAPEUTIC}
    a_booking(**therapeutic)

    second = a_booking(start=START + timedelta(minutes=40), **therapeutic)

    assert second.start == START + timedelta(minutes=40)


def test_nobody_is_seated_in_a_closure():
    location = a_location(rooms=1)
    order = an_order()
    resources = free_resources(order, location, START)
    Closure.objects.create(
        resource=resources.by_kind["c_arm"],
        during=(START + timedelta(minutes=35), START + HOUR),  # in the turnover
        reason="service",
    )

    with pytest.raises(SlotTaken, match="c_arm 1 is taken or closed"):
        book(order, location, resources=resources)


def test_nobody_is_seated_outside_opening_hours():
    location = a_location()
    order = an_order()
    resources = free_resources(order, location, START)

    with pytest.raises(SlotTaken, match="does not work at that time"):
        book(order, location, start=local("2026-03-16 18:45"), resources=resources)


def test_a_cancelled_injection_frees_its_resources():
    location = a_location(rooms=1)
    first = a_booking(location=location)

    bookings.cancel(injection=first, why="ill", by=None, at=LATER)

    assert a_booking(location=location).start == START


def test_an_overbook_is_visible_owned_and_reasoned():
    location, lead = a_location(rooms=1), a_user("physician")
    first = a_booking(location=location)
    resources = reserved(first)
    order = an_order()

    second = bookings.book(
        order=order,
        location=location,
        start=START,
        resources=resources,
        by=lead,
        at=NOW,
        overbook_why="two short blocks",
    )

    rows = second.reservations.all()
    assert {(row.overbooked, row.overbooked_why, row.overbooked_by) for row in rows} == {
        (True, "two short blocks", lead)
    }


def test_only_what_is_not_free_is_overbooked():
    location, lead = a_location(rooms=1), a_user("physician")
    order = an_order()
    resources = free_resources(order, location, START)
    Closure.objects.create(
        resource=resources.by_kind["bay"], during=(START, START + 2 * HOUR), reason="repair"
    )

    injection = bookings.book(
        order=order,
        location=location,
        start=START,
        resources=resources,
        by=lead,
        at=NOW,
        overbook_why="recovers in bay of room 9",
    )

    overbooked = injection.reservations.filter(overbooked=True)
    assert [row.resource for row in overbooked] == [resources.by_kind["bay"]]


def test_an_overbooked_time_is_not_free_for_the_next():
    location, lead = a_location(rooms=1), a_user("physician")
    first = a_booking(location=location)
    resources = reserved(first)
    facts = {"location": location, "resources": resources, "at": NOW}
    bookings.book(order=an_order(), start=START, by=lead, overbook_why="short", **facts)
    bookings.cancel(injection=first, why="ill", by=None, at=LATER)

    with pytest.raises(SlotTaken):
        bookings.book(order=an_order(), start=START, by=None, **facts)


def test_an_overbook_without_an_owner_is_refused():
    with pytest.raises(ValidationError, match="an overbook has an owner"):
        book(an_order(), a_location(), overbook_why="short")


def test_suite_c_arm_and_physician_are_held_from_set_up_to_turnover_and_the_bay_after():
    location = a_location(policy={"setup_min": 5})

    injection = a_booking(location=location)

    room = (START - timedelta(minutes=5), START + timedelta(minutes=40))
    assert spans(injection) == {
        "physician": room,
        "suite": room,
        "c_arm": room,
        "bay": (START + timedelta(minutes=30), START + timedelta(minutes=75)),
    }
    assert (injection.start, injection.end) == (START, START + timedelta(minutes=30))


def test_a_move_takes_everything_along():
    injection = a_booking()

    move(injection, START + timedelta(days=1))

    assert {begin.date() for begin, _ in spans(injection).values()} == {
        (START + timedelta(days=1)).date()
    }
    assert injection.reservations.filter(live=False).count() == 4


def test_a_move_that_is_lost_changes_nothing():
    location = a_location(rooms=1)
    taken, injection = (
        a_booking(location=location),
        a_booking(location=location, start=START + HOUR),
    )
    resources = reserved(taken)
    before = spans(injection)

    with pytest.raises(SlotTaken):
        move(injection, START, resources=resources)

    injection.refresh_from_db()
    assert injection.start == START + HOUR
    assert injection.revision == 1
    assert spans(injection) == before


def test_an_injection_may_move_into_the_time_it_holds_itself():
    location = a_location(rooms=1)
    injection = a_booking(location=location)
    resources = reserved(injection)

    move(injection, START + timedelta(minutes=15), resources=resources)

    assert injection.start == START + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bay": None}, "Choose a Bay"),
        ({"c_arm": None}, "Choose a C-arm"),
        ({"suite": "bay"}, "is no Suite of"),
    ],
)
def test_an_incomplete_or_mixed_up_set_of_resources_is_refused(change, sentence):
    order, location = an_order(), a_location()
    resources = free_resources(order, location, START)
    chosen = dict(resources.by_kind)
    chosen |= {kind: other and chosen[other] for kind, other in change.items()}

    with pytest.raises(ValidationError, match=sentence):
        book(
            order,
            location,
            resources=ResourceSet({kind: each for kind, each in chosen.items() if each}),
        )


def test_a_resource_of_another_location_is_refused():
    order, location = an_order(), a_location()

    with pytest.raises(ValidationError, match="is no Physician of"):
        book(order, location, resources=free_resources(order, a_location(), START))


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (NOW - HOUR, "has passed"),
        (START + timedelta(seconds=1), "whole minute"),
        (START.replace(tzinfo=None), "time zone"),
    ],
)
def test_a_start_that_cannot_be_is_refused(start, sentence):
    order, location = an_order(), a_location()

    with pytest.raises(ValidationError, match=sentence):
        book(order, location, start=start, resources=free_resources(order, location, START))


def test_an_order_is_booked_once():
    injection = a_booking()

    with pytest.raises(WrongState, match="booked already"):
        book(injection.order, injection.location, start=START + HOUR)


def test_a_withdrawn_order_is_not_booked():
    order = orders.withdraw(order=an_order(), why="pain is gone", by=None, at=NOW)

    with pytest.raises(WrongState, match="was withdrawn"):
        book(order, a_location())
