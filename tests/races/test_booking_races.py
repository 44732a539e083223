"""Who wins when many want the same: real processes, own connections, the real constraint."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection

from scheduling import bookings
from scheduling.bookings import Blocked, ResourceSet, SlotTaken
from scheduling.bookings.reservations import reserved
from scheduling.finding import finder
from scheduling.finding.resources import kinds_needed
from scheduling.models import Injection, Reservation
from scheduling.rules.procedure import Guidance, Intent
from tests.races.crowd import crowd, deadlocks
from tests.world import NOW, START, a_booking, a_location, a_patient, an_order, free_resources

pytestmark = pytest.mark.django_db(transaction=True)
QUARTER = timedelta(minutes=15)

OVERLAPS = """
SELECT count(*) FROM scheduling_reservation a JOIN scheduling_reservation b
ON a.resource_id = b.resource_id AND a.id < b.id AND a.during && b.during
WHERE a.live AND b.live
"""


def double_booked() -> int:
    """Pairs of live reservations of one resource that overlap, counted without the constraint."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


def try_to_book(order, location, start, resources):
    """The injection's id, or the alternatives that a loser was offered."""
    try:
        booked = bookings.book(
            order=order, location=location, start=start, resources=resources, by=None, at=NOW
        )
    except SlotTaken as lost:
        return [opening.start for opening in lost.alternatives]
    return booked.pk


def test_of_forty_who_book_one_slot_exactly_one_wins_and_the_rest_get_alternatives():
    location = a_location(rooms=1)
    orders = [an_order() for _ in range(40)]
    resources = free_resources(orders[0], location, START)

    def book(number, barrier):
        barrier.wait()
        return try_to_book(orders[number], location, START, resources)

    answers = crowd(40, book)

    winners = [answer for answer in answers if isinstance(answer, int)]
    assert winners == [Injection.objects.get().pk]
    losers = [answer for answer in answers if isinstance(answer, list)]
    assert len(losers) == 39
    assert all(len(offers) == 5 and START not in offers for offers in losers)
    assert Reservation.objects.count() == 4


def test_fifty_who_want_times_side_by_side_never_double_book_and_never_deadlock():
    location = a_location(rooms=2)
    orders = [an_order(intent=Intent.THERAPEUTIC) for _ in range(50)]
    by_kind = {
        kind: list(location.resources.filter(kind=kind))
        for kind in kinds_needed(Guidance.FLUOROSCOPY)
    }
    before = deadlocks()

    def book_and_cancel(number, barrier):
        random = Random(number)  # noqa: S311 (the same crowd every time)
        won = overlaps = 0
        for _ in range(20):
            resources = ResourceSet({kind: random.choice(some) for kind, some in by_kind.items()})
            start = START + QUARTER * random.randrange(16)
            barrier.wait()
            booked = try_to_book(orders[number], location, start, resources)
            barrier.wait()
            overlaps += double_booked() if number == 0 else 0
            barrier.wait()
            if isinstance(booked, int):
                won += 1
                cancel(booked)
        return won, overlaps

    answers = crowd(50, book_and_cancel)

    assert sum(won for won, _ in answers) >= 20 * 2  # each round somebody, and not only one
    assert sum(overlaps for _, overlaps in answers) == 0
    assert deadlocks() == before
    assert not Reservation.objects.filter(live=True).exists()


def cancel(pk):
    bookings.cancel(injection=Injection.objects.get(pk=pk), why="again", by=None, at=NOW)


def test_of_two_moves_into_one_time_one_wins_and_the_other_stays_where_it_was():
    location = a_location(rooms=1)
    hours = [START, START + timedelta(hours=1)]
    injections = [a_booking(location=location, start=start) for start in hours]
    goal, resources = START + timedelta(hours=2), reserved(injections[0])

    def move(number, barrier):
        barrier.wait()
        try:
            bookings.move(
                injection=injections[number], start=goal, resources=resources, by=None, at=NOW
            )
        except SlotTaken as lost:
            return [opening.start for opening in lost.alternatives]
        return "moved"

    answers = crowd(2, move)

    assert sorted(answer == "moved" for answer in answers) == [False, True]
    loser = answers.index("moved") ^ 1
    stayed = Injection.objects.get(pk=injections[loser].pk)
    assert (stayed.start, stayed.revision) == (hours[loser], 1)
    assert double_booked() == 0


def test_two_injections_that_trade_places_neither_overlap_nor_deadlock():
    location = a_location(rooms=1)
    hours = [START, START + timedelta(hours=1)]
    injections = [a_booking(location=location, start=start) for start in hours]
    resources, before = reserved(injections[0]), deadlocks()

    def trade(number, barrier):
        moved = 0
        for turn in range(10):
            barrier.wait()
            try:
                goal = hours[(number + turn + 1) % 2]
                bookings.move(
                    injection=injections[number], start=goal, resources=resources, by=None, at=NOW
                )
                moved += 1
            except SlotTaken:
                continue
        return moved

    crowd(2, trade)

    assert double_booked() == 0
    assert deadlocks() == before
    assert Reservation.objects.filter(live=True).count() == 8


def test_a_patient_booked_from_two_desks_at_once_is_booked_once():
    patient, clinics = a_patient(), [a_location(), a_location()]
    orders = [an_order(patient), an_order(patient)]

    def book(number, barrier):
        resources = free_resources(orders[number], clinics[number], START)
        barrier.wait()
        try:
            return try_to_book(orders[number], clinics[number], START, resources)
        except Blocked as blocked:
            return [check.code for check in blocked.checks]

    answers = crowd(2, book)

    assert ["BK-12"] in answers
    assert Injection.objects.count() == 1


def test_twenty_who_confirm_one_injection_count_as_one():
    injection = a_booking()

    def confirm(number, barrier):
        mine = Injection.objects.get(pk=injection.pk)
        barrier.wait()
        bookings.confirm(injection=mine, how=f"text {number}", by=None, at=NOW)

    crowd(20, confirm)

    injection.refresh_from_db()
    history = injection.events.values_list("confirmed_how", flat=True)
    assert {how for how in history if how} == {injection.confirmed_how}


def test_a_search_during_a_race_offers_only_what_the_race_has_left():
    location = a_location(rooms=1)
    orders = [an_order(intent=Intent.THERAPEUTIC) for _ in range(6)]

    def book_what_is_offered(number, barrier):
        barrier.wait()
        offers = finder.find(order=orders[number], location=location, after=START, count=1)
        tries = 0
        while offers:
            tries += 1
            answer = try_to_book(orders[number], location, offers[0].start, offers[0].resources)
            if isinstance(answer, int):
                return tries
            offers = finder.find(order=orders[number], location=location, after=answer[0], count=1)
        return None

    tries = crowd(6, book_what_is_offered)

    assert all(tries)
    assert Injection.objects.filter(state="booked").count() == 6
    assert double_booked() == 0
