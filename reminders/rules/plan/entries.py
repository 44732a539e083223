"""The entries of a plan: messages and tasks that ought to exist, and those that ought not."""

from dataclasses import dataclass
from datetime import datetime

from reminders.rules.plan.steps import Audience
from scheduling.rules.procedure import Channel, Purpose, Word


class EntryOutcome(Word):
    """What becomes of an entry: sent, part of another message, a task, too late, not needed."""

    SEND = "send"
    FOLD = "fold"
    TASK = "task"
    DROP = "drop"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One promise, unique by (`step`, `occurrence`) within an injection's revision.

    `send_at` and `expires_at` are UTC, and None where the protocol knows no time yet. `audience` is
    `patient`, or who does the task. `channels` are tried in order. `into` names the step (or
    `step/occurrence`) that says a folded entry; `carries` lists what a message says besides its
    own. `number` of `of` counts diary texts. `why` is a sentence for the scheduler.
    """

    step: str
    occurrence: str
    outcome: EntryOutcome
    audience: Audience
    purpose: Purpose
    channels: tuple[Channel, ...]
    send_at: datetime | None
    expires_at: datetime | None
    sms: str
    email: str
    title: str
    why: str
    preparation: bool
    retry_when_unknown: bool
    into: str = ""
    carries: tuple[str, ...] = ()
    slot: str = ""
    number: int = 0
    of: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.step, self.occurrence

    @property
    def leaves(self) -> bool:
        """Whether a message is to be sent."""
        return self.outcome is EntryOutcome.SEND
