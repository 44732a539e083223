"""Signatures that something new has put in question, kept as tasks for a physician."""

from collections.abc import Collection
from datetime import datetime

from reminders.models import Review
from scheduling import deadlines, worklist
from scheduling.models import Injection, Queue, Task, TaskKind
from scheduling.models.orders import TESTS
from scheduling.rules.procedure import Side
from scheduling.staff import User


def reopen(injection: Injection, at: datetime, sides: Collection[Side] = tuple(Side)) -> None:
    """Ask for an addendum on each signed joint of these sides; one task a signature.

    An injection that only treats has no answer to sign again.
    """
    signed = Review.objects.filter(
        injection=injection, injection__order__intent__in=TESTS, side__in=sides, addendum=None
    )
    for last in signed:
        worklist.open_task(
            kind=TaskKind.NEW_DATA,
            key=str(last.pk),
            queue=Queue.PHYSICIAN,
            title=f"New data after signature: {last.side.label.lower()} joint",
            injection=injection,
            due_at=deadlines.sign_again(injection, at),
            at=at,
        )


def close(last: Review, by: User | None, at: datetime) -> None:
    """An addendum to this signature is signed: nothing new waits any longer."""
    for task in Task.objects.filter(kind=TaskKind.NEW_DATA, key=str(last.pk), done_at=None):
        worklist.finish(task=task, outcome="Addendum signed", by=by, at=at)


def reopened() -> list[tuple[int, Side]]:
    """The joints whose signature is in question, as (injection, side)."""
    tasks = Task.objects.filter(kind=TaskKind.NEW_DATA, done_at=None)
    signatures = [int(key) for key in tasks.values_list("key", flat=True)]
    return [(each.injection_id, each.side) for each in Review.objects.filter(pk__in=signatures)]
