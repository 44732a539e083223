"""When resources work and when they are taken, as bitmaps of minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from psycopg.types.range import TimestamptzRange

from scheduling.models import Location, Resource, ResourceKind
from scheduling.rules import slots

# What is asked stands in a row that the planner cannot look into. It then estimates the same for
# every window, and PostgreSQL keeps one plan for all searches of a connection; otherwise it plans
# each search anew once a million reservations lie behind it, which is a quarter of the time.
ASKED = """
WITH asked AS MATERIALIZED (
    SELECT %(window)s::tstzrange AS span, %(origin)s::int AS origin,
           %(ignoring)s::bigint AS ignoring
)
"""
# Reservations are read through the index of the exclusion constraint, and overbooked ones, which
# are few, through their own. Injections follow each other closely: merged, they are few spans.
TAKEN = """
LEFT JOIN LATERAL (
    SELECT array_agg(floor(date_part('epoch', lower(held)) / 60)::int - origin) AS lowers,
           array_agg(ceil(date_part('epoch', upper(held)) / 60)::int - origin) AS uppers
    FROM unnest((
        SELECT range_agg(during) FROM (
            SELECT during FROM scheduling_reservation
            WHERE resource_id = r.id AND during && span AND live AND NOT overbooked
              AND injection_id <> ignoring
            UNION ALL
            SELECT during FROM scheduling_reservation
            WHERE resource_id = r.id AND during && span AND live AND overbooked
              AND injection_id <> ignoring
            UNION ALL
            SELECT during * span FROM scheduling_closure
            WHERE resource_id = r.id AND during && span
        ) taken
    )) AS held
) b ON true
"""
# One statement a window, whatever the number of resources. Who they are and when they work is read
# with the first window alone: it is a fifth of the server's time for a week.
FIRST = f"""
{ASKED}
SELECT b.lowers, b.uppers, h.hours, r.id, r.kind, r.name, r.user_id
FROM asked CROSS JOIN scheduling_resource r
LEFT JOIN LATERAL (
    SELECT array_agg(ARRAY[weekday::int, (date_part('epoch', opens) / 60)::int,
                           (date_part('epoch', closes) / 60)::int]) AS hours
    FROM scheduling_weeklyhours WHERE resource_id = r.id
) h ON true
{TAKEN}
WHERE r.location_id = %(location)s AND r.active AND r.kind = ANY(%(kinds)s)
ORDER BY r.name, r.id
"""  # noqa: S608 (put together from constants)
LATER = f"""
{ASKED}
SELECT b.lowers, b.uppers
FROM asked CROSS JOIN unnest((SELECT %(resources)s::bigint[])) WITH ORDINALITY AS r(id, place)
{TAKEN}
ORDER BY r.place
"""  # noqa: S608

Hours = tuple[tuple[int, int, int], ...]  # weekday, opens, closes; minutes of the wall clock
Minutes = list[int] | None  # at which spans begin, or end


@dataclass(frozen=True, slots=True)
class Calendar:
    """One resource: the minutes it works and the minutes it is taken or closed, from an origin."""

    resource: Resource
    hours: Hours
    works: int
    taken: int

    @property
    def free(self) -> int:
        return self.works & ~self.taken


@dataclass(frozen=True)
class SearchWindow:
    """Local days [first, last] of a location, and a margin of minutes around them."""

    location: Location
    first: date
    last: date
    before: int  # minutes a booking may reach back over the first midnight
    after: int  # minutes a booking may reach past the last midnight

    @cached_property
    def origin(self) -> int:
        """The minute that bit 0 stands for."""
        return slots.wall(self.first, time(0), self.location.zone) - self.before

    @cached_property
    def end(self) -> int:
        """The minute after the last."""
        midnight = slots.wall(self.last + timedelta(days=1), time(0), self.location.zone)
        return midnight + self.after


def load(window: SearchWindow, kinds: Sequence[str], ignoring: int = 0) -> list[Calendar]:
    """The calendars of a location's active resources of these kinds, by name.

    `ignoring` is the id of an injection whose own reservations do not count: the one that moves.
    """
    found = _fetch(FIRST, window, ignoring, location=window.location.pk, kinds=list(kinds))
    return [
        _calendar(window, _resource(window.location, *who), _weekly(hours), lowers, uppers)
        for lowers, uppers, hours, *who in found
    ]


def load_next(window: SearchWindow, known: Sequence[Calendar]) -> list[Calendar]:
    """The same resources in another window of the same search, in the same order."""
    found = _fetch(LATER, window, resources=[each.resource.pk for each in known])
    return [
        _calendar(window, each.resource, each.hours, lowers, uppers)
        for each, (lowers, uppers) in zip(known, found, strict=True)
    ]


def _fetch(
    statement: str, window: SearchWindow, ignoring: int = 0, **parameters: Any
) -> list[tuple[Any, ...]]:
    """The rows of `FIRST` or `LATER`; `parameters` are the values that only one of them takes."""
    span = TimestamptzRange(slots.moment(window.origin), slots.moment(window.end))
    parameters |= {"window": span, "origin": window.origin, "ignoring": ignoring}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _resource(location: Location, pk: int, kind: str, name: str, user_id: int | None) -> Resource:
    """One row as a resource."""
    return Resource(
        pk=pk, location_id=location.pk, kind=ResourceKind(kind), name=name, user_id=user_id
    )


def _weekly(hours: list[tuple[int, int, int]] | None) -> Hours:
    """An array of the database as hours."""
    return tuple((weekday, opens, closes) for weekday, opens, closes in hours or ())


def _calendar(
    window: SearchWindow, resource: Resource, hours: Hours, lowers: Minutes, uppers: Minutes
) -> Calendar:
    """One row as bitmaps. Opening hours reach into the days around, where the margins may lie."""
    first, last = window.first - slots.DAY, window.last + slots.DAY
    works = slots.openings(hours, first, last, window.location.zone, window.origin)
    taken = slots.union(zip(lowers or (), uppers or (), strict=True))
    return Calendar(resource, hours, works, taken)
