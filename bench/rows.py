"""Writing plans: 10,000 visits reconciled, against COPY of the same rows; and again, unchanged.

The bare COPY gets bytes that are ready and a table of the same columns, checks and indexes, logged
as any real table is, but without foreign keys; ours makes the bytes and has its keys checked.
"""

import io
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection, transaction

from bench.figures import Figures, seconds
from bench.seed import booked
from reminders.messaging.planning import message_rows, outbox, plan_diff
from reminders.messaging.planning.facts import facts_by_injection as facts
from reminders.protocols import by_id, current
from reminders.rules.plan.entries import PlanEntry
from reminders.rules.plan.planner import plan

AT = datetime(2027, 1, 4, 15, tzinfo=UTC)
START = datetime(2027, 2, 2, 15, tzinfo=UTC)
TWIN = "CREATE TABLE twin (LIKE reminders_message INCLUDING ALL)"
WRITES = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"

Entries = list[tuple[int, int, PlanEntry, plan_diff.MessageSpec]]


def measure(figures: Figures) -> None:
    """Reconcile visits without rows, then with all of them; write the same rows by COPY."""
    ids = booked(figures.size(10_000), at=AT, start=START)
    began = seconds(lambda: outbox.reconcile(ids, AT))
    written = count()
    unchanged = seconds(lambda: outbox.reconcile(ids, AT))
    touched = writes_of(lambda: outbox.reconcile(ids[:500], AT))
    copied = figures.median(copy)
    entries = promised(ids)
    alone = figures.median(lambda: writing(entries))
    per_visit = 1e3 / len(ids)
    figures.at_least(
        f"writing {written:,} planned rows / bare COPY",
        written / alone,
        written / copied,
        0.4,
        "rows/s",
    )
    figures.fact(
        "reconcile a new visit (facts, plan, rows)", f"{began * per_visit:.2f} ms", "", None
    )
    figures.fact("reconcile an unchanged visit", f"{unchanged * per_visit:.2f} ms", "", None)
    figures.fact("rows written for unchanged visits", str(touched), "0", touched == 0)


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reminders_message")
        return int(cursor.fetchone()[0])


def writes_of(act: Callable[[], object]) -> int:
    """How many rows of any table the database saw written meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WRITES)
        before = cursor.fetchone()[0] or 0
        act()
        cursor.execute(WRITES)
        return int((cursor.fetchone()[0] or 0) - before)


def copy() -> float:
    """Seconds to COPY every message into a table of the same shape and indexes."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS twin")
        cursor.execute(TWIN)
        buffer = io.BytesIO()
        with cursor.copy("COPY reminders_message TO STDOUT") as source:
            for block in source:
                buffer.write(block)

        def load() -> None:
            with cursor.copy("COPY twin FROM STDIN") as target:
                target.write(buffer.getvalue())

        took = seconds(load)
        cursor.execute("DROP TABLE twin")
        return took


def promised(ids: list[int]) -> Entries:
    """The entries that `reconcile` hands to `rows.insert`."""
    protocol, found = by_id(current(AT).pk), facts(ids)
    return [
        (id_, found[id_].revision, planned, plan_diff.message_spec(planned, protocol))
        for id_ in ids
        for planned in plan(found[id_], protocol)
        if planned.leaves
    ]


def writing(entries: Entries) -> float:
    """Seconds to write these rows as the outbox does, in its batches, into an empty table."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reminders_message CASCADE")
    size = 5_000
    return seconds(
        lambda: [
            message_rows.insert(entries[n : n + size], AT) for n in range(0, len(entries), size)
        ]
    )
