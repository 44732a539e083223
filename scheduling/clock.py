"""The only place that reads the time."""

from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """Return the present instant, aware, UTC; in demo mode moved by the clock's offset."""
    instant = datetime.now(UTC)
    return instant + _offset() if settings.DEMO else instant


def _offset() -> timedelta:
    """Return how far the demo clock runs ahead of the system's."""
    from scheduling.models.clock import DemoClock  # models need the app registry, now() does not

    return DemoClock.objects.filter(pk=1).values_list("offset", flat=True).first() or timedelta()
