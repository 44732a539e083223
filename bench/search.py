"""Free slots: the first ten over 90 days among 100,000 reservations, with the answers compared.

The clinic is booked out for a month, so the search reads several windows.
"""

import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bench.figures import Figures, seconds
from bench.seed import booked, settled
from scheduling.finding import finder
from scheduling.finding.proposals import durations
from scheduling.finding.resources import Opening, reserved_time
from scheduling.models import Injection, Location, Resource, ResourceKind, WeeklyHours
from scheduling.rules.durations import Durations
from scheduling.rules.procedure import Intent
from scheduling.rules.slots import MINUTE

ZONE = ZoneInfo("America/New_York")
AFTER = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAYS, COUNT = 90, 10
OPENS, CLOSES = 7, 17
HUNG = 1_000_000_000  # visits of these numbers do not exist: foreign keys are off while filling
KINDS = (ResourceKind.PHYSICIAN, ResourceKind.SUITE, ResourceKind.C_ARM, ResourceKind.BAY)
LOCATIONS, A_DAY = 10, 13  # sites; visits a day, each three quarters of an hour
# Percent of the visits that are taken in the weeks before and after AFTER, and later: booked out
# for a month, so that the tenth opening lies weeks away.
BUSY, LATER, BOOKED_OUT = 98, 80, 30

# A visit takes everything of its site: three resources from the start, the bay half an hour later.
FILL = """
INSERT INTO scheduling_reservation
    (injection_id, resource_id, during, live, overbooked, overbooked_why)
SELECT %(hung)s::bigint + extract(epoch FROM at)::bigint / 60, r.id,
       tstzrange(at + later, at + later + interval '45 minutes'), true, false, ''
FROM scheduling_location l JOIN scheduling_resource r ON r.location_id = l.id,
     generate_series(0, %(a_day)s - 1) n,
     generate_series(%(first)s::date, %(last)s::date, '1 day') day,
     LATERAL (SELECT (day::date + interval '7 hours' + n * interval '45 minutes')
                     AT TIME ZONE 'America/New_York') t(at),
     LATERAL (SELECT CASE r.kind WHEN 'bay' THEN interval '30 minutes'
                                 ELSE interval '0' END) s(later)
WHERE extract(isodow FROM day) < 6
  AND abs(hashint8(l.id * 7919 + extract(epoch FROM at)::bigint)) %% 100
      < CASE WHEN day < %(open)s THEN %(busy)s ELSE %(later)s END
"""
TABLE = "scheduling_reservation"
TAKEN = "live AND NOT overbooked AND resource_id = {} AND during && tstzrange(%s, %s)"
QUICK = 301  # runs of what takes a millisecond: fewer measure the rest of the machine
ROWS_OF_THE_WINDOW = f"""
SELECT sum(counted) FROM unnest(%s::bigint[]) p, LATERAL (
    SELECT count(*) AS counted FROM {TABLE} WHERE {TAKEN.format("p")}
) here
"""
CLASH = f"""
SELECT EXISTS (SELECT FROM unnest(%s::bigint[]) p, {TABLE} WHERE {TAKEN.format("p")})
    OR EXISTS (SELECT FROM unnest(%s::bigint[]) p, {TABLE} WHERE {TAKEN.format("p")})
"""


def measure(figures: Figures) -> None:
    """Search with one year of bookings, then with ten times as many behind it."""
    visit = Injection.objects.select_related("order", "location").get(pk=clinics())
    visit.order.intent = Intent.THERAPEUTIC  # no diary, so that any hour of the day is as good
    began = fill(rows=figures.size(100_000), ends=AFTER.date() + timedelta(days=DAYS + 5))
    total = rows()
    ours, count, naive = timings(visit)
    figures.at_most(
        f"first ten of {DAYS} d, {total:,} reservations / counting its rows", ours, count, 4
    )
    figures.at_least("the same / a query for each slot", 1e3 / ours, 1e3 / naive, 100, "a second")
    fill(rows=figures.size(1_000_000), ends=began - timedelta(days=1))
    later, _, _ = timings(visit)
    figures.at_most(f"the same with {rows():,} reservations / before", later, ours, 1.25)


