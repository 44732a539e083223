"""Holding resources for an injection. Booked together or not at all."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, connection
from psycopg.errors import ExclusionViolation

from scheduling.finding.proposals import durations
from scheduling.finding.resources import Held, during
from scheduling.models import Injection, Reservation
from scheduling.rules.durations import Durations
from scheduling.staff import User

# Functions of the database, which waits and looks in one statement: migrations/0006_turns.py
QUEUE_UP = "SELECT scheduling_queue_up(%s::int, %s::int[])"
STEP_UP = "SELECT scheduling_step_up(%s::int, %s::int[])"
GONE = "SELECT scheduling_gone(%s::boolean, %s::int[], %s::tstzrange[])"


class Lost(Exception):
    """A resource is not free after all."""


def queue_up(patient_id: int, *held: Held) -> None:
    """Wait for our turn at this patient, then at these resources, until the transaction ends.

    Every verb queues for its patient before it locks a row, and for resources in the order of their
    ids, so nobody waits in a circle; rows and constrained inserts alone can.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_UP, [patient_id, _array(_in_order(*held))])


def step_up(patient_id: int, *held: Held) -> bool:
    """`queue_up`, unless somebody is ahead. False: end the transaction then at once."""
    with connection.cursor() as cursor:
        cursor.execute(STEP_UP, [patient_id, _array(_in_order(*held))])
        return bool(cursor.fetchone()[0])


def _in_order(*held: Held) -> list[int]:
    """The ids of resources, in the order in which everybody takes them."""
    return sorted({resource.pk for each in held for resource in each})


def _array(values: Iterable[object]) -> str:
    """Numbers or ranges as PostgreSQL reads an array; a list takes the driver far longer."""
    return f"{{{','.join(map(str, values))}}}"


def gone(held: Held, start: datetime, minutes: Durations) -> set[int]:
    """The ids of resources that somebody else holds then, once those who are ahead have finished.

    One short statement and no place in the queue: when many want one time, all but one of them
    leave here, side by side. Who is not told of anything has yet to `queue_up` and look properly.
    """
    kinds = {resource.pk: resource.kind for resource in held}
    ids = sorted(kinds)
    spans = [during(kinds[pk], start, minutes) for pk in ids]
    texts = (f'"[{span.lower},{span.upper})"' for span in spans)
    wait = not connection.in_atomic_block  # where the lock would stay, and two could not go on
    with connection.cursor() as cursor:
        cursor.execute(GONE, [wait, _array(ids), _array(texts)])
        return set(cursor.fetchone()[0])


def take(
    injection: Injection,
    held: Held,
    overbooked: frozenset[int] = frozenset(),
    why: str = "",
    by: User | None = None,
) -> None:
    """Reserve everything. `Lost` when the database knows better than the look before.

    After that nothing of the transaction can stand; whoever opened it lets it go.
    """
    minutes = durations(injection.order, injection.location)
    rows = [
        Reservation(
            injection=injection,
            resource=resource,
            during=during(resource.kind, injection.start, minutes),
            overbooked=resource.pk in overbooked,
            overbooked_why=why if resource.pk in overbooked else "",
            overbooked_by=by if resource.pk in overbooked else None,
        )
        for resource in held
    ]
    try:
        Reservation.objects.bulk_create(rows)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise Lost("Somebody was faster.") from None
        raise


def release(injection: Injection) -> None:
    """Give everything back; the rows stay as history."""
    injection.reservations.filter(live=True).update(live=False)


def holding(injection: Injection) -> Held:
    """What an injection holds now."""
    rows = injection.reservations.filter(live=True).select_related("resource")
    return Held.of({row.resource.kind: row.resource for row in rows})
