"""Many real processes, each with its own connection, doing one thing at the same moment."""

import traceback
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connections

FORK = get_context("fork")  # children inherit the test's settings and the name of its database
RACE_TIMEOUT_S = 120  # seconds until a crowd that hangs is a failure

Deed = Callable[[int, Barrier], Any]


def crowd(size: int, deed: Deed) -> list[Any]:
    """What `deed(number, barrier)` returned in each of `size` processes, in order of their numbers.

    `barrier.wait()` lets all go at once. An exception in any of them is raised here, as text.
    """
    connections.close_all()  # a connection must not be shared with a child
    barrier, answers = FORK.Barrier(size), FORK.SimpleQueue()
    members = [
        FORK.Process(target=member, args=(number, barrier, deed, answers)) for number in range(size)
    ]
    for each in members:
        each.start()
    try:
        said = dict(answers.get() for _ in members)
    finally:
        for each in members:
            each.join(RACE_TIMEOUT_S)
            each.kill()
    broken = [text for failed, text in said.values() if failed]
    if broken:
        raise AssertionError(f"{len(broken)} of {size} failed:\n{broken[0]}")
    return [said[number][1] for number in range(size)]


def member(number: int, barrier: Barrier, deed: Deed, answers: Any) -> None:
    """One process: do it, report, and leave without running the test session's end."""
    try:
        answers.put((number, (False, deed(number, barrier))))
    except BaseException:  # noqa: BLE001 (whatever it is, the parent shows it)
        barrier.abort()
        answers.put((number, (True, traceback.format_exc())))
    finally:
        connections.close_all()


def deadlocks() -> int:
    """How often PostgreSQL has had to break a deadlock in this database."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
