"""Holding resources for an injection. Booked together or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection
from psycopg.errors import ExclusionViolation
from psycopg.types.range import TimestamptzRange

from scheduling.models import Injection, Reservation, Resource, ResourceKind
from scheduling.proposals import durations
from scheduling.rules.durations import Durations
from scheduling.rules.slots import MINUTE
from scheduling.staff import User

# Functions of the database, which waits and looks in one statement: migrations/0006_turns.py
QUEUE_UP = "SELECT scheduling_queue_up(%s::int, %s::int[])"
STEP_UP = "SELECT scheduling_step_up(%s::int, %s::int[])"
GONE = "SELECT scheduling_gone(%s::boolean, %s::int[], %s::tstzrange[])"


@dataclass(frozen=True, slots=True)
class Held:
    """The resources of one injection. `c_arm` is None when guidance needs none."""

    physician: Resource
    suite: Resource
    c_arm: Resource | None
    bay: Resource

    def __iter__(self) -> Iterator[Resource]:
        return iter(each for each in (self.physician, self.suite, self.c_arm, self.bay) if each)

    @classmethod
    def of(cls, resources: Mapping[str, Resource]) -> "Held":
        """From resources by kind."""
        physician, suite, bay = (resources[kind] for kind in ("physician", "suite", "bay"))
        return cls(physician, suite, resources.get("c_arm"), bay)


@dataclass(frozen=True, slots=True)
class Opening:
    """A time at which everything is free. `notes` say what speaks against it, in sentences."""

    start: datetime
    end: datetime
    held: Held
    notes: tuple[str, ...] = ()


class Lost(Exception):
    """A resource is not free after all."""


def margins(kind: str, minutes: Durations) -> tuple[int, int]:
    """Minutes held before and after the start: [start - before, start + after).

    Physician, suite and C-arm from set-up to turnover; the bay from the end of the block, so that
    its `before` is negative.
    """
    if kind == ResourceKind.BAY:
        return -minutes.block, minutes.block + minutes.recovery
    return minutes.setup, minutes.block + minutes.turnover


def during(kind: str, start: datetime, minutes: Durations) -> TimestamptzRange:
    """The time a resource of this kind is held, half-open."""
    before, after = margins(kind, minutes)
    return TimestamptzRange(start - before * MINUTE, start + after * MINUTE)


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
