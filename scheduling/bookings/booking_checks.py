"""The checks of a booking: they stop it, are kept with it, and open work for people."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from scheduling import worklist
from scheduling.errors import Blocked
from scheduling.finding.working_days import working_days
from scheduling.models import BookingCheck, Injection, Queue, Task, TaskKind
from scheduling.rules.checks import Check, Proposal, check, stops
from scheduling.rules.matrix import AT_ONCE, Level
from scheduling.staff import User


def require(proposal: Proposal, overrides: Mapping[str, str]) -> tuple[Check, ...]:
    """What the checks found. Raises `Blocked` with everything that stops this booking."""
    found = check(proposal)
    stopping = stops(found, overrides)
    if stopping:
        raise Blocked(stopping)
    return found


def for_existing(injection: Injection, found: tuple[Check, ...]) -> tuple[Check, ...]:
    """What the checks found about a booked injection: what would stop a booking is urgent work.

    What was overridden when it was booked stays overridden.
    """
    settled = set(injection.checks.exclude(override="").values_list("code", flat=True))
    return tuple(
        replace(each, level=Level.TASK, queue="physician", urgent=True, days=AT_ONCE)
        if each.level is Level.HARD
        else each
        for each in found
        if each.code not in settled
    )


def record(
    *,
    injection: Injection,
    found: tuple[Check, ...],
    by: User | None,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
) -> None:
    """Keep the warnings under this revision, open the tasks, close those not needed any more."""
    _keep(injection, found, by, at, overrides or {})
    wanted = _tasks(injection, found, at)
    for each in wanted:
        _open_again(each, at)
    codes = {each.step for each in wanted}
    close_tasks(injection, "no longer needed", at, lambda code: code not in codes)


def record_first(
    *,
    injection: Injection,
    found: tuple[Check, ...],
    by: User | None,
    at: datetime,
    overrides: Mapping[str, str] | None = None,
) -> None:
    """`record` for a new injection, for which nobody has opened or done anything yet."""
    _keep(injection, found, by, at, overrides or {})
    Task.objects.bulk_create(_tasks(injection, found, at))


def _keep(
    injection: Injection,
    found: tuple[Check, ...],
    by: User | None,
    at: datetime,
    overrides: Mapping[str, str],
) -> None:
    """Keep the warnings, each with the reason for which it was overridden."""
    BookingCheck.objects.bulk_create(
        BookingCheck(
            injection=injection,
            revision=injection.revision,
            code=each.code,
            level=each.level,
            sentence=each.sentence,
            override=overrides.get(each.code, "").strip() if each.overridable else "",
            by=by,
            at=at,
        )
        for each in found
        if each.level is not Level.TASK
    )


def _tasks(injection: Injection, found: tuple[Check, ...], at: datetime) -> list[Task]:
    """The unsaved tasks that checks ask for, each due some days before the start.

    They are due on the location's working days: the last one until then.
    """
    asked = [each for each in found if each.level is Level.TASK]
    if not asked:
        return []
    location, start = injection.location, injection.start
    works = working_days([location.pk], min(at, start), start)[location.pk]
    return [
        Task(
            kind=TaskKind.CHECK,
            step=each.code,
            queue=Queue(each.queue),
            title=each.sentence,
            patient_id=injection.patient_id,
            injection=injection,
            due_at=max(works.last_until(start - timedelta(days=each.days), location.zone), at),
            urgent=each.urgent,
            page=each.page,
            opened_at=at,
        )
        for each in asked
    ]


def _open_again(wanted: Task, at: datetime) -> None:
    """Open this task, or give the open one its new due time.

    What was closed because its reason had gone is opened again.
    """
    task = worklist.open_task(
        kind=wanted.kind,
        injection=wanted.injection,
        step=wanted.step,
        queue=wanted.queue,
        title=wanted.title,
        due_at=wanted.due_at,
        urgent=wanted.urgent,
        page=wanted.page,
        at=at,
    )
    worklist.revive(task=task, at=at)
    worklist.postpone(task=task, due_at=wanted.due_at)


def close_tasks(
    injection: Injection,
    outcome: str,
    at: datetime,
    concerns: Callable[[str], bool] = lambda code: True,
) -> None:
    """Close the open tasks of checks whose code this `concerns`; no person has done them."""
    for task in worklist.open_tasks().filter(injection=injection, kind=TaskKind.CHECK):
        if concerns(task.step):
            worklist.finish(task=task, outcome=outcome, by=None, at=at)
