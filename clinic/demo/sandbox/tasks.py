"""The time machine's Celery task."""

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
    """Run the tasks here that beat would start on workers."""
    from reminders import tasks

    tasks.tick()
    tasks.drain()
