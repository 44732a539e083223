"""What ought to be said to whom about one injection, when, through what, and why or why not.

Pure and total: every step, slot and dose of the protocol has an entry, sent or not. There is no
clock here: the same facts give the same plan, so that rows can be compared with it at any time.
"""

from datetime import datetime

from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.merging import merged
from reminders.rules.plan.occurrences import Occurrence, PlanContext, occurrences
from reminders.rules.plan.send_time import SendTime, send_time
from reminders.rules.plan.steps import Late
from reminders.rules.plan.timing import Anchor
from reminders.rules.plan.working_time import on_working_day
from reminders.rules.protocol import Protocol
from scheduling.rules.procedure import Channel, Purpose, Side

_TOO_LATE = {
    Late.FOLD: (
        EntryOutcome.FOLD,
        "not sent: booked after its time; folded into the booking message",
    ),
    Late.TASK: (EntryOutcome.TASK, "window already passed: decide whether to continue or move"),
    Late.DROP: (EntryOutcome.DROP, "not sent: booked after its time"),
}


def plan(facts: InjectionFacts, protocol: Protocol) -> tuple[PlanEntry, ...]:
    """Every entry of the protocol for this injection, in the protocol's order.

    Later entries may count on earlier ones: a folded entry's carrier is known before the plan ends.
    """
    context = PlanContext(facts, protocol)
    entries = [_settle(each) for step in protocol.steps for each in occurrences(step, context)]
    return tuple(merged(entries))


def _settle(occurrence: Occurrence) -> PlanEntry:
    """Decide what becomes of one occurrence."""
    step, context, scheduled = occurrence.step, occurrence.context, occurrence.scheduled
    if not step.is_message:
        occurrence = on_working_day(occurrence)
    if occurrence.off:
        return _entry(occurrence, EntryOutcome.OFF, f"not needed: {occurrence.off}")
    if occurrence.due is None:
        return _entry(occurrence, EntryOutcome.OFF, "not yet: its time is not known")
    ends = occurrence.ends or step.until.end(context.times, occurrence.due)
    occurrence.ends = ends
    if scheduled and step.is_message:  # asked for late, a score is still given in time
        occurrence.due = max(occurrence.due, context.facts.promised_at)
    companion = scheduled.slot.together_with if scheduled else ""
    if companion and _is_open(companion, context):
        why = f"asked together with {companion}"
        return _entry(occurrence, EntryOutcome.FOLD, why, into=f"{step.id}/{companion}")
    leaves = send_time(step, occurrence.due, ends, context.times)
    if _is_late(occurrence, leaves.at if leaves else occurrence.due, ends):
        return _late(occurrence)
    if not step.is_message:
        return _task(occurrence, leaves)
    if scheduled and scheduled.why_silent:
        return _silent(occurrence, scheduled.why_silent, asleep=leaves is None)
    if leaves is None:
        return _unsent(occurrence, "no waking hour is left before it becomes useless")
    return _send(occurrence, leaves)


def _is_open(slot: str, context: PlanContext) -> bool:
    return context.timetable[slot].wanted and slot not in context.facts.answered


def _is_late(occurrence: Occurrence, at: datetime, ends: datetime) -> bool:
    """Whether it was booked (or, after the injection, T0 was recorded) after this step's time."""
    step, facts = occurrence.step, occurrence.context.facts
    anchor = occurrence.timing.anchor
    if occurrence.scheduled and step.is_message:
        return ends <= max(facts.promised_at, facts.settled_at)
    if anchor in (Anchor.START, Anchor.LAST_DOSE):
        return at <= facts.promised_at or facts.days_ahead < step.min_days_ahead
    if anchor in (Anchor.T0, Anchor.NEEDLE):
        return ends <= max(facts.promised_at, facts.settled_at)
    return False


