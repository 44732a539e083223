"""When resources work and when they are taken, as bitmaps of minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db import connection
from psycopg.types.range import TimestamptzRange

from scheduling.models import Location, Resource, ResourceKind
from scheduling.rules import slots

# One statement a window, whatever the number of resources. Its reservations are read through the
# index of the exclusion constraint, and overbooked ones, which are few, through their own. Visits
# follow each other closely: merged, they are a few spans a day.
QUERY = """
SELECT r.id, r.kind, r.name, r.user_id, h.hours, b.lowers, b.uppers
FROM scheduling_resource r
LEFT JOIN LATERAL (
    SELECT array_agg(ARRAY[weekday::int, (date_part('epoch', opens) / 60)::int,
                           (date_part('epoch', closes) / 60)::int]) AS hours
    FROM scheduling_weeklyhours WHERE resource_id = r.id
) h ON true
LEFT JOIN LATERAL (
    SELECT array_agg(floor(date_part('epoch', lower(held)) / 60)::int - %(origin)s) AS lowers,
           array_agg(ceil(date_part('epoch', upper(held)) / 60)::int - %(origin)s) AS uppers
    FROM unnest((
        SELECT range_agg(during) FROM (
            SELECT during FROM scheduling_reservation
            WHERE resource_id = r.id AND during && %(window)s AND live AND NOT overbooked
              AND injection_id <> %(ignoring)s
            UNION ALL
            SELECT during FROM scheduling_reservation
            WHERE resource_id = r.id AND during && %(window)s AND live AND overbooked
              AND injection_id <> %(ignoring)s
            UNION ALL
            SELECT during * %(window)s FROM scheduling_closure
            WHERE resource_id = r.id AND during && %(window)s
        ) taken
    )) AS held
) b ON true
WHERE r.location_id = %(location)s AND r.active AND r.kind = ANY(%(kinds)s)
ORDER BY r.name, r.id
"""


@dataclass(frozen=True, slots=True)
class Calendar:
    """One resource: the minutes it works and the minutes it is taken or closed, from an origin."""

    resource: Resource
    works: int
    taken: int

    @property
    def free(self) -> int:
        return self.works & ~self.taken


@dataclass(frozen=True, slots=True)
class Window:
    """Local days [first, last] of a location, and a margin of minutes around them."""

    location: Location
    first: date
    last: date
    before: int  # minutes a booking may reach back over the first midnight
    after: int  # minutes a booking may reach past the last midnight

    @property
    def origin(self) -> int:
        """The minute that bit 0 stands for."""
        return slots.wall(self.first, time(0), self.location.zone) - self.before

    @property
    def end(self) -> int:
        """The minute after the last."""
        midnight = slots.wall(self.last + timedelta(days=1), time(0), self.location.zone)
        return midnight + self.after


def load(window: Window, kinds: Sequence[str], ignoring: int = 0) -> list[Calendar]:
    """The calendars of a location's active resources of these kinds, by name.

    `ignoring` is the id of an injection whose own reservations do not count: the one that moves.
    """
    span = TimestamptzRange(slots.moment(window.origin), slots.moment(window.end))
    said: dict[str, Any] = {"window": span, "origin": window.origin, "ignoring": ignoring}
    with connection.cursor() as cursor:
        cursor.execute(QUERY, said | {"location": window.location.pk, "kinds": list(kinds)})
        return [calendar(window, *row) for row in cursor.fetchall()]


def calendar(
    window: Window,
    pk: int,
    kind: str,
    name: str,
    user_id: int | None,
    hours: list[Any] | None,
    lowers: list[int] | None,
    uppers: list[int] | None,
) -> Calendar:
    """One row as bitmaps."""
    resource = Resource(
        pk=pk, location_id=window.location.pk, kind=ResourceKind(kind), name=name, user_id=user_id
    )
    return Calendar(
        resource,
        works(window, tuple(map(tuple, hours or ()))),
        slots.union(zip(lowers or (), uppers or (), strict=True)),
    )


def works(window: Window, hours: tuple[tuple[int, int, int], ...]) -> int:
    """Opening hours in the window and its margins, which reach into the days before and after."""
    first, last = window.first - slots.DAY, window.last + slots.DAY
    return slots.openings(hours, first, last, window.location.zone, window.origin)
