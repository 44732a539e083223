"""What was, is and will be said about one visit, step by step, with the reason for each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.followup.slots import protocol_of
from reminders.messaging.delivery import outgoing
from reminders.messaging.planning.facts import facts_by_injection
from reminders.messaging.planning.renewal import STEP
from reminders.models import Attempt, Message
from reminders.rules.plan.eligibility import JUST_CHANGED, End, Go, Wait
from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.message_states import MessageState
from reminders.rules.plan.planner import plan
from reminders.rules.protocol import Protocol
from scheduling.models import Injection


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One message that was, is or will be: today's plan for it and its row; either may be missing.

    `at` is by the clinic's clocks. `attempts` are the hand-overs with their receipts, in order.
    `held_up` is what keeps a queued message from leaving as things stand.
    """

    title: str
    at: datetime | None
    why: str
    channels: tuple[str, ...]
    planned: PlanEntry | None
    message: Message | None
    attempts: tuple[Attempt, ...]
    held_up: Wait | End | None = None

    @property
    def waits_until(self) -> datetime | None:
        """When a queued message that may not leave yet is looked at again."""
        return self.held_up.until if isinstance(self.held_up, Wait) else None

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
        off = self.planned is not None and self.planned.outcome is EntryOutcome.OFF
        return off and self.message is None


_OUTCOMES = {
    EntryOutcome.SEND: "Not queued yet",
    EntryOutcome.FOLD: "Part of another message",
    EntryOutcome.TASK: "For a person",
    EntryOutcome.DROP: "Not sent",
    EntryOutcome.OFF: "Not needed",
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


def timeline(injection: Injection, now: datetime) -> list[TimelineEntry]:
    """Every step of today's plan and every message there ever was, by time.

    What has no time comes last. What is queued tells why it waits, or why it would not leave as
    things stand, by the rule that decides when its time comes. A constant number of queries.
    """
    protocol = protocol_of(injection)
    facts = facts_by_injection([injection.pk]).get(injection.pk)
    entries = plan(facts, protocol) if facts else ()
    messages = list(
        Message.objects.filter(injection=injection)
        .select_related("renewal__sent_by")
        .prefetch_related("attempts__receipts")
    )
    lines = list(_lines(entries, messages, protocol, injection, _held_up(injection, now)))
    return sorted(lines, key=lambda line: (line.at is None, line.at, line.title))


def _lines(
    entries: Iterable[PlanEntry],
    messages: Iterable[Message],
    protocol: Protocol,
    injection: Injection,
    held_up: Mapping[int, Wait | End],
) -> Iterator[TimelineEntry]:
    zone = ZoneInfo(injection.location.zone)
    rows = {(each.revision, each.step, each.occurrence): each for each in messages}
    for entry in entries:
        row = rows.pop((injection.revision, entry.step, entry.occurrence), None)
        yield _line(entry.title, entry, row, zone, held_up)
    titles = {STEP: "New link"} | {step.id: step.title for step in protocol.steps}
    for row in rows.values():
        title = titles.get(row.step, "Answer to the patient" if row.reply else row.step)
        yield _line(title, None, row, zone, held_up)


def _line(
    title: str,
    planned: PlanEntry | None,
    message: Message | None,
    zone: ZoneInfo,
    held_up: Mapping[int, Wait | End],
) -> TimelineEntry:
    at = message.send_at if message else planned.send_at if planned else None
    channels = message.channels if message else planned.channels if planned else ()
    return TimelineEntry(
        title=title,
        at=at and at.astimezone(zone),
        why=_why(planned, message),
        channels=tuple(str(each) for each in channels),
        planned=planned,
        message=message,
        attempts=tuple(message.attempts.all()) if message else (),
        held_up=held_up.get(message.pk) if message else None,
    )


def _why(planned: PlanEntry | None, message: Message | None) -> str:
    """The message's own reason, else the plan's; what left is not explained by what is off now."""
    if message and (message.reason or planned is None or not planned.leaves):
        return ". ".join(filter(None, [message.reason, _asked(message)]))
    return planned.why if planned else ""


def _asked(message: Message) -> str:
    """Why staff sent a new link, and who; empty for what nobody asked for."""
    renewal = getattr(message, "renewal", None)
    return f"{renewal.why} ({renewal.sent_by.display_name})" if renewal else ""


def _held_up(injection: Injection, now: datetime) -> dict[int, Wait | End]:
    """What keeps queued messages from leaving, by id: now, or when their time comes."""
    found = {}
    for each in outgoing.read_queued(injection.pk, now):
        decision = outgoing.decide_about(each, max(now, each.send_at))
        if not isinstance(decision, Go) and decision.why != JUST_CHANGED:
            found[each.message] = decision
    return found