def _late(occurrence: Occurrence) -> PlanEntry:
    """Fold, hand to a person, or drop: the step's own rule."""
    step, context = occurrence.step, occurrence.context
    outcome, why = _TOO_LATE[step.late]
    if outcome is EntryOutcome.FOLD:
        return _entry(occurrence, outcome, why, into=context.carrier)
    if outcome is EntryOutcome.DROP and step.timing.anchor is Anchor.T0:
        why = "not sent: T0 was recorded after its time"
    if outcome is EntryOutcome.TASK:
        since = context.facts.promised_at
        return _entry(occurrence, outcome, why, at=since, ends=max(since, context.facts.start))
    return _entry(occurrence, outcome, why)


def _task(occurrence: Occurrence, leaves: SendTime | None) -> PlanEntry:
    if leaves is None:
        return _entry(occurrence, EntryOutcome.DROP, "not needed: it would come too late")
    return _entry(occurrence, EntryOutcome.TASK, occurrence.words, at=leaves.at)


def _silent(occurrence: Occurrence, why: str, *, asleep: bool) -> PlanEntry:
    """A check-in that no text asks for: nobody phones a patient who may not be written to now."""
    if asleep:
        return _entry(occurrence, EntryOutcome.DROP, f"not sent: {why}")
    return _unsent(occurrence, why)


def _unsent(occurrence: Occurrence, why: str) -> PlanEntry:
    """A message that cannot leave: listed in another one, a task, or nothing."""
    step = occurrence.step
    if step.listed_in:
        return _entry(occurrence, EntryOutcome.FOLD, f"not sent: {why}", into=step.listed_in)
    slot = occurrence.scheduled.slot if occurrence.scheduled else None
    if step.is_phoned(slot) or step.late is Late.TASK:
        call = on_working_day(occurrence)
        return _entry(call, EntryOutcome.TASK, f"phone the patient: {why}")
    return _entry(occurrence, EntryOutcome.DROP, f"not sent: {why}")


def _send(occurrence: Occurrence, leaves: SendTime) -> PlanEntry:
    step, open_channels = occurrence.step, occurrence.context.facts.channels
    wanted = (Channel(occurrence.name),) if step.both else step.channels
    channels = tuple(each for each in wanted if each in open_channels)
    if not channels:
        if step.both and (open_channels or occurrence.name != step.channels[0]):
            return _entry(occurrence, EntryOutcome.OFF, f"not needed: no {wanted[0].label} here")
        return _unsent(occurrence, "there is no way to write to this patient")
    return _entry(
        occurrence,
        EntryOutcome.SEND,
        occurrence.words + leaves.note,
        at=leaves.at,
        ends=leaves.ends,
        channels=channels,
        evening=leaves.evening,
    )


def _entry(
    occurrence: Occurrence,
    outcome: EntryOutcome,
    why: str,
    *,
    at: datetime | None = None,
    ends: datetime | None = None,
    into: str = "",
    channels: tuple[Channel, ...] = (),
    evening: bool = False,
) -> PlanEntry:
    """The entry as it is stored: a task that replaces a message has no channels of its own."""
    step, context = occurrence.step, occurrence.context
    at = at or occurrence.due
    ends = ends or occurrence.ends
    scheduled = occurrence.scheduled
    bilateral = context.facts.side is Side.BILATERAL
    task = outcome is EntryOutcome.TASK
    return PlanEntry(
        step=step.id,
        occurrence=occurrence.name,
        outcome=outcome,
        audience=step.falls_to if task and step.is_message else step.audience,
        purpose=step.purpose,
        channels=channels,
        send_at=at,
        expires_at=max(at, ends) if at and ends else ends,
        sms=(evening and step.sms_evening) or (bilateral and step.sms_bilateral) or step.sms,
        email=(evening and step.email_evening) or step.email,
        title=f"{step.title}: {scheduled.slot.title}" if scheduled else step.title,
        why=why,
        preparation=step.preparation,
        retry_when_unknown=step.retry_when_unknown,
        into=into,
        slot=scheduled.slot.id if scheduled else "",
        number=scheduled.number if scheduled else 0,
        of=context.diary_texts if step.purpose is Purpose.DIARY else 0,
    )
