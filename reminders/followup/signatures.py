"""Signatures that something new has put in question, kept as tasks for a physician."""

from collections.abc import Collection
from datetime import datetime, timedelta

from reminders.models import Review
from scheduling import worklist
from scheduling.models import Injection, Queue, Task
from scheduling.rules.procedure import Side

NEW_DATA = "new_data"


def reopen(injection: Injection, at: datetime, sides: Collection[Side] = tuple(Side)) -> None:
    """Ask for an addendum on each signed joint of these sides; one task a signature."""
    signed = Review.objects.filter(injection=injection, side__in=sides, addendum=None)
    for last in signed:
        worklist.open_task(
            kind=NEW_DATA,
            key=_key(last),
            queue=Queue.PHYSICIAN,
            title=f"New data after signature: {last.side.label.lower()} joint",
            injection=injection,
            due_at=at + timedelta(days=2),
            at=at,
        )


def settle(last: Review, by: object, at: datetime) -> None:
    """An addendum to this signature is signed: nothing new waits any longer."""
    for task in Task.objects.filter(kind=NEW_DATA, key=_key(last), done_at=None):
        worklist.finish(task=task, outcome="Addendum signed", by=by, at=at)


def reopened() -> list[tuple[int, Side]]:
    """The joints whose signature is in question, as (injection, side)."""
    keys = Task.objects.filter(kind=NEW_DATA, done_at=None).values_list("key", flat=True)
    parts = (key.split("-") for key in keys)
    return [(int(injection), Side(side)) for injection, side, _ in parts]


def _key(review: Review) -> str:
    return f"{review.injection_id}-{review.side.value}-{review.pk}"
