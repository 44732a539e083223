"""What the time machine has a worker do."""

from celery import shared_task

from clinic.demo.sandbox import timemachine
from clinic.demo.sandbox.models import Journey


@shared_task
def travel(journey: int) -> None:
    """Make one journey; a number that is no journey under way is nothing to do."""
    row = Journey.objects.filter(pk=journey, ended_at=None).first()
    if row:
        timemachine.travel(row, work)


def work() -> None:
    """Do here, at once, what beat would wake the workers for."""
    from reminders import tasks

    tasks.tick()
    tasks.drain()
