"""Work for people: opened once for a cause, finished with an outcome."""

import re
from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet

from scheduling.models import Injection, Patient, Queue, Task, TaskKind
from scheduling.staff import User
from scheduling.validation import refuse, text, word

# Done by the act itself: a button beside it would leave the work undone.
DONE_BY_ACT = frozenset({TaskKind.COSIGNATURE})
SAID_AGAIN = "The same words came {} times."
TIMES = re.compile(SAID_AGAIN.format(r"(\d+)"))


def open_task(
    *,
    kind: TaskKind,
    injection: Injection | None = None,
    step: str = "",
    revision: int | None = None,
    occurrence: str = "",
    key: str = "",
    queue: Queue,
    title: str,
    detail: str = "",
    patient: Patient | None = None,
    due_at: datetime,
    urgent: bool = False,
    page: bool = False,
    at: datetime,
) -> Task:
    """The task for this cause. One that exists already stays as it is, done or not.

    The cause is kind, injection, step, revision, occurrence and key, see `Task`. `patient` is whom
    a task without an injection is about. `page`: whoever is on call hears of it at once.
    """
    refuse({"title": text(title, 160, "title")})
    about = patient.pk if patient else injection.patient_id if injection else None
    facts = {"title": title, "detail": detail, "urgent": urgent, "page": page}
    facts |= {"patient_id": about}
    facts |= {"queue": word(Queue, queue, "queue"), "due_at": due_at, "opened_at": at}
    task, _ = Task.objects.get_or_create(
        kind=word(TaskKind, kind, "kind"),
        injection=injection,
        step=step,
        revision=revision,
        occurrence=occurrence,
        key=key,
        defaults=facts,
    )
    return task


@transaction.atomic
def open_or_count(
    *,
    kind: TaskKind,
    injection: Injection | None,
    key: str,
    queue: Queue,
    title: str,
    detail: str,
    due_at: datetime,
    urgent: bool = False,
    page: bool = False,
    at: datetime,
) -> Task:
    """The task for these words; said again while it is open, they are counted on it.

    A machine that answers us says the same a dozen times, and one task is enough for that.
    """
    alike = Task.objects.select_for_update().filter(
        kind=kind, injection=injection, title=title, done_at=None
    )
    for task in alike.order_by("pk"):
        said, times = _counted(task.detail)
        if said == detail and task.key != key:
            task.detail = f"{detail}\n{SAID_AGAIN.format(times + 1)}"
            task.save(update_fields=["detail"])
            return task
    return open_task(
        kind=kind,
        injection=injection,
        key=key,
        queue=queue,
        title=title,
        detail=detail,
        due_at=due_at,
        urgent=urgent,
        page=page,
        at=at,
    )


def _counted(detail: str) -> tuple[str, int]:
    """What a task says, and how often it was said."""
    said, _, last = detail.rpartition("\n")
    counted = TIMES.fullmatch(last)
    return (said, int(counted[1])) if counted else (detail, 1)


def may_finish(task: Task, by: User | None) -> bool:
    """Whether they may finish this task and open it again; nobody is the system, which may."""
    if by is None:
        return True
    return task.kind not in DONE_BY_ACT and all(by.may(right) for right in _rights(task))


def who_may_finish(task: Task) -> str:
    """`nurse or physician`: the roles that may."""
    roles = get_user_model().objects.roles_that_may(*_rights(task))
    return " or ".join(role.label.lower() for role in roles)


def _rights(task: Task) -> tuple[str, str]:
    """What the table of roles is asked about a task."""
    return f"queue:{task.queue}", f"kind:{task.kind}"


def refuse_others(task: Task, by: User | None) -> None:
    """Raise `PermissionDenied`, whose sentence says who may, for those who may not finish it."""
    if by and task.kind in DONE_BY_ACT:
        raise PermissionDenied("Co-sign or decline the order: that finishes this task.")
    if not may_finish(task, by):
        raise PermissionDenied(
            f"“{task.title.rstrip('.')}” is finished and opened again by: {who_may_finish(task)}."
        )


def finish(*, task: Task, outcome: str, by: User | None, at: datetime) -> Task:
    """Close a task with what came of it; the first to finish it counts.

    Raises `PermissionDenied` for those whose role may not.
    """
    refuse_others(task, by)
    refuse({"outcome": text(outcome, 200, "outcome")})
    open_one = Task.objects.filter(pk=task.pk, done_at=None)
    if not open_one.update(done_at=at, done_by=by, outcome=outcome.strip()):
        raise ValidationError("Somebody has finished this task already; reload the page.")
    task.refresh_from_db()
    return task


def reopen(*, task: Task, by: User | None, at: datetime) -> Task:
    """Put a finished task back on the list, for those who may finish it.

    Its history keeps who had finished it.
    """
    refuse_others(task, by)
    done = Task.objects.filter(pk=task.pk, done_at__isnull=False)
    if not done.update(done_at=None, done_by=None, outcome=""):
        raise ValidationError("This task is open already; reload the page.")
    task.refresh_from_db()
    return task


def is_wanted(task: Task | None) -> bool:
    """Whether a cause that stands needs work: what a person finished stays finished."""
    return task is None or (task.done_at is not None and task.done_by_id is None)


def revive(*, task: Task, at: datetime) -> None:
    """Put a task whose reason has returned back on the list, unless a person had finished it."""
    if is_wanted(task):
        reopen(task=task, by=None, at=at)


def postpone(*, task: Task, due_at: datetime) -> None:
    """Give an open task another due time, earlier or later."""
    Task.objects.filter(pk=task.pk, done_at=None).exclude(due_at=due_at).update(due_at=due_at)


def open_tasks(queue: Queue | None = None) -> QuerySet[Task]:
    """The open tasks of a queue, or of all: urgent ones first, then by due time."""
    tasks = Task.objects.filter(done_at=None).select_related("patient", "injection")
    tasks = tasks.filter(queue=queue) if queue else tasks
    return tasks.order_by("-urgent", F("due_at"), "pk")
