"""How those who lose leave: at once, or side by side, never one after the other."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, connections, transaction

from scheduling import bookings
from scheduling.bookings import SlotTaken, changes
from scheduling.bookings.reservations import queue_up
from tests.world import NOW, START, a_booking, a_location, an_order, seats

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60  # seconds until a race that hangs is a failure
GATE, BESIDE = 5304, "ShareLock"
WAITING = """
SELECT classid, mode FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""


def book(order, location, held):
    bookings.book(order=order, location=location, start=START, held=held, by=None, at=NOW)


def loses(order, location, held) -> bool:
    """Book in a thread of its own, which leaves no connection behind."""
    try:
        book(order, location, held)
    except SlotTaken:
        return True
    finally:
        connections.close_all()
    return False


def somebody_waits() -> list[tuple[int, str]]:
    """Which advisory locks are waited for, and how, once somebody waits for one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if found := cursor.fetchall():
                return found
    raise AssertionError("nobody waits")


def test_i1_who_comes_after_a_slot_is_taken_leaves_after_one_statement(django_assert_num_queries):
    location, order = a_location(rooms=1), an_order()
    held = seats(order, location, START)
    a_booking(location=location)

    with django_assert_num_queries(1), pytest.raises(SlotTaken):
        book(order, location, held)


def test_i1_who_finds_somebody_ahead_waits_beside_the_queue_and_not_in_it(monkeypatch):
    location, first, second = a_location(rooms=1), an_order(), an_order()
    held = seats(first, location, START)
    glance, glanced, ahead = changes.glance, Event(), Event()

    def glance_before_anybody_is_ahead(*wanted):
        glance(*wanted)
        glanced.set()
        ahead.wait(PATIENCE)

    monkeypatch.setattr(changes, "glance", glance_before_anybody_is_ahead)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(loses, second, location, held)
        assert glanced.wait(PATIENCE)
        try:
            with transaction.atomic():
                queue_up(first.patient_id, held)
                ahead.set()
                waits = somebody_waits()
                book(first, location, held)
        finally:
            ahead.set()

        assert waits == [(GATE, BESIDE)]
        assert late.result(PATIENCE)
