"""Dispatch of due messages through real workers into a null channel, against the raw claim loop.

The raw loop writes each message twice and asks nothing. Ours writes five row versions and asks
whether each may still leave, so half of the raw rate is out of reach: docs/adr/0009.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import connection, transaction

from bench.crowd import together
from bench.figures import Figures, seconds
from bench.seed import booked, settled
from bench.workers import CHILDREN, memory, wait_until_idle, workers
from reminders import tasks
from reminders.messaging.planning import outbox
from reminders.models import Message

Step = tuple[str, str]
TEXT: Step = ("booked", "sms")
CHUNK, WARM = 500, 100
WAIT = 120  # seconds after which a measurement gives up
RAW_CLAIM = """
UPDATE reminders_message SET state = 'sending', lease_until = now() + interval '30 seconds',
    attempts_made = attempts_made + 1
WHERE id IN (SELECT id FROM reminders_message
             WHERE state = 'queued' AND coalesce(retry_at, send_at) <= now()
             ORDER BY coalesce(retry_at, send_at) LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
RAW_MARK = """
UPDATE reminders_message SET state = 'sent', lease_until = NULL, settled_at = now()
WHERE id = ANY(%s)
"""
AGAIN = """
UPDATE reminders_message SET state = 'queued', settled_at = NULL, lease_until = NULL,
    retry_at = NULL, attempts_made = 0
WHERE state <> 'queued' OR settled_at IS NOT NULL
"""
# The first due row by its index: without the order PostgreSQL expects a third of all rows to be
# due, reads the whole table for one that is not there, and takes a processor from the workers.
LEFT = """
SELECT EXISTS (
    SELECT FROM (
        SELECT coalesce(retry_at, send_at) AS due FROM reminders_message
        WHERE state = 'queued' ORDER BY 1 LIMIT 1
    ) first WHERE due <= now()
) OR EXISTS (SELECT FROM reminders_message WHERE state = 'sending')
"""
UNMARKED = "SELECT EXISTS (SELECT FROM reminders_message WHERE settled_at IS NULL)"
OTHERS = "DELETE FROM reminders_message WHERE (step, occurrence) <> (%s, %s)"
PENDING = """
INSERT INTO reminders_message
    (reference, injection_id, patient_id, revision, step, occurrence, slot, number, total, reply,
     purpose, states, channels, sms_key, email_key, folds, preparation, retry_when_unknown, send_at,
     expires_at, state, reason, attempts_made)
SELECT gen_random_uuid(), m.injection_id, m.patient_id, m.revision, m.step, 'later' || n, '', 0, 0,
    false, m.purpose, m.states, m.channels, m.sms_key, m.email_key, m.folds, false, false,
    now() + interval '30 days' + n * interval '1 minute', now() + interval '60 days', 'queued',
    '', 0
FROM (SELECT * FROM reminders_message ORDER BY id LIMIT %s) m, generate_series(1, %s) n
"""


def measure(figures: Figures) -> None:
    """The raw loop, ours, ours with a million rows that are not due, and the usual design."""
    count, crowd = figures.size(10_000), figures.size(1_000_000)
    with workers("bench.null") as process:
        due(WARM)
        rate(WARM, drain)
        idle = memory(process)
        due(count)
        raw = figures.median(lambda: rate(count, raw_workers))
        ours = figures.median(lambda: rate(count, drain))
        later(count, crowd)
        crowded = figures.median(lambda: rate(count, drain))
        full = memory(process)
        due(figures.size(2_000))
        peer = rate(figures.size(2_000), partial(eta_tasks, "one_message"))
    what = f"dispatch of {count:,}, null channel / raw claim and mark"
    figures.at_least(what, ours, raw, 0.5, "messages/s")
    figures.at_least(
        "the same / one Celery ETA task a message, tuned", ours, peer, 40, "messages/s"
    )
    figures.at_least(f"the same with {crowd:,} pending / without", crowded, ours, 0.9, "messages/s")
    what = f"memory of the workers, after all that / after {WARM} messages"
    figures.at_most(what, full / 1e6, idle / 1e6, 1.1, "MB")


def rate(count: int, act: Callable[[], None]) -> float:
    """Messages a second that `act` gets from queued to sent, all of them queued again before."""
    wait_until_idle()
    again()
    return count / seconds(act)


def due(count: int, *, step: Step = TEXT) -> None:
    """One message each to `count` patients, due now, as the outbox writes them."""
    wait_until_idle()
    now = datetime.now(UTC)
    since = now - timedelta(minutes=1)
    visits = booked(count, at=since, start=now + timedelta(days=20), zone=where_it_is_noon(now))
    outbox.reconcile(visits, since)
    with connection.cursor() as cursor:  # Django would name every row in one statement
        cursor.execute(OTHERS, step)
    Message.objects.update(send_at=since, expires_at=now + timedelta(days=1))


@transaction.atomic
def again() -> None:
    """As before the first attempt: what was sent is due once more."""
    with connection.cursor() as cursor:
        # There is no way back for a message, but for a measurement.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE reminders_attempt, reminders_link, reminders_receipt CASCADE")
        cursor.execute(AGAIN)
    transaction.on_commit(partial(settled, "reminders_message"))


def later(count: int, pending: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PENDING, [count, max(1, pending // count)])


def where_it_is_noon(now: datetime) -> str:
    """A zone whose people are awake, whenever this runs; its name has the sign of POSIX."""
    return f"Etc/GMT{now.hour - 12:+d}"


def wait_until_none(question: str) -> None:
    """Until nothing is left by this question."""
    ends = time.monotonic() + WAIT
    with connection.cursor() as cursor:
        while cursor.execute(question).fetchone()[0]:
            if time.monotonic() > ends:
                raise RuntimeError(f"Messages are still due after {WAIT} s.")
            time.sleep(0.02)


def drain() -> None:
    """What a tick does: a wake-up for each worker."""
    for _ in range(CHILDREN):
        tasks.drain.delay()
    wait_until_none(LEFT)


def eta_tasks(name: str) -> None:
    """One task a message with an ETA that has come; publishing counts, as it does for its users."""
    from bench import null

    task = getattr(null, name)
    for message in Message.objects.values_list("pk", flat=True):
        task.apply_async(args=[message], eta=datetime.now(UTC))
    wait_until_none(UNMARKED)


def raw_workers() -> None:
    """The same number of processes, nothing but claim and mark."""
    together(raw_loop, CHILDREN)


def raw_loop() -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute(RAW_CLAIM, [CHUNK])
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(RAW_MARK, [ids])
