"""Which injections a round looks at: what changed, what is near, and at night everything."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from reminders.messaging.delivery.recovery import recover
from reminders.messaging.paging import alerts, pages
from reminders.messaging.planning.facts import PATHWAY
from reminders.messaging.planning.outbox import ReconcileCounts, reconcile
from reminders.models import Message, Preparation
from scheduling.locks import Lock, try_exclusive
from scheduling.models import Injection

BATCH = 500  # injections a round: a tick stays short, and the next one goes on
SLACK = timedelta(hours=1)  # a change may be committed this much later than its own time
NEAR = timedelta(minutes=2)
DUE = Coalesce("retry_at", "send_at")  # as the index message_due has it
HORIZON = "messaging:looked_at"  # when the last message looked at is due, and its id
LAST = 2**63 - 1  # comes after every id
WORKERS = os.cpu_count() or 1  # drains beyond one a core only wait for each other
CHUNK = 50  # due messages that are worth one more drain


def tick(now: datetime, wake: Callable[[], object]) -> None:
    """One round: page staff, agree with what changed, mend what dead workers left, wake drains.

    Two rounds at once would do the same work twice, so the second only wakes.
    """
    try:
        with try_exclusive(Lock.ROUND) as ours:
            if ours:
                alerts.attend(now)
                reconcile_changed(now)
                recover(now)
    finally:
        for _ in range(drains(now)):
            wake()


def drains(now: datetime) -> int:
    """How many drains are worth waking for what is due now."""
    due = Message.objects.annotate(due=DUE).filter(state="queued", due__lte=now)
    waiting = due.order_by()[: WORKERS * CHUNK].count()
    return max(-(-waiting // CHUNK), int(pages.waiting(now)))


def reconcile_changed(now: datetime) -> ReconcileCounts:
    """Reconcile what changed, what is about to be written to, and what asks for a person now."""
    return reconcile({*changed(), *near(now), *asking(now)}, now)


def changed(limit: int = BATCH) -> list[int]:
    """Injections with a change that the outbox does not know, the oldest first.

    Looks back from the latest change that is known, so the cost is what changed, not what exists.
    No two changes of an injection are alike, so one that was committed later is never taken for
    one that is known.
    """
    known = Preparation.objects.aggregate(latest=Max("reconciled_at"))["latest"]
    fresh = Injection.objects.filter(changed_at__gte=known - SLACK) if known else Injection.objects
    fresh = fresh.exclude(preparation__reconciled_at=F("changed_at"))
    return list(fresh.order_by("changed_at").values_list("pk", flat=True)[:limit])


def near(now: datetime, limit: int = BATCH) -> list[int]:
    """Injections with a message due in the next minutes: a second look before anything leaves.

    The cache keeps how far the last round looked; if it forgets, we look again. What is overdue has
    been looked at, so a backlog costs nothing here.
    """
    until = now + NEAR
    seen = max(_looked_at() or (now, 0), (now - NEAR, 0))
    queued = Message.objects.annotate(due=DUE)
    queued = queued.filter(state="queued", reply=False, due__gte=seen[0], due__lte=until)
    queued = queued.filter(Q(due__gt=seen[0]) | Q(pk__gt=seen[1]))
    found = list(queued.order_by("due", "pk").values_list("due", "pk", "injection_id")[:limit])
    at, last = found[-1][:2] if len(found) == limit else (until, LAST)
    cache.set(HORIZON, [at.isoformat(), last], 3600)
    return list({injection for *_, injection in found})


def _looked_at() -> tuple[datetime, int] | None:
    """When the last message looked at is due, and its id; None if the cache does not say."""
    try:
        at, last = cache.get(HORIZON)
        return datetime.fromisoformat(at).astimezone(UTC), int(last)
    except (TypeError, ValueError):
        return None


def asking(now: datetime, limit: int = BATCH) -> list[int]:
    """Injections whose plan asks a person to do something by now."""
    ready = Preparation.objects.filter(next_task_at__lte=now).order_by("next_task_at")
    return list(ready.values_list("injection_id", flat=True)[:limit])


def everything(now: datetime) -> ReconcileCounts:
    """The night's round: every injection on its pathway, and every one with something queued."""
    pathway = Injection.objects.filter(during__endswith__gt=now - PATHWAY)
    queued = Message.objects.filter(state="queued").values_list("injection_id", flat=True)
    return reconcile({*pathway.values_list("pk", flat=True), *queued}, now)
