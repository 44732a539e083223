"""What was, is and will be said about one visit, step by step, with the reason for each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.followup.slots import protocol_of
from reminders.messaging.planning.facts import visits
from reminders.models import Attempt, Message
from reminders.rules.plan import plan
from reminders.rules.planned import Outcome, Planned
from reminders.rules.protocol import Protocol
from reminders.rules.states import MessageState
from scheduling.models import Injection


@dataclass(frozen=True, slots=True)
class Line:
    """One promise. `planned` is today's plan for it, `message` its row; either may be missing.

    `at` is by the clinic's clocks. `attempts` are the hand-overs with their receipts, in order.
    """

    title: str
    at: datetime | None
    why: str
    channels: tuple[str, ...]
    planned: Planned | None
    message: Message | None
    attempts: tuple[Attempt, ...]

    @property
    def state(self) -> str:
        """The message's state, else what the plan decided."""
        if self.message:
            return str(self.message.state.label)
        return _OUTCOMES[self.planned.outcome] if self.planned else ""

    @property
    def tone(self) -> str:
        """How the state looks: good, warn, bad, busy or plain."""
        return _TONES.get(self.message.state, "plain") if self.message else "plain"

    @property
    def is_off(self) -> bool:
        """Whether the plan does not need it and nothing was ever queued."""
        off = self.planned is not None and self.planned.outcome is Outcome.OFF
        return off and self.message is None


_OUTCOMES = {
    Outcome.SEND: "Not queued yet",
    Outcome.FOLD: "Part of another message",
    Outcome.TASK: "For a person",
    Outcome.DROP: "Not sent",
    Outcome.OFF: "Not needed",
}
_TONES = {
    MessageState.QUEUED: "warn",
    MessageState.SENDING: "busy",
    MessageState.SENT: "good",
    MessageState.DELIVERED: "good",
    MessageState.UNDELIVERED: "bad",
    MessageState.FAILED: "bad",
    MessageState.EXPIRED: "bad",
}


def timeline(injection: Injection) -> list[Line]:
    """Every step of today's plan and every message there ever was, by time.

    What has no time comes last. A constant number of queries.
    """
    protocol = protocol_of(injection)
    visit = visits([injection.pk]).get(injection.pk)
    entries = plan(visit, protocol) if visit else ()
    messages = list(
        Message.objects.filter(injection=injection).prefetch_related("attempts__receipts")
    )
    lines = list(_lines(entries, messages, protocol, injection))
    return sorted(lines, key=lambda line: (line.at is None, line.at, line.title))


def _lines(
    entries: Iterable[Planned],
    messages: Iterable[Message],
    protocol: Protocol,
    injection: Injection,
) -> Iterator[Line]:
    zone = ZoneInfo(injection.location.zone)
    rows = {(each.revision, each.step, each.occurrence): each for each in messages}
    for entry in entries:
        row = rows.pop((injection.revision, entry.step, entry.occurrence), None)
        yield _line(entry.title, entry, row, zone)
    titles = {step.id: step.title for step in protocol.steps}
    for row in rows.values():
        title = "Answer to the patient" if row.reply else titles.get(row.step, row.step)
        yield _line(title, None, row, zone)


def _line(title: str, planned: Planned | None, message: Message | None, zone: ZoneInfo) -> Line:
    at = message.send_at if message else planned.send_at if planned else None
    channels = message.channels if message else planned.channels if planned else ()
    return Line(
        title=title,
        at=at and at.astimezone(zone),
        why=_why(planned, message),
        channels=tuple(str(each) for each in channels),
        planned=planned,
        message=message,
        attempts=tuple(message.attempts.all()) if message else (),
    )


def _why(planned: Planned | None, message: Message | None) -> str:
    """The message's own reason, else the plan's; what left is not explained by what is off now."""
    if message and (message.reason or planned is None or not planned.leaves):
        return str(message.reason)
    return planned.why if planned else ""
