"""What falls to a person: the plan's own tasks, and messages that no machine can bring."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError

from reminders.models import Message
from reminders.protocols import of as protocols_of
from reminders.rules.planned import Outcome, Planned
from reminders.rules.states import MessageState
from reminders.rules.steps import Role
from scheduling import worklist
from scheduling.models import ContactPoint, Injection, Queue, Task
from scheduling.rules.procedure import Channel

log = structlog.get_logger(__name__)
PHONE_WITHIN = timedelta(hours=2)  # our default: a call that replaces a message is soon or useless
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Errand:
    """One step of one revision that a person does."""

    injection: int
    revision: int
    planned: Planned

    @property
    def key(self) -> Key:
        return self.planned.step, key(self.injection, self.revision, self.planned.occurrence)


def key(injection: int, revision: int, occurrence: str) -> str:
    """The cause of a task: one promise of one revision."""
    return f"{injection}/{revision}/{occurrence}"


def known(injection_ids: Collection[int]) -> dict[Key, Task]:
    """Every task that a plan of these injections caused, open or done."""
    tasks = Task.objects.filter(injection__in=injection_ids)
    return {(task.kind, task.key): task for task in tasks if task.key.count("/") == 2}


def due(errands: Iterable[Errand], now: datetime) -> list[Errand]:
    """Those whose time has come."""
    return [each for each in errands if each.planned.send_at and each.planned.send_at <= now]


def next_at(errands: Iterable[Errand], now: datetime) -> datetime | None:
    """When the next of them comes."""
    times = (each.planned.send_at for each in errands)
    return min((at for at in times if at and at > now), default=None)


def open_due(errands: Sequence[Errand], there: Mapping[Key, Task], now: datetime) -> int:
    """Open the tasks that are due and were never opened."""
    wanted = [each for each in due(errands, now) if each.key not in there]
    injections = _injections(each.injection for each in wanted)
    for each in wanted:
        planned = each.planned
        worklist.open_task(
            kind=each.key[0],
            key=each.key[1],
            queue=_queue(planned.audience),
            title=planned.title,
            detail=_detail(planned.why, injections[each.injection]),
            injection=injections[each.injection],
            due_at=max(now, planned.expires_at or now),
            urgent=planned.step in URGENT,
            at=now,
        )
    return len(wanted)


# Steps whose every hour counts; the rest waits for its due time.
URGENT = {"red_flag", "hold_begun", "hold_phone"}


def close_moot(
    plans: Mapping[int, tuple[int, Mapping[Key, Planned]]], there: Mapping[Key, Task], now: datetime
) -> int:
    """Finish open tasks whose reason is gone: an older revision, or a step no longer needed.

    `plans` maps an injection to its revision and its entries by (step, occurrence).
    """
    closed = 0
    for (step, cause), task in there.items():
        injection, revision, occurrence = cause.split("/", 2)
        if task.done_at or int(injection) not in plans:
            continue
        current, entries = plans[int(injection)]
        why = _moot(int(revision), current, entries.get((step, occurrence)))
        closed += bool(why) and _finish(task, why, now)
    return closed


def _moot(revision: int, current: int, entry: Planned | None) -> str:
    if revision != current:
        return f"No longer needed: the visit changed (revision {current})."
    if entry is not None and entry.outcome is Outcome.OFF:
        return f"No longer needed ({entry.why.removeprefix('not needed: ')})."[:200]
    return ""


def _finish(task: Task, outcome: str, now: datetime) -> bool:
    try:
        worklist.finish(task=task, outcome=outcome, by=None, at=now)
    except ValidationError:
        return False  # a person was faster
    return True


def phone_instead(reasons: Mapping[int, str], now: datetime) -> int:
    """Open a phone task for each preparation among these messages (id to reason) that cannot go.

    What was cancelled is not wanted any more: nobody phones about it.
    """
    lost = Message.objects.filter(pk__in=reasons, preparation=True, reply=False)
    lost = lost.exclude(state=MessageState.CANCELLED)
    messages = list(lost.select_related("injection__patient", "injection__location"))
    protocols = protocols_of({message.injection_id for message in messages})
    for message in messages:
        step = protocols[message.injection_id].step(message.step)
        worklist.open_task(
            kind=message.step,
            key=key(message.injection_id, message.revision, message.occurrence),
            queue=_queue(step.falls_to),
            title=f"Phone the patient: {step.title}"[:160],
            detail=_detail(f"The message did not go: {reasons[message.pk]}", message.injection),
            injection=message.injection,
            due_at=min(now + PHONE_WITHIN, max(now, message.injection.during.lower)),
            at=now,
        )
        log.info("phone_task_opened", message=str(message.reference), step=message.step)
    return len(messages)


def unplannable(injection: Injection, now: datetime) -> None:
    """A person looks at an injection whose facts make no plan."""
    worklist.open_task(
        kind="unplannable",
        key=f"{injection.pk} revision {injection.revision}",
        queue=Queue.DESK,
        title="No messages can be planned for this visit: check its data, and phone the patient",
        detail="Something recorded about this visit contradicts itself. Nothing is sent meanwhile.",
        injection=injection,
        due_at=now + PHONE_WITHIN,
        at=now,
    )


def _queue(role: Role) -> Queue:
    return Queue.DESK if role is Role.PATIENT else Queue(role.value)


def _injections(ids: Iterable[int]) -> dict[int, Injection]:
    return Injection.objects.select_related("patient").in_bulk(list(set(ids)))


def _detail(why: str, injection: Injection) -> str:
    """The reason, and the number to call."""
    numbers = ContactPoint.objects.filter(
        patient=injection.patient_id, active=True, channel__in=[Channel.PHONE, Channel.SMS]
    )
    values = sorted({contact.value for contact in numbers})
    call = f"Call {' or '.join(values)}." if values else "No telephone number is known."
    return f"{why[:1].upper()}{why[1:]}. {call}"
