"""Advisory locks of PostgreSQL: their numbers in one list, and how to hold one.

The database forgets the locks of a connection that has gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Any number will do, as long as nobody else uses it.

    The first four are the first half of a key; the second half is an id, or a hash. Functions of
    the database repeat those of bookings: see the migrations.
    """

    PATIENT = 5301  # whoever changes a patient's bookings
    RESOURCE = 5302  # whoever books a resource
    NUMBER = 5303  # whoever writes to a telephone number
    RESOURCE_GATE = 5304  # where those who want a resource later wait together
    ROUND = 7_204_311  # the one round that reconciles
    CLOCK = 7_204_399  # whoever moves the demonstration's clock
    SECURITY_ALERTS = 7_204_401  # the one round that mails security alerts
    AUDIT_CHAIN = 7_204_402  # whoever makes the next digest of what is kept
    TEMPLATE = 7_204_411  # whoever builds the database that plays are copied from


@contextmanager
def try_exclusive(lock: Lock) -> Iterator[bool]:
    """Whether this lock is ours alone inside the block; nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock.value])
        ours = bool(cursor.fetchone()[0])
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock.value])
