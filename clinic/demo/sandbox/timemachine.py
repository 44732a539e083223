"""Moves the demonstration's clock forward, event by event, and lets workers act at each.

A leap of a day sends each message at its own time. Were the clock just set, most would expire.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from clinic.demo.sandbox.agenda import Event, next_event
from clinic.demo.sandbox.models import Journey, Report
from reminders.models import Message
from scheduling import clock
from scheduling.locks import Lock, try_exclusive
from scheduling.models import DemoClock

log = structlog.get_logger(__name__)
STOP_TIMEOUT_S = 45  # seconds of real time that one stop may take
POLL_INTERVAL_S = 0.05  # seconds between looks
LONGEST = timedelta(days=400)


class AlreadyMoving(Exception):
    """Another journey is under way."""


def start_journey(target: datetime, now: datetime) -> Journey:
    """Write down a journey to `target`, which `travel` makes.

    Raises `AlreadyMoving`, and `ValueError` when `target` has passed or lies too far ahead.
    """
    if target <= now:
        raise ValueError("The clock runs forward only; name a time that is still to come.")
    if target > now + LONGEST:
        raise ValueError(f"That is too far; name a time within {LONGEST.days} days.")
    end_abandoned_journeys()
    try:
        with transaction.atomic():
            return Journey.objects.create(from_at=now, target_at=target, reached_at=now)
    except IntegrityError:
        raise AlreadyMoving("The clock is moving already; wait until it has arrived.") from None


def end_abandoned_journeys() -> None:
    """End journeys whose process died: they hold no lock, and nothing has moved for a while."""
    with try_exclusive(Lock.CLOCK) as ours:
        if ours:
            stale = Journey.objects.filter(ended_at=None, seen_at__lt=Now() - timedelta(minutes=1))
            stale.update(ended_at=Now(), failure="The process that moved the clock has gone.")


def travel(journey: Journey, work: Callable[[], None]) -> None:
    """Make the journey. `work` does whatever is due now, as a worker does."""
    with try_exclusive(Lock.CLOCK) as ours:
        if not ours:
            return
        try:
            stop_by_stop(journey, work)
        except Exception as error:
            log.exception("journey_failed", journey=journey.pk)
            end(journey, failure=f"Stopped by an error ({type(error).__name__}); see the log.")
            raise
        end(journey)


def stop_by_stop(journey: Journey, work: Callable[[], None]) -> None:
    """First what is due now, then one event after the other, then the target itself."""
    settle(journey, work)
    while (event := next_event(clock.now())) and event.at <= journey.target_at:
        note(journey, event)
        move_to(event.at)
        settle(journey, work)
    move_to(journey.target_at)
    settle(journey, work)


def move_to(moment: datetime) -> None:
    """Set the demonstration's clock; a moment that has passed changes nothing."""
    DemoClock.objects.get_or_create(pk=1)
    ahead = moment - clock.now()
    if ahead > timedelta():
        DemoClock.objects.filter(pk=1).update(offset=F("offset") + ahead)


def settle(journey: Journey, work: Callable[[], None]) -> None:
    """Work until nothing due is left, in hand or unreported, `STOP_TIMEOUT_S` at most."""
    limit = time.monotonic() + STOP_TIMEOUT_S
    work()
    while left := unsettled(clock.now()):
        if time.monotonic() > limit:
            stops = [*journey.stops, f"Went on without: {left}"]
            Journey.objects.filter(pk=journey.pk).update(stops=stops)
            break
        time.sleep(POLL_INTERVAL_S)
        work()
    Journey.objects.filter(pk=journey.pk).update(reached_at=clock.now(), seen_at=Now())


def unsettled(now: datetime) -> str:
    """What is still to be done at this moment, in words; empty when all is quiet."""
    queued = Message.objects.filter(state="queued").annotate(due=Coalesce("retry_at", "send_at"))
    left = {
        "messages due": queued.filter(due__lte=now).count(),
        "messages in hand": Message.objects.filter(state="sending").count(),
        "reports of the carrier": Report.objects.filter(settled_at=None).count(),
    }
    return ", ".join(f"{count} {what}" for what, count in left.items() if count)


def note(journey: Journey, event: Event) -> None:
    journey.stops = [*journey.stops, event.name[:200]]
    standing = event.name[:200]
    Journey.objects.filter(pk=journey.pk).update(
        stops=journey.stops, standing=standing, seen_at=Now()
    )


def end(journey: Journey, failure: str = "") -> None:
    Journey.objects.filter(pk=journey.pk, ended_at=None).update(
        ended_at=Now(), failure=failure, reached_at=clock.now(), standing=""
    )
