"""The rows of planned messages, read and written many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from reminders.messaging.planning.plan_diff import MISSED, MessageRow, MessageSpec
from reminders.models import Message
from reminders.rules.plan.entries import PlanEntry
from reminders.rules.plan.message_states import MessageState
from scheduling.sql import run_for_rows

FIELDS = [field.name for field in fields(MessageSpec)]
LISTS = ("states", "channels", "folds")

Entry = tuple[int, int, PlanEntry, MessageSpec]
"""The id of an injection, its revision, and what is planned for it."""


def rows_of(injection_ids: Sequence[int]) -> dict[int, list[MessageRow]]:
    """The planned messages of these injections, answers left out."""
    found: dict[int, list[MessageRow]] = {injection_id: [] for injection_id in injection_ids}
    rows = Message.objects.filter(injection__in=injection_ids, reply=False).order_by("pk")
    head = ("injection_id", "id", "revision", "step", "occurrence", "state")
    for values in rows.values_list(*head, *FIELDS):
        injection, pk, revision, step, occurrence, state = values[: len(head)]
        facts: dict[str, Any] = dict(zip(FIELDS, values[len(head) :], strict=True))
        facts |= {name: tuple(facts[name]) for name in LISTS}
        found[injection].append(
            MessageRow(pk, revision, step, occurrence, state, MessageSpec(**facts))
        )
    return found


def insert(entries: Iterable[Entry], now: datetime, *, missed: bool = False) -> int:
    """Write new rows; `missed` ones have expired already. Returns how many."""
    rows = [
        {
            "injection": injection,
            "revision": revision,
            "step": planned.step,
            "occurrence": planned.occurrence,
            **_columns(spec),
        }
        for injection, revision, planned, spec in entries
    ]
    expired = {"state": MessageState.EXPIRED, "reason": MISSED, "ended": now}
    queued = {"state": MessageState.QUEUED, "reason": "", "ended": None}
    return len(run_for_rows(__file__, "insert", rows, **(expired if missed else queued)))


def update(changes: Iterable[tuple[int, MessageSpec]]) -> int:
    """Give queued rows the plan's new facts, and bring cancelled ones back."""
    rows = [{"id": message, **_columns(spec)} for message, spec in changes]
    return len(run_for_rows(__file__, "update", rows))


def cancel(reasons: Iterable[tuple[int, str]], now: datetime) -> int:
    """Cancel rows that are still queued."""
    rows = [{"id": message, "reason": reason} for message, reason in reasons]
    return len(run_for_rows(__file__, "cancel", rows, now=now))


def _columns(spec: MessageSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in FIELDS}
