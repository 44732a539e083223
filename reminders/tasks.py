"""Celery's side of messaging: an alarm clock and hands. The tables are the queue."""

from celery import shared_task

from reminders.messaging import rounds
from reminders.messaging.delivery import dispatcher
from scheduling import clock


@shared_task(name="reminders.tick")
def tick() -> None:
    """Every few seconds: agree with what changed, mend what dead workers left, wake the drains."""
    rounds.tick(clock.now(), drain.delay)


@shared_task(name="reminders.drain")
def drain() -> None:
    """Deliver until nothing is due; carries nothing, so losing it loses nothing."""
    if dispatcher.drain(clock.now):
        drain.delay()


@shared_task(name="reminders.nightly")
def nightly() -> None:
    """Once a day: everything, whether it changed or not."""
    rounds.everything(clock.now())
