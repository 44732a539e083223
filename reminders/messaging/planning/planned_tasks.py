"""What falls to a person by the plan of an injection."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

import structlog
from django.core.exceptions import ValidationError

from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.steps import Audience, Step
from scheduling import deadlines, worklist
from scheduling.models import ContactPoint, Injection, Queue, Task, TaskKind
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Channel

log = structlog.get_logger(__name__)
CAUSED = (TaskKind.PLANNED, TaskKind.CHECK, TaskKind.UNPLANNABLE)  # by a plan or a booking check
Key = tuple[str, str]  # step and occurrence
Plans = Mapping[int, tuple[int, Mapping[Key, PlanEntry], Collection[Key]]]
"""By injection: its revision, its entries by step and occurrence, and which of them wait to leave.
"""


class Cause(NamedTuple):
    """What a task of an injection is about; a check's stands whatever the revision."""

    kind: TaskKind
    injection: int
    step: str
    revision: int | None = None
    occurrence: str = ""

    @classmethod
    def of_task(cls, task: Task) -> "Cause":
        injection = cast(int, task.injection_id)  # a constraint of the database holds it
        return cls(task.kind, injection, task.step, task.revision, task.occurrence)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One entry of one revision that a person does, with its step."""

    injection: int
    revision: int
    planned: PlanEntry
    step: Step

    @property
    def cause(self) -> Cause:
        step, occurrence = self.planned.key
        return Cause(TaskKind.PLANNED, self.injection, step, self.revision, occurrence)

    def is_wanted(self, there: Mapping[Cause, Task]) -> bool:
        """Never opened, or closed by us and back; and no check has asked for it already."""
        spoken = spoken_for(self.step.checks, self.injection, self.planned.send_at, there)
        asks = bool(self.planned.slot) and self.step.is_message
        if spoken or (asks and is_called(self.cause, there)):
            return False
        return worklist.is_wanted(there.get(self.cause))


def known(injection_ids: Collection[int]) -> dict[Cause, Task]:
    """Every task that a plan or a booking check of these injections caused, open or done."""
    tasks = Task.objects.filter(injection__in=injection_ids, kind__in=CAUSED)
    return {Cause.of_task(task): task for task in tasks}


def spoken_for(
    checks: Iterable[str], injection: int, due_at: datetime | None, there: Mapping[Cause, Task]
) -> bool:
    """Whether a check's task for the same work is open, or was finished since this one was due."""
    causes = [Cause(TaskKind.CHECK, injection, code) for code in checks]
    tasks = [task for cause in causes if (task := there.get(cause))]
    return any(
        task.done_at is None or (task.done_by_id and due_at and task.done_at >= due_at)
        for task in tasks
    )


def due(planned_tasks: Iterable[PlannedTask], now: datetime) -> list[PlannedTask]:
    """Those whose time has come."""
    return [each for each in planned_tasks if each.planned.send_at and each.planned.send_at <= now]


def next_at(planned_tasks: Iterable[PlannedTask], now: datetime) -> datetime | None:
    """When the next of them comes."""
    times = (each.planned.send_at for each in planned_tasks)
    return min((at for at in times if at and at > now), default=None)


def open_due(
    planned_tasks: Sequence[PlannedTask], there: Mapping[Cause, Task], now: datetime
) -> int:
    """Open the tasks that are due and were never opened, or whose reason has returned."""
    wanted = [each for each in due(planned_tasks, now) if each.is_wanted(there)]
    injections = _injections(each.injection for each in wanted)
    for each in wanted:
        planned = each.planned
        task = worklist.open_task(
            kind=TaskKind.PLANNED,
            injection=injections[each.injection],
            step=planned.step,
            revision=each.revision,
            occurrence=planned.occurrence,
            queue=queue_of(planned.audience),
            title=planned.title,
            detail=detail_of(planned.why, injections[each.injection]),
            due_at=max(now, planned.expires_at or now),
            urgent=each.step.urgent,
            page=each.step.page,
            at=now,
        )
        worklist.revive(task=task, at=now)
    return len(wanted)


def close_moot(plans: Plans, there: Mapping[Cause, Task], now: datetime) -> int:
    """Finish open tasks whose reason is gone.

    An older revision, a step that is not needed, or a message that waits to leave after all.
    """
    closed = 0
    for cause, task in there.items():
        if task.done_at or cause.kind is TaskKind.CHECK or cause.injection not in plans:
            continue
        current, entries, waiting = plans[cause.injection]
        key = (cause.step, cause.occurrence)
        why = _moot(cause, current, entries.get(key))
        if not why and key in waiting:
            why = "No longer needed: the message can be sent."
        closed += bool(why) and _finish(task, why, now)
    return closed


def _moot(cause: Cause, current: int, entry: PlanEntry | None) -> str:
    if cause.kind is TaskKind.UNPLANNABLE:
        return "No longer needed: its messages are planned again."
    if cause.revision != current:
        return f"No longer needed: the injection changed (revision {current})."
    if entry is not None and entry.outcome is EntryOutcome.OFF:
        return f"No longer needed ({entry.why.removeprefix('not needed: ')})."[:200]
    return ""


def _finish(task: Task, outcome: str, now: datetime) -> bool:
    try:
        worklist.finish(task=task, outcome=outcome, by=None, at=now)
    except ValidationError:
        return False  # a person was faster
    return True


def is_called(call: Cause, there: Mapping[Cause, Task]) -> bool:
    """Whether somebody is asked already to phone about this step of this revision."""
    return any(
        cause._replace(occurrence="") == call._replace(occurrence="") and task.done_at is None
        for cause, task in there.items()
    )


def unplannable(injection: Injection, now: datetime) -> None:
    """A person looks at an injection whose messages cannot be planned or written down."""
    task = worklist.open_task(
        kind=TaskKind.UNPLANNABLE,
        injection=injection,
        revision=injection.revision,
        queue=Queue.DESK,
        title="No messages can be planned for this injection: check its data, phone the patient",
        detail="Something recorded about it contradicts itself. Nothing is sent meanwhile.",
        due_at=deadlines.call_back(injection, now),
        at=now,
    )
    worklist.revive(task=task, at=now)


def queue_of(role: Audience) -> Queue:
    return Queue.DESK if role is Audience.PATIENT else Queue(role.value)


def _injections(ids: Iterable[int]) -> dict[int, Injection]:
    return Injection.objects.select_related("patient").in_bulk(list(set(ids)))


def detail_of(why: str, injection: Injection) -> str:
    """The reason, and the number to call."""
    numbers = ContactPoint.objects.filter(
        patient=injection.patient_id, active=True, channel__in=[Channel.PHONE, Channel.SMS]
    )
    values = sorted({telephone(contact.value) for contact in numbers})
    call = f"Call {' or '.join(values)}." if values else "No telephone number is known."
    return f"{why[:1].upper()}{why[1:]}. {call}"
