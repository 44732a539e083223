"""Fifty clients want one slot, round after round: our verb against the bare constrained insert.

Both sides know their orders and hold their connections beforehand. The one who wins makes a whole
booking, which the bare insert does not: docs/adr/0009.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, connections, transaction

from bench.figures import Figures
from bench.search import clinics
from bench.seed import booked
from scheduling import bookings
from scheduling.finding.resources import ResourceSet
from scheduling.models import Injection, Location, Order, Resource

CLIENTS, PROCESSES = 50, 2
RACE_TIMEOUT_S = 600  # seconds
FIRST = datetime(2027, 3, 2, 15, tzinfo=UTC)  # Tuesday, 10:00 at the clinic
HELD = timedelta(minutes=40)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
BARE = """
INSERT INTO scheduling_reservation
    (injection_id, resource_id, during, live, overbooked, overbooked_why)
SELECT %s::bigint, id, tstzrange(%s, %s), true, false, '' FROM scheduling_resource
WHERE location_id = %s ORDER BY id ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Seat:
    """What one client knows before the race: the clinic, what it wants, an order for each round.

    `visits` are the cancelled visits of the orders, by the order's id.
    """

    location: Location
    resources: ResourceSet
    orders: list[Order]
    visits: dict[int, int]

    @classmethod
    def of(cls, number: int) -> "Seat":
        """What the client with this number knows."""
        location = Location.objects.order_by("pk")[0]
        resources = ResourceSet({r.kind: r for r in Resource.objects.filter(location=location)})
        orders = Order.objects.order_by("pk").select_related("patient")[1 + number :: CLIENTS]
        visits = Injection.objects.filter(order__in=list(orders)).values_list("order_id", "pk")
        return cls(location, resources, list(orders), dict(visits))


Attempt = Callable[[Seat, Order, datetime], bool]


def measure(figures: Figures) -> None:
    """Both sides run the same rounds; what counts is answers a second, yes or no."""
    rounds = figures.size(100)
    bare = run_rounds(bare_insert, rounds)
    before = deadlocks()
    ours = run_rounds(book, rounds)
    after = deadlocks()
    what = f"{CLIENTS} clients for one slot, {rounds} rounds / bare constrained insert"
    figures.at_least(what, ours[0], bare[0], 0.5, "answers/s")
    figures.fact("  winners a round", f"{ours[1] / rounds:g}", "1", ours[1] == rounds)
    figures.fact("  deadlocks", str(after - before), "0", after == before)


def run_rounds(attempt: Attempt, rounds: int) -> tuple[float, int]:
    """Threads in two processes try each round's slot: answers a second, and how many won."""
    ground(rounds)
    connections.close_all()
    start = multiprocessing.Barrier(CLIENTS + 1)
    won = multiprocessing.Value("i", 0)
    share = CLIENTS // PROCESSES
    crowd = [
        multiprocessing.Process(
            target=clients, args=(attempt, range(p * share, (p + 1) * share), rounds, start, won)
        )
        for p in range(PROCESSES)
    ]
    for process in crowd:
        process.start()
    start.wait(timeout=RACE_TIMEOUT_S)
    began = time.perf_counter()
    for process in crowd:
        process.join(timeout=RACE_TIMEOUT_S)
    return CLIENTS * rounds / (time.perf_counter() - began), won.value


def ground(rounds: int) -> None:
    """A clinic, and for each client and round a patient with an order that is not booked."""
    clinics()
    booked(CLIENTS * rounds, at=FIRST - timedelta(days=30), start=FIRST, keep=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_injection SET state = 'cancelled', reason = 'bench'")


def clients(attempt: Attempt, mine: range, rounds: int, start: Any, won: Any) -> None:
    """One process's share of the crowd."""
    connections.close_all()
    threads = [threading.Thread(target=client, args=(attempt, n, rounds, start, won)) for n in mine]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def client(attempt: Attempt, number: int, rounds: int, start: Any, won: Any) -> None:
    """Try every round's slot once, with everything read and the connection open beforehand."""
    seat = Seat.of(number)
    start.wait(timeout=RACE_TIMEOUT_S)
    for turn, order in enumerate(seat.orders[:rounds]):
        if attempt(seat, order, FIRST + timedelta(days=7 * turn)):
            with won.get_lock():
                won.value += 1
    connections.close_all()


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(DEADLOCKS)
        return int(cursor.fetchone()[0])


def bare_insert(seat: Seat, order: Order, start: datetime) -> bool:
    """All four resources or none, and nothing else."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE, (seat.visits[order.pk], start, start + HELD, seat.location.pk))
        if cursor.rowcount == 4:
            return True
        transaction.set_rollback(True)
        return False


def book(seat: Seat, order: Order, start: datetime) -> bool:
    """The verb that the desk's page calls."""
    at = FIRST - timedelta(days=9)
    try:
        bookings.book(
            order=order,
            location=seat.location,
            start=start,
            resources=seat.resources,
            by=None,
            at=at,
        )
    except bookings.SlotTaken:
        return False
    return True
