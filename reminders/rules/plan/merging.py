"""Steps told as part of another message: who carries what."""

from collections.abc import Iterator
from dataclasses import replace

from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.steps import Audience


def merged(entries: list[PlanEntry]) -> Iterator[PlanEntry]:
    """Follow every fold to the message that is really sent, and tell it what it carries."""
    if not any(entry.into for entry in entries):
        yield from entries
        return
    by_step: dict[str, PlanEntry] = {}
    for entry in entries:
        by_step[f"{entry.step}/{entry.occurrence}"] = entry
        if entry.step not in by_step or entry.leaves:
            by_step[entry.step] = entry
    settled = [_follow(entry, by_step) for entry in entries]
    carries: dict[str, list[str]] = {}
    for entry in settled:
        if entry.into and entry.step not in carries.setdefault(entry.into, []):
            carries[entry.into].append(entry.step)
    for entry in settled:
        bag = (*carries.get(entry.step, ()), *carries.get("/".join(entry.key), ()))
        yield replace(entry, carries=bag) if bag else entry


def _follow(entry: PlanEntry, by_step: dict[str, PlanEntry]) -> PlanEntry:
    """A fold into a fold goes where that one went; a fold into nothing becomes a task."""
    if entry.outcome is not EntryOutcome.FOLD:
        return entry
    target = by_step.get(entry.into)
    if target and target.outcome is EntryOutcome.FOLD:
        return replace(entry, into=target.into)
    if target and target.outcome in (EntryOutcome.SEND, EntryOutcome.TASK):
        return entry
    return replace(
        entry,
        outcome=EntryOutcome.TASK,
        audience=Audience.DESK,
        into="",
        why=f"phone the patient: {entry.why}",
    )
