"""Reserving resources for an injection: all of them together, or none."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, connection
from psycopg.errors import ExclusionViolation

from scheduling.finding.proposals import durations
from scheduling.finding.resources import ResourceSet, reserved_time
from scheduling.models import Injection, Reservation
from scheduling.rules.durations import Durations
from scheduling.staff import User

# Functions of the database, which locks and looks in one statement: migrations/0006_turns.py,
# renamed by 0011_plain_names.py. Their advisory locks stand in scheduling/locks.py.
LOCK = "SELECT scheduling_lock(%s::int, %s::int[])"
TRY_LOCK = "SELECT scheduling_try_lock(%s::int, %s::int[])"
TAKEN = "SELECT scheduling_taken(%s::boolean, %s::int[], %s::tstzrange[])"


class ResourceTaken(Exception):
    """A resource is not free after all; the sentence says which."""


def lock(patient_id: int, *sets: ResourceSet) -> None:
    """Wait until this patient, then these resources, are ours until the transaction ends.

    Every verb locks its patient before it locks a row, and resources in the order of their ids, so
    that nobody waits in a circle. Rows and exclusion constraints alone would allow a deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [patient_id, _array(_ids_in_order(*sets))])


def try_lock(patient_id: int, *sets: ResourceSet) -> bool:
    """`lock` without waiting. After False the transaction must end at once."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [patient_id, _array(_ids_in_order(*sets))])
        return bool(cursor.fetchone()[0])


def _ids_in_order(*sets: ResourceSet) -> list[int]:
    """The ids of resources, in the order in which everybody locks them."""
    return sorted({resource.pk for each in sets for resource in each})


def _array(values: Iterable[object]) -> str:
    """Numbers or ranges as PostgreSQL reads an array; a list takes the driver far longer."""
    return f"{{{','.join(map(str, values))}}}"


def taken(resources: ResourceSet, start: datetime, minutes: Durations) -> set[int]:
    """The ids of resources that somebody else has then, once those who are booking have finished.

    One short statement and no place in the queue: when many want one time, all but one of them
    leave here, side by side. Whoever gets an empty set has yet to `lock` and check properly.
    """
    kinds = {resource.pk: resource.kind for resource in resources}
    ids = sorted(kinds)
    spans = [reserved_time(kinds[pk], start, minutes) for pk in ids]
    texts = (f'"[{span.lower},{span.upper})"' for span in spans)
    wait = not connection.in_atomic_block  # where the lock would stay, and two could not go on
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [wait, _array(ids), _array(texts)])
        return set(cursor.fetchone()[0])


def reserve(
    injection: Injection,
    resources: ResourceSet,
    overbooked: frozenset[int] = frozenset(),
    why: str = "",
    by: User | None = None,
) -> None:
    """Reserve everything. Raises `ResourceTaken` when a constraint of the database refuses it.

    After that nothing of the transaction can stand; whoever opened it has to end it.
    """
    minutes = durations(injection.order, injection.location)
    rows = [
        Reservation(
            injection=injection,
            resource=resource,
            during=reserved_time(resource.kind, injection.start, minutes),
            overbooked=resource.pk in overbooked,
            overbooked_why=why if resource.pk in overbooked else "",
            overbooked_by=by if resource.pk in overbooked else None,
        )
        for resource in resources
    ]
    try:
        Reservation.objects.bulk_create(rows)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise ResourceTaken("Somebody was faster.") from None
        raise


def release(injection: Injection) -> None:
    """Give everything back; the rows stay as history."""
    injection.reservations.filter(live=True).update(live=False)


def reserved(injection: Injection) -> ResourceSet:
    """What an injection has reserved now."""
    rows = injection.reservations.filter(live=True).select_related("resource")
    return ResourceSet({row.resource.kind: row.resource for row in rows})
