"""When locations work, read from the weekly hours and the closures of their resources."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from scheduling.models import Closure, WeeklyHours
from scheduling.rules.wall_clock import wall
from scheduling.rules.working_days import DAY, EVERY_DAY, Span, WorkingDays, is_covered

Closures = Mapping[int, Sequence[Span]]
"""By resource."""


def working_days(
    locations: Collection[int], first: datetime, last: datetime
) -> dict[int, WorkingDays]:
    """When these locations work, with the closures between `first` and `last`, in two queries.

    A location works on the days on which at least one of its active resources does.
    """
    closures = _closures(locations, first, last)
    hours: dict[int, list[WeeklyHours]] = defaultdict(list)
    works = WeeklyHours.objects.filter(resource__location__in=locations, resource__active=True)
    for each in works.select_related("resource__location"):
        hours[each.resource.location_id].append(each)
    found = {location: _of_one(openings, closures) for location, openings in hours.items()}
    return dict.fromkeys(locations, EVERY_DAY) | found


def _closures(locations: Collection[int], first: datetime, last: datetime) -> Closures:
    rows = Closure.objects.filter(
        resource__location__in=locations, during__overlap=TimestamptzRange(first, last)
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for resource, during in rows.values_list("resource_id", "during"):
        if during.lower and during.upper:
            found[resource].append((during.lower, during.upper))
    return found


def _of_one(openings: Sequence[WeeklyHours], closures: Closures) -> WorkingDays:
    """One location: its weekdays, and the days on which closures leave nothing of any opening."""
    zone = openings[0].resource.location.zone
    mine = [span for each in openings for span in closures.get(each.resource_id, ())]
    weekdays = frozenset(each.weekday for each in openings)
    touched = {day for span in mine for day in _days(span, zone) if day.weekday() in weekdays}
    closed = (day for day in touched if _is_closed(day, openings, closures, zone))
    return WorkingDays(weekdays, frozenset(closed))


def _days(span: Span, zone: str) -> Iterator[date]:
    """The local days that a span touches."""
    day, last = (each.astimezone(ZoneInfo(zone)).date() for each in span)
    while day <= last:
        yield day
        day += DAY


def _is_closed(day: date, openings: Sequence[WeeklyHours], closures: Closures, zone: str) -> bool:
    return all(
        is_covered(
            (wall(day, each.opens, zone), wall(day, each.closes, zone)),
            closures.get(each.resource_id, ()),
        )
        for each in openings
        if each.weekday == day.weekday()
    )
