"""The difference between a plan and the rows of its messages. Pure: nothing is read or written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.message_states import MessageState
from reminders.rules.protocol import Protocol
from scheduling.rules.procedure import Channel

LEFT = (MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED)
AT_REST = (MessageState.QUEUED, MessageState.CANCELLED)  # the plan may still act
MISSED = "its time had passed before it was queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSpec:
    """What one message row promises; everything the plan may change while it is queued."""

    slot: str
    number: int
    total: int
    purpose: str
    states: tuple[str, ...]
    channels: tuple[str, ...]
    sms_key: str
    email_key: str
    folds: tuple[str, ...]
    preparation: bool
    retry_when_unknown: bool
    send_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as it stands. `state` is queued or cancelled where the plan may still act."""

    id: int
    revision: int
    step: str
    occurrence: str
    state: MessageState
    spec: MessageSpec


@dataclass(slots=True)
class Difference:
    """What makes the rows agree with the plan."""

    new: list[tuple[PlanEntry, MessageSpec]] = field(default_factory=list)
    missed: list[tuple[PlanEntry, MessageSpec]] = field(default_factory=list)
    changed: list[tuple[int, MessageSpec]] = field(default_factory=list)
    cancelled: list[tuple[int, str]] = field(default_factory=list)


def already_left(rows: Iterable[MessageRow], revision: int) -> set[tuple[str, str]]:
    """Steps and occurrences that left under this revision; a channel's name is no occurrence."""
    gone = (row for row in rows if row.revision == revision and row.state in LEFT)
    return {occurrence_key(row) for row in gone}


def occurrence_key(entry: MessageRow | PlanEntry) -> tuple[str, str]:
    """What is said: the same in a text and in an e-mail."""
    return entry.step, "" if entry.occurrence in list(Channel) else entry.occurrence


def still_to_leave(
    plan: Iterable[PlanEntry], rows: Iterable[MessageRow], revision: int, now: datetime
) -> set[tuple[str, str]]:
    """The steps and occurrences whose message is still to leave, and can."""
    done = {
        (row.step, row.occurrence)
        for row in rows
        if row.revision == revision and row.state not in AT_REST
    }
    useful = (each for each in plan if each.leaves and each.expires_at and each.expires_at > now)
    return {each.key for each in useful} - done


def message_spec(planned: PlanEntry, protocol: Protocol) -> MessageSpec:
    """The row that a planned message asks for; a plan times everything that leaves."""
    if planned.send_at is None or planned.expires_at is None:
        raise ValueError(f"{planned.step} leaves without a time")
    return MessageSpec(
        slot=planned.slot,
        number=planned.number,
        total=planned.of,
        purpose=planned.purpose.value,
        states=tuple(sorted(state.value for state in protocol.step(planned.step).states)),
        channels=tuple(channel.value for channel in planned.channels),
        sms_key=planned.sms,
        email_key=planned.email,
        folds=planned.carries,
        preparation=planned.preparation,
        retry_when_unknown=planned.retry_when_unknown,
        send_at=planned.send_at,
        expires_at=planned.expires_at,
    )


def compare(
    plan: Iterable[PlanEntry],
    protocol: Protocol,
    revision: int,
    rows: Iterable[MessageRow],
    now: datetime,
) -> Difference:
    """What has to change so that the rows hold exactly what the plan of this revision sends."""
    entries = {entry.key: entry for entry in plan}
    wanted = {key: message_spec(each, protocol) for key, each in entries.items() if each.leaves}
    difference = Difference()
    present = set()
    for row in rows:
        key = (row.step, row.occurrence)
        if row.revision == revision and key in wanted:
            present.add(key)
            _renew(difference, row, wanted[key], now)
        elif row.state is MessageState.QUEUED:
            difference.cancelled.append((row.id, _why(row, revision, entries)))
    for key in wanted:  # in the protocol's order, so that what is due together leaves in it
        if key in present:
            continue
        bag = difference.new if wanted[key].expires_at > now else difference.missed
        bag.append((entries[key], wanted[key]))
    return difference


def _renew(difference: Difference, row: MessageRow, wanted: MessageSpec, now: datetime) -> None:
    """A queued row follows the plan; a cancelled one comes back while it is still useful."""
    back = row.state is MessageState.CANCELLED and wanted.expires_at > now
    if back or (row.state is MessageState.QUEUED and row.spec != wanted):
        difference.changed.append((row.id, wanted))


def _why(row: MessageRow, revision: int, entries: Mapping[tuple[str, str], PlanEntry]) -> str:
    if row.revision != revision:
        return f"superseded by revision {revision}"
    entry = entries.get((row.step, row.occurrence))
    if entry is None:
        return "the protocol no longer has it"
    if entry.outcome is EntryOutcome.TASK:
        return f"a person does it: {entry.why}"[:160]
    return entry.why[:160]
