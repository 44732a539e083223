"""What a desk does all day, in one line each."""

from datetime import datetime, timedelta
from typing import Any

from scheduling import bookings
from scheduling.finding.resources import ResourceSet
from scheduling.models import Injection, Location, Order
from tests.world import NOW, START, free_resources

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def book(
    order: Order,
    location: Location,
    start: datetime = START,
    resources: ResourceSet | None = None,
    **more: Any,
) -> Injection:
    """Book with whoever is free, unless told with whom."""
    resources = resources or free_resources(order, location, start)
    return bookings.book(
        order=order, location=location, start=start, resources=resources, by=None, at=NOW, **more
    )


def move(injection: Injection, start: datetime, resources: ResourceSet | None = None) -> Injection:
    """Move to whoever is free, unless told to whom."""
    resources = resources or free_resources(injection.order, injection.location, start)
    return bookings.move(injection=injection, start=start, resources=resources, by=None, at=LATER)


def spans(injection: Injection) -> dict[str, tuple[datetime, datetime]]:
    """What each kind of resource is held for."""
    rows = injection.reservations.filter(live=True).select_related("resource")
    return {row.resource.kind: (row.during.lower, row.during.upper) for row in rows}
