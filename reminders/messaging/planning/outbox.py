"""The outbox: promises, made to agree with today's plan. Twice is the same as once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from reminders.followup import reviews, slots
from reminders.messaging.content import links
from reminders.messaging.planning import calls, message_rows, plan_diff, planned_tasks, plans
from reminders.messaging.planning.plans import InjectionPlan
from reminders.models import Message, Preparation
from reminders.protocols import current
from scheduling.models import Injection, Patient, Task
from scheduling.rules.procedure import Channel, Purpose
from scheduling.sql import run_for_rows

log = structlog.get_logger(__name__)
BATCH = 200  # injections a transaction: locks stay short
REPLY = "reply"  # the step of an answer to a patient's own text
REPLY_IS_USEFUL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReconcileCounts:
    """How many messages and tasks one reconciliation changed; all zero when it found agreement."""

    new: int = 0
    changed: int = 0
    cancelled: int = 0
    missed: int = 0
    tasks: int = 0

    def __add__(self, other: "ReconcileCounts") -> "ReconcileCounts":
        mine = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return ReconcileCounts(*(a + b for a, b in mine))


def reconcile(injection_ids: Iterable[int], now: datetime) -> ReconcileCounts:
    """Make messages and tasks agree with the plans of these injections.

    A constant number of queries for each batch, and no write where plan and rows agree already.
    """
    ids = sorted(set(injection_ids))
    counts = ReconcileCounts()
    for start in range(0, len(ids), BATCH):
        counts += _batch(ids[start : start + BATCH], now)
    return counts


def _batch(ids: Sequence[int], now: datetime) -> ReconcileCounts:
    """All at once; where that breaks, one by one, so that nobody waits for a neighbour's error."""
    try:
        return _reconcile(ids, now)
    except Exception:
        log.exception("batch_not_reconciled", injections=len(ids))
        connection.ensure_connection()  # without a database no injection is at fault
    counts = ReconcileCounts()
    for each in ids:
        counts += _alone(each, now)
    return counts


def _alone(injection: int, now: datetime) -> ReconcileCounts:
    """One injection in a transaction of its own; if that breaks too, a person hears of it."""
    for way in (_reconcile, _set_aside):
        try:
            return way([injection], now)
        except Exception:
            log.exception("injection_not_reconciled", injection=injection, way=way.__name__)
            connection.ensure_connection()
    return ReconcileCounts()


@transaction.atomic
def _set_aside(ids: Sequence[int], now: datetime) -> ReconcileCounts:
    """Say nothing, tell a person, and look again after the next change, or at night."""
    seen = prepare(ids, now)
    for injection in Injection.objects.filter(pk__in=ids):
        planned_tasks.unplannable(injection, now)
    counts = _silence(ids, now)
    _mark(seen, [], now)
    return counts


@transaction.atomic
def _reconcile(ids: Sequence[int], now: datetime) -> ReconcileCounts:
    seen = prepare(ids, now)
    planned = list(plans.plans_for(seen, now))
    there = message_rows.rows_of(ids)
    counts = _write(planned, there, now)
    counts += ReconcileCounts(tasks=_tasks(planned, there, planned_tasks.known(ids), now))
    slots.update_surveys_of(
        {each.injection: (each.facts, each.protocol) for each in planned}, at=now
    )
    reviews.reopen_changed(ids, now)
    links.revoke_left_behind(ids, now)
    counts += _silence(seen.keys() - {case.injection for case in planned}, now)
    _mark(seen, planned, now)
    if counts != ReconcileCounts():
        log.info("outbox_reconciled", injections=len(ids), **_asdict(counts))
    return counts


def prepare(ids: Sequence[int], now: datetime) -> plans.Prepared:
    """Lock these injections' preparations; protocol and last change of each, by injection.

    The change is read before any fact: what changes meanwhile is found again by the next round.
    """
    prepared = Preparation.objects.filter(injection__in=ids)
    missing = set(ids).difference(prepared.values_list("injection_id", flat=True))
    if missing:
        version = current(now)
        new = [Preparation(injection_id=each, protocol=version) for each in sorted(missing)]
        Preparation.objects.bulk_create(new, ignore_conflicts=True)
    locked = prepared.order_by("injection_id").select_for_update(of=("self",))
    found = locked.values_list("injection_id", "protocol_id", "injection__changed_at")
    return {injection: (protocol, changed) for injection, protocol, changed in found}


