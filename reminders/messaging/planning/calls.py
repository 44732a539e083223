"""Calls in place of messages that no machine can bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Q

from reminders import protocols
from reminders.messaging.planning import planned_tasks
from reminders.models import Message
from reminders.rules.plan.message_states import MessageState
from reminders.rules.plan.steps import Audience, Slot, Step
from reminders.rules.protocol import Protocol
from scheduling import deadlines, worklist
from scheduling.models import Task, TaskKind

log = structlog.get_logger(__name__)


def phone_instead(reasons: Mapping[int, str], now: datetime) -> int:
    """Open a phone task for what these messages (id to reason) were to prepare or to ask.

    What was cancelled is not wanted any more: nobody phones about it, nor twice for one thing. One
    call asks for all scores that are missing, so an open task stands for those of its step.
    """
    asks = ~Q(slot="") & Q(reply=False)
    lost = Message.objects.filter(asks | Q(preparation=True), pk__in=reasons)
    lost = lost.exclude(state=MessageState.CANCELLED)
    messages = list(lost.select_related("injection__patient", "injection__location"))
    injections = {message.injection_id for message in messages}
    known_protocols = protocols.by_injection(injections)
    there = planned_tasks.known(injections) if messages else {}
    for message in messages:
        call = Call.about(message, known_protocols[message.injection_id])
        if call.is_wanted(there):
            task = _open(call, reasons[message.pk], now)
            there[planned_tasks.Cause.of_task(task)] = task
            log.info("phone_task_opened", message=str(message.reference), step=message.step)
    return len(messages)


@dataclass(frozen=True, slots=True)
class Call:
    """A call in place of a message. A new link, which staff sent outside the plan, has no step."""

    message: Message
    step: Step | None
    slot: Slot | None

    @classmethod
    def about(cls, message: Message, protocol: Protocol) -> "Call":
        step = next((step for step in protocol.steps if step.id == message.step), None)
        return cls(message, step, protocol.slots.get(message.slot))

    def is_wanted(self, there: Mapping[planned_tasks.Cause, Task]) -> bool:
        """Whether nobody phones about the same anyway."""
        message, step = self.message, self.step
        if step is None:
            return True
        if planned_tasks.spoken_for(step.checks, message.injection_id, message.send_at, there):
            return False
        called = self.slot and planned_tasks.is_called(self.cause, there)
        return step.is_phoned(self.slot) and not called

    @property
    def cause(self) -> planned_tasks.Cause:
        message = self.message
        key = message.injection_id, message.step, message.revision, message.occurrence
        return planned_tasks.Cause(TaskKind.PLANNED, *key)

    @property
    def title(self) -> str:
        about = self.step.title if self.step else "the new link"
        return f"Phone the patient: {about}{f': {self.slot.title}' if self.slot else ''}"[:160]


def _open(call: Call, reason: str, now: datetime) -> Task:
    message = call.message
    task = worklist.open_task(
        kind=TaskKind.PLANNED,
        injection=message.injection,
        step=message.step,
        revision=message.revision,
        occurrence=message.occurrence,
        queue=planned_tasks.queue_of(call.step.falls_to if call.step else Audience.DESK),
        title=call.title,
        detail=planned_tasks.detail_of(f"The message did not go: {reason}", message.injection),
        due_at=min(
            deadlines.call_back(message.injection, now), max(now, message.injection.during.lower)
        ),
        at=now,
    )
    worklist.revive(task=task, at=now)
    return task
