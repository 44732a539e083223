"""How those who lose leave: at once, or side by side, never one after the other."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, connections, transaction

from scheduling import bookings
from scheduling.bookings import SlotTaken, changes
from scheduling.bookings.reservations import lock
from tests.world import NOW, START, a_booking, a_location, an_order, free_resources

pytestmark = pytest.mark.django_db(transaction=True)
RACE_TIMEOUT_S = 60  # seconds until a race that hangs is a failure
GATE, BESIDE = 5304, "ShareLock"
WAITING = """
SELECT classid, mode FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""


def book(order, location, resources):
    bookings.book(order=order, location=location, start=START, resources=resources, by=None, at=NOW)


def loses(order, location, resources) -> bool:
    """Book in a thread of its own, which leaves no connection behind."""
    try:
        book(order, location, resources)
    except SlotTaken:
        return True
    finally:
        connections.close_all()
    return False


def somebody_waits() -> list[tuple[int, str]]:
    """Which advisory locks are waited for, and how, once somebody waits for one."""
    deadline = time.monotonic() + RACE_TIMEOUT_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if found := cursor.fetchall():
                return found
    raise AssertionError("nobody waits")


def test_who_comes_after_a_slot_is_taken_leaves_after_one_statement(django_assert_num_queries):
    location, order = a_location(rooms=1), an_order()
    resources = free_resources(order, location, START)
    a_booking(location=location)

    with django_assert_num_queries(1), pytest.raises(SlotTaken):
        book(order, location, resources)


def test_who_finds_somebody_ahead_waits_beside_the_queue_and_not_in_it(monkeypatch):
    location, first, second = a_location(rooms=1), an_order(), an_order()
    resources = free_resources(first, location, START)
    precheck, checked, ahead = changes._precheck, Event(), Event()

    def check_before_anybody_is_ahead(*wanted):
        precheck(*wanted)
        checked.set()
        ahead.wait(RACE_TIMEOUT_S)

    monkeypatch.setattr(changes, "_precheck", check_before_anybody_is_ahead)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(loses, second, location, resources)
        assert checked.wait(RACE_TIMEOUT_S)
        try:
            with transaction.atomic():
                lock(first.patient_id, resources)
                ahead.set()
                waits = somebody_waits()
                book(first, location, resources)
        finally:
            ahead.set()

        assert waits == [(GATE, BESIDE)]
        assert late.result(RACE_TIMEOUT_S)