def _write(
    planned: Sequence[InjectionPlan], there: dict[int, list[plan_diff.MessageRow]], now: datetime
) -> ReconcileCounts:
    """Compare each plan with its rows; write all differences at once."""
    new, missed, changed, cancelled = [], [], [], []
    for case in planned:
        revision = case.facts.revision
        found = plan_diff.compare(case.plan, case.protocol, revision, there[case.injection], now)
        new += [(case.injection, revision, *each) for each in found.new]
        missed += [(case.injection, revision, *each) for each in found.missed]
        changed += found.changed
        cancelled += found.cancelled
    counts = ReconcileCounts(
        new=message_rows.insert(new, now),
        changed=message_rows.update(changed),
        cancelled=message_rows.cancel(cancelled, now),
        missed=message_rows.insert(missed, now, missed=True),
    )
    if counts.missed:
        _phone_missed([each[0] for each in missed], now)
    return counts


def _phone_missed(injections: Sequence[int], now: datetime) -> None:
    """What prepares or asks for a score and came too late to be queued falls to a person."""
    late = Message.objects.filter(injection__in=injections, settled_at=now, reason=plan_diff.MISSED)
    calls.phone_instead(dict(late.values_list("pk", "reason")), now)


def _tasks(
    planned: Sequence[InjectionPlan],
    sent: dict[int, list[plan_diff.MessageRow]],
    there: dict[planned_tasks.Cause, Task],
    now: datetime,
) -> int:
    """Open and close; nobody phones about what had left before the ways to the patient closed."""
    every, plans = [], {}
    for case in planned:
        found, revision = sent[case.injection], case.facts.revision
        told = plan_diff.already_left(found, revision)
        every += [
            each
            for each in case.planned_tasks
            if plan_diff.occurrence_key(each.planned) not in told
        ]
        entries = {each.key: each for each in case.plan}
        waiting = plan_diff.still_to_leave(case.plan, found, revision, now)
        plans[case.injection] = (revision, entries, waiting)
    return planned_tasks.open_due(every, there, now) + planned_tasks.close_moot(plans, there, now)


def _silence(injections: Collection[int], now: datetime) -> ReconcileCounts:
    """Nothing leaves for injections without a plan; a person has been told."""
    queued = Message.objects.filter(injection__in=injections, state="queued", reply=False)
    why = "no plan can be made from what is recorded"
    return ReconcileCounts(
        cancelled=message_rows.cancel(
            [(id_, why) for id_ in queued.values_list("pk", flat=True)], now
        )
    )


def _mark(seen: plans.Prepared, planned: Sequence[InjectionPlan], now: datetime) -> None:
    """Note which change of each injection the rows agree with; what was noted is not written."""
    next_tasks = {
        case.injection: planned_tasks.next_at(case.planned_tasks, now) for case in planned
    }
    rows = [
        {"injection": injection, "seen": changed, "next_task": next_tasks.get(injection)}
        for injection, (_, changed) in seen.items()
    ]
    run_for_rows(__file__, "reconciled", rows)


@transaction.atomic
def reply(
    *,
    injection: Injection,
    patient: Patient,
    text_key: str,
    key: str,
    at: datetime,
    step: str = REPLY,
    channel: Channel = Channel.SMS,
    slot: str = "",
    purpose: Purpose = Purpose.REMINDERS,
) -> Message:
    """Queue an answer to a patient, to go at once. The same `step` and `key` twice is one answer.

    Replies are outside the plan and wait for no waking hour; those to the patient's own text need
    no consent. With the purpose of the diary, or a slot, their link leads to the scores. Where
    nobody has written, but asked by telephone, a person must hear of an answer that did not arrive.
    """
    prepare([injection.pk], at)  # the words come from its protocol
    message, _ = Message.objects.get_or_create(
        injection=injection,
        revision=injection.revision,
        step=step,
        occurrence=key,
        defaults={
            "patient": patient,
            "slot": slot,
            "reply": True,
            "purpose": purpose,
            "preparation": step != REPLY,
            "retry_when_unknown": step != REPLY,
            "channels": [channel.value],
            "sms_key": text_key,
            "email_key": text_key if channel is Channel.EMAIL else "",
            "send_at": at,
            "expires_at": at + REPLY_IS_USEFUL,
        },
    )
    return message


def _asdict(counts: ReconcileCounts) -> dict[str, int]:
    return {f.name: getattr(counts, f.name) for f in fields(counts)}