def clinics() -> int:
    """Sites with one resource of each kind, open every weekday; the id of a visit at the first."""
    visit = booked(1, at=AFTER - timedelta(days=9), start=AFTER - timedelta(days=2))[0]
    for number in range(1, LOCATIONS):
        Location.objects.create(
            name=f"Site {number}", address="", phone="+15550100000", zone=ZONE.key
        )
    for location in Location.objects.all():
        for kind in KINDS:
            furnish(location, kind)
    return visit


def furnish(location: Location, kind: ResourceKind) -> None:
    """One more resource of this kind, with its hours."""
    resource = Resource.objects.create(location=location, kind=kind, name=kind.label)
    hours = {"opens": f"{OPENS:02}:00", "closes": f"{CLOSES}:00"}
    WeeklyHours.objects.bulk_create(
        WeeklyHours(resource=resource, weekday=n, **hours) for n in range(5)
    )


def fill(*, rows: int, ends: date) -> date:
    """Write about `rows` reservations over all sites, the last on `ends`. Returns the first day."""
    weekdays = rows / (LOCATIONS * len(KINDS) * A_DAY * BUSY / 100)
    first = min(ends - timedelta(days=round(weekdays * 7 / 5)), AFTER.date())
    said: dict[str, int | date] = {"hung": HUNG, "a_day": A_DAY, "busy": BUSY, "later": LATER}
    said |= {"first": first, "last": ends, "open": AFTER.date() + timedelta(days=BOOKED_OUT)}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(FILL, said)
        cursor.execute("SET session_replication_role = DEFAULT")
    settled(TABLE)
    return first


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_reservation")
        return int(cursor.fetchone()[0])


def timings(visit: Injection) -> tuple[float, float, float]:
    """Median ms of our search, of counting the rows of its window, and of a query for each slot.

    On a connection of its own: PostgreSQL chooses between planning once and planning each time by
    what the first five plans cost, and would compare with those of the smaller table.
    """
    connection.close()
    ours = [opening.start for opening in search(visit)]
    assert ours == a_query_a_slot(visit), "the two searches disagree"
    of_here = list(visit.location.resources.values_list("id", flat=True))
    span = (of_here, AFTER, AFTER + timedelta(days=DAYS))
    naive = median(lambda: a_query_a_slot(visit), 3)
    return (
        median(lambda: search(visit), QUICK),
        median(lambda: fetch(ROWS_OF_THE_WINDOW, span), QUICK),
        naive,
    )


def median(act: Callable[[], object], times: int) -> float:
    """The first fifth warms up and does not count."""
    for _ in range(times // 5):
        act()
    return 1e3 * statistics.median(seconds(act) for _ in range(times))


def search(visit: Injection) -> list[Opening]:
    return finder.find(
        order=visit.order, location=visit.location, after=AFTER, days=DAYS, count=COUNT
    )


def fetch(statement: str, values: tuple[Any, ...]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def a_query_a_slot(visit: Injection) -> list[datetime]:
    """The common shape: walk the slots of the opening hours and ask for each whether it is free."""
    minutes = durations(visit.order, visit.location)
    of_here = {r.kind: r.pk for r in visit.location.resources.all()}
    bay = [of_here.pop(ResourceKind.BAY)]
    procedure = list(of_here.values())
    found: list[datetime] = []
    location, asked = visit.location, visit.order
    earliest = finder.prepared(asked, location, AFTER, DAYS, None, AFTER).earliest
    step = location.booking_policy.grid_min * MINUTE
    at = earliest + (AFTER - earliest) % step
    while len(found) < COUNT and at < AFTER + timedelta(days=DAYS):
        if open_at(at, minutes):
            room = reserved_time(ResourceKind.SUITE, at, minutes)
            rest = reserved_time(ResourceKind.BAY, at, minutes)
            if not fetch(CLASH, (procedure, room.lower, room.upper, bay, rest.lower, rest.upper)):
                found.append(at)
        at += step
    return found


def open_at(at: datetime, minutes: Durations) -> bool:
    """Whether everything fits into the opening hours of that weekday."""
    local, ends = at.astimezone(ZONE), at + (minutes.block + minutes.recovery) * MINUTE
    closes = local.replace(hour=CLOSES, minute=0)
    return local.weekday() < 5 and local.hour >= OPENS and ends <= closes
