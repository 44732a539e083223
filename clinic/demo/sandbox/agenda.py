"""The next moment at which something is due to happen in the demonstration."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from reminders.models import Alert, Message, Preparation, Survey
from scheduling.models import Injection, Task
from scheduling.rules.procedure import InjectionState


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that will happen at `at`, in words for a person."""

    at: datetime
    name: str


def next_event(after: datetime) -> Event | None:
    """The first event later than `after`, or None when nothing lies ahead."""
    return min(ahead(after), default=None)


def ahead(after: datetime) -> Iterator[Event]:
    """The first event of each kind."""
    for rows, field, words in (
        (messages(), "due", "{step} for {patient}"),
        (surveys(), "due_at", "Check-in {slot} of {injection__patient}"),
        (Task.objects.filter(done_at=None), "due_at", "Task is due: {title}"),
        (preparations(), "next_task_at", "Staff have something to do for {injection__patient}"),
        (visits(), "start_at", "Visit of {patient}"),
        (Alert.objects.filter(taken_at=None), "next_at", "The next on call is paged"),
    ):
        row = rows.filter(**{f"{field}__gt": after}).order_by(field).first()
        if row is not None:
            yield Event(getattr(row, field), named(row, words))


def named(row: object, words: str) -> str:
    """The words with the row's values in their placeholders; `a__b` is the `b` of the row's `a`."""
    said = words.format_map(Placeholders(row))
    return said[:1].upper() + said[1:]


class Placeholders(dict):  # type: ignore[type-arg]
    """Reads attributes of one row by the names of a text's placeholders."""

    def __init__(self, row: object) -> None:
        super().__init__()
        self.row = row

    def __missing__(self, path: str) -> str:
        value: object = self.row
        for name in path.split("__"):
            value = getattr(value, name)
        return str(value).replace("_", " ")


def messages() -> QuerySet[Message]:
    queued = Message.objects.filter(state="queued").select_related("patient")
    return queued.annotate(due=Coalesce("retry_at", "send_at"))


def preparations() -> QuerySet[Preparation]:
    return Preparation.objects.select_related("injection__patient")


def surveys() -> QuerySet[Survey]:
    return Survey.objects.filter(readings=None).select_related("injection__patient")


def visits() -> QuerySet[Injection]:
    booked = Injection.objects.filter(state=InjectionState.BOOKED).select_related("patient")
    return booked.annotate(start_at=F("during__startswith"))
