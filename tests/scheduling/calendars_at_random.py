"""A random clinic, and the plainest search of it: every quarter of an hour, minute and row."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from scheduling.finding.proposals import durations
from scheduling.models import Closure, Injection, Location, Order, Reservation, WeeklyHours
from scheduling.models.resources import Resource
from tests.world import a_booking, a_location, an_order

KINDS = ("physician", "suite", "c_arm", "bay")


def a_random_clinic(seed: int, zone: str, first: date, days: int) -> tuple[Location, Order]:
    """Resources with odd hours, closures, bookings and overbooks from `first` on; and an order."""
    random = Random(seed)  # noqa: S311 (nothing secret: the same clinic for the same seed)
    location = a_location(zone=zone, rooms=random.choice([1, 2]), policy=policy(random))
    for resource in location.resources.all():
        resource.hours.all().delete()
        WeeklyHours.objects.bulk_create(hours(random, resource))
        close(random, resource, first, days)
    take(random, location, first, days)
    side, sedation = random.choice(["left", "bilateral"]), random.choice(["none", "deep_mac"])
    intent = random.choice(["therapeutic", "diagnostic"])
    return location, an_order(side=side, sedation=sedation, intent=intent)


def policy(random: Random) -> dict[str, int]:
    return {"setup_min": random.choice([0, 10]), "analgesic_hold_h": 0, "diary_hours": 6}


def hours(random: Random, resource: Resource) -> Iterator[WeeklyHours]:
    """One or two openings a day, also on the days when clocks change, some at night."""
    for weekday in random.sample(range(7), 6):
        opens = random.choice([0, 1, 6, 8])
        noon = random.choice([12, 13])
        yield opening(resource, weekday, opens, noon)
        if random.random() < 0.8:
            yield opening(resource, weekday, noon + random.choice([0, 1]), random.choice([17, 23]))


def opening(resource: Resource, weekday: int, opens: int, closes: int) -> WeeklyHours:
    return WeeklyHours(resource=resource, weekday=weekday, opens=time(opens), closes=time(closes))


def spans(random: Random, first: date, days: int, many: int) -> Iterator[TimestamptzRange]:
    """Disjoint spans of odd lengths, in order."""
    moment = datetime.combine(first, time(), ZoneInfo("UTC")) - timedelta(hours=6)
    for _ in range(many):
        moment += timedelta(minutes=5 * random.randint(0, days * 24 * 12 * 2 // many))
        end = moment + timedelta(minutes=5 * random.randint(1, 30))
        yield TimestamptzRange(moment, end)
        moment = end


def close(random: Random, resource: Resource, first: date, days: int) -> None:
    Closure.objects.bulk_create(
        Closure(resource=resource, during=span, reason="leave")
        for span in spans(random, first, days, 4)
    )


def take(random: Random, location: Location, first: date, days: int) -> None:
    """Reservations of many injections, some overbooked on top of others."""
    pattern = a_booking(location=a_location(rooms=1))
    taken = [
        (resource, span, overbooked)
        for resource in location.resources.all()
        for overbooked in (False, True)
        for span in spans(random, first, days, 4 if overbooked else 25)
    ]
    injections = Injection.objects.bulk_create(copies(pattern, len(taken)))
    Reservation.objects.bulk_create(
        Reservation(
            injection=injection,
            resource=resource,
            during=span,
            overbooked=overbooked,
            overbooked_why="on purpose" if overbooked else "",
            overbooked_by=pattern.order.physician if overbooked else None,
        )
        for injection, (resource, span, overbooked) in zip(injections, taken, strict=True)
    )


def copies(pattern: Injection, many: int) -> list[Injection]:
    """Injections that only serve to hold something; cancelled, so that they may share an order."""
    shared = {
        field.attname: getattr(pattern, field.attname)
        for field in Injection._meta.concrete_fields
        if field.name not in ("id", "reference", "state")
    }
    return [Injection(**shared, state="cancelled") for _ in range(many)]


def plain_search(order: Order, location: Location, first: date, days: int) -> list[datetime]:
    """Every start at which some resource of each kind is free, the slow way."""
    zone = ZoneInfo(location.zone)
    begins = datetime.combine(first, time(), zone).astimezone(ZoneInfo("UTC"))
    ends = datetime.combine(first + timedelta(days=days), time(), zone)
    rows = {kind: [Plain(each) for each in location.resources.filter(kind=kind)] for kind in KINDS}
    found, moment = [], begins
    while moment < ends:
        if all(any(each.free(moment, order, zone) for each in rows[kind]) for kind in KINDS):
            found.append(moment)
        moment += timedelta(minutes=15)
    return found


class Plain:
    """One resource, read row by row."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.hours = list(resource.hours.all())
        busy = [*resource.closures.all(), *resource.reservations.filter(live=True)]
        self.busy = [row.during for row in busy]

    def free(self, start: datetime, order: Order, zone: ZoneInfo) -> bool:
        minutes = durations(order, self.resource.location)
        begin = start - timedelta(minutes=minutes.setup)
        end = start + timedelta(minutes=minutes.block + minutes.turnover)
        if self.resource.kind == "bay":
            begin = start + timedelta(minutes=minutes.block)
            end = begin + timedelta(minutes=minutes.recovery)
        if any(begin < span.upper and span.lower < end for span in self.busy):
            return False
        every = (begin + timedelta(minutes=n) for n in range((end - begin) // timedelta(minutes=1)))
        return all(self.works(minute.astimezone(zone)) for minute in every)

    def works(self, minute: datetime) -> bool:
        return any(
            row.weekday == minute.weekday() and row.opens <= minute.time() < row.closes
            for row in self.hours
        )
