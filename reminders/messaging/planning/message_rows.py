"""The message rows, read and written many at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import connection

from reminders.messaging.planning.plan_diff import MISSED, MessageSpec, Row
from reminders.models import Message
from reminders.rules.planned import Planned
from reminders.rules.states import MessageState
from scheduling.models import Injection

FIELDS = {
    "slot": "text",
    "number": "smallint",
    "total": "smallint",
    "purpose": "text",
    "states": "words",
    "channels": "words",
    "sms_key": "text",
    "email_key": "text",
    "folds": "words",
    "preparation": "boolean",
    "twice_is_better": "boolean",
    "send_at": "timestamptz",
    "expires_at": "timestamptz",
}
_LISTS = {name for name, kind in FIELDS.items() if kind == "words"}
# Lists travel as one text each, because unnest() would flatten arrays of arrays.
_TYPES = ", ".join(f"%s::{'text' if kind == 'words' else kind}[]" for kind in FIELDS.values())
_VALUES = ", ".join(
    f"string_to_array(n.{name}, ',')::varchar[]" if kind == "words" else f"n.{name}"
    for name, kind in FIELDS.items()
)
_NAMES = ", ".join(FIELDS)

_TIMES = ("send_at", "expires_at")
_SAME = [name for name in FIELDS if name not in _TIMES]  # what messages of one step share
_same = attrgetter(*_SAME)
COPY = f"""
COPY reminders_message
    (reference, injection_id, patient_id, revision, step, occurrence, {", ".join(_TIMES)},
     reply, attempts_made, state, reason, settled_at, {", ".join(_SAME)})
FROM STDIN
"""
BLOCK = 500  # rows the database takes in while the next are written down

Entry = tuple[int, int, Planned, MessageSpec]  # injection, its revision, and what is promised

UPDATE = f"""
UPDATE reminders_message m
SET state = 'queued', reason = '', settled_at = NULL, ({_NAMES}) = ROW({_VALUES}),
    retry_at = CASE WHEN n.send_at < m.send_at THEN NULL ELSE m.retry_at END  -- of another time
FROM unnest(%s::bigint[], {_TYPES}) AS n(id, {_NAMES})
WHERE m.id = n.id AND m.state IN ('queued', 'cancelled')
"""  # noqa: S608

CANCEL = """
UPDATE reminders_message m SET state = 'cancelled', reason = n.reason, settled_at = %s
FROM unnest(%s::bigint[], %s::text[]) AS n(id, reason)
WHERE m.id = n.id AND m.state = 'queued'
"""


def of(injection_ids: Sequence[int]) -> dict[int, list[Row]]:
    """The planned messages of these injections, replies left out."""
    found: dict[int, list[Row]] = {injection_id: [] for injection_id in injection_ids}
    rows = Message.objects.filter(injection__in=injection_ids, reply=False).order_by("pk")
    head = ("injection_id", "id", "revision", "step", "occurrence", "state")
    for values in rows.values_list(*head, *FIELDS):
        injection, pk, revision, step, occurrence, state = values[: len(head)]
        facts: dict[str, Any] = dict(zip(FIELDS, values[len(head) :], strict=True))
        facts |= {name: tuple(facts[name]) for name in _LISTS}
        found[injection].append(Row(pk, revision, step, occurrence, state, MessageSpec(**facts)))
    return found


def insert(entries: Iterable[Entry], now: datetime, *, missed: bool = False) -> int:
    """New rows; `missed` ones have expired already.

    By COPY, the fastest way in: nobody else writes them, since reconciling holds the preparations.
    """
    new = list(entries)
    if not new:
        return 0
    state = MessageState.EXPIRED if missed else MessageState.QUEUED
    end = f"{state.value}\t{MISSED}\t{now}" if missed else f"{state.value}\t\t\\N"
    visits = Injection.objects.filter(pk__in={injection for injection, *_ in new})
    patients = dict(visits.values_list("pk", "patient_id"))
    lines = _lines(new, patients, f"f\t0\t{end}")
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        while block := "".join(islice(lines, BLOCK)):
            copy.write(block)
    return len(new)


def _lines(new: Sequence[Entry], patients: Mapping[int, int], state: str) -> Iterator[str]:
    """COPY's text of each row. The words in it are the protocol's names, which need no escape."""
    for reference, (injection, revision, planned, promise) in zip(
        _references(len(new)), new, strict=True
    ):
        yield (
            f"{reference}\t{injection}\t{patients[injection]}\t{revision}"
            f"\t{planned.step}\t{planned.occurrence}"
            f"\t{_moment(promise.send_at)}\t{_moment(promise.expires_at)}"
            f"\t{state}\t{_words(*_same(promise))}\n"
        )


def _references(count: int) -> Iterator[str]:
    """Random UUIDs (version 4, 120 bits by chance) in digits, from one draw instead of many."""
    digits = os.urandom(16 * count).hex()
    for n in range(0, len(digits), 32):
        yield f"{digits[n : n + 12]}4{digits[n + 13 : n + 16]}8{digits[n + 17 : n + 32]}"


_moment = lru_cache(maxsize=4096)(str)  # reminders of many visits leave at the same times


@lru_cache(maxsize=4096)
def _words(*values: Any) -> str:
    """What messages of one step share, as columns."""
    return "\t".join(
        f"{{{','.join(value)}}}" if isinstance(value, tuple) else str(value) for value in values
    )


def update(changes: Iterable[tuple[int, MessageSpec]]) -> int:
    """Give queued rows the plan's new facts, and bring cancelled ones back."""
    return _run(UPDATE, [(message, *_flat(promise)) for message, promise in changes])


def cancel(reasons: Sequence[tuple[int, str]], now: datetime) -> int:
    """Cancel rows that are still queued."""
    return _run(CANCEL, reasons, now)


def _flat(promise: MessageSpec) -> list[Any]:
    values = ((name, getattr(promise, name)) for name in FIELDS)
    return [",".join(value) if name in _LISTS else value for name, value in values]


def _run(statement: str, rows: Sequence[Sequence[Any]], *before: Any) -> int:
    """One statement for all rows, a column an array; how many it touched."""
    if not rows:
        return 0
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*before, *columns])
        return int(cursor.rowcount)
