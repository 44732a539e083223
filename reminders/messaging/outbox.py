"""The outbox: promises, made to agree with today's plan. Twice is the same as once."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from reminders.followup import slots
from reminders.messaging import errands, ledger, rows
from reminders.messaging.errands import Errand
from reminders.messaging.visits import visits
from reminders.models import Message, Preparation
from reminders.protocols import by_id, current
from reminders.rules.plan import plan
from reminders.rules.planned import Outcome, Planned
from reminders.rules.protocol import Protocol
from reminders.rules.visit import Visit
from scheduling.models import Injection, Patient, Task
from scheduling.rules.procedure import Channel, Purpose

log = structlog.get_logger(__name__)
BATCH = 200  # injections a transaction: locks stay short
REPLY_IS_USEFUL = timedelta(hours=1)

MARK = """
UPDATE reminders_preparation p SET reconciled_at = n.seen, next_task_at = n.next_task
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(injection, seen, next_task)
WHERE p.injection_id = n.injection
  AND (p.reconciled_at, p.next_task_at) IS DISTINCT FROM (n.seen, n.next_task)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages and tasks one reconciliation changed; all zero when it found agreement."""

    new: int = 0
    changed: int = 0
    cancelled: int = 0
    missed: int = 0
    tasks: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Counts(*(a + b for a, b in mine))


@dataclass(frozen=True, slots=True)
class Case:
    """One injection with its plan. `seen` is its change that the plan takes into account."""

    injection: int
    seen: datetime
    visit: Visit
    protocol: Protocol
    plan: tuple[Planned, ...]

    @property
    def errands(self) -> list[Errand]:
        found = (each for each in self.plan if each.outcome is Outcome.TASK)
        return [Errand(self.injection, self.visit.revision, each) for each in found]


def reconcile(injection_ids: Iterable[int], now: datetime) -> Counts:
    """Make messages and tasks agree with the plans of these injections.

    A constant number of queries for each batch, and no write where plan and rows agree already.
    """
    ids = sorted(set(injection_ids))
    counts = Counts()
    for start in range(0, len(ids), BATCH):
        counts += _reconcile(ids[start : start + BATCH], now)
    return counts


@transaction.atomic
def _reconcile(ids: Sequence[int], now: datetime) -> Counts:
    seen = _prepare(ids, now)
    cases = list(_cases(seen, now))
    there = rows.of(ids)
    counts = _write(cases, there, now)
    counts += Counts(tasks=_tasks(cases, there, errands.known(ids), now))
    slots.keep_all({each.injection: (each.visit, each.protocol) for each in cases}, at=now)
    counts += _silence(seen.keys() - {case.injection for case in cases}, now)
    _mark(seen, cases, now)
    if counts != Counts():
        log.info("outbox_reconciled", injections=len(ids), **_asdict(counts))
    return counts


def _prepare(ids: Sequence[int], now: datetime) -> dict[int, tuple[int, datetime]]:
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


def _cases(seen: dict[int, tuple[int, datetime]], now: datetime) -> Iterator[Case]:
    """The plans; an injection that cannot be planned is logged, shown to a person, and left out."""
    facts = visits(seen)
    for injection, (protocol_id, changed) in seen.items():
        protocol, visit = by_id(protocol_id), facts.get(injection)
        try:
            if visit is None:
                raise ValueError("its facts make no visit")
            entries = plan(visit, protocol)
        except Exception:  # one patient's bad record must not silence the others
            log.exception("injection_not_planned", injection=injection)
            errands.unplannable(Injection.objects.get(pk=injection), now)
            continue
        yield Case(injection, changed, visit, protocol, entries)


def _write(cases: Sequence[Case], there: dict[int, list[ledger.Row]], now: datetime) -> Counts:
    """Compare each plan with its rows; write all differences at once."""
    new, missed, changed, cancelled = [], [], [], []
    for case in cases:
        revision = case.visit.revision
        found = ledger.compare(case.plan, case.protocol, revision, there[case.injection], now)
        new += [(case.injection, revision, *each) for each in found.new]
        missed += [(case.injection, revision, *each) for each in found.missed]
        changed += found.changed
        cancelled += found.cancelled
    counts = Counts(
        new=rows.insert(new, now),
        changed=rows.update(changed),
        cancelled=rows.cancel(cancelled, now),
        missed=rows.insert(missed, now, missed=True),
    )
    if counts.missed:
        _phone_missed([each[0] for each in missed], now)
    return counts


def _phone_missed(injections: Sequence[int], now: datetime) -> None:
    """Preparations that came too late to be queued fall to a person."""
    late = Message.objects.filter(injection__in=injections, settled_at=now, reason=ledger.MISSED)
    errands.phone_instead(dict(late.values_list("pk", "reason")), now)


def _tasks(
    cases: Sequence[Case],
    sent: dict[int, list[ledger.Row]],
    there: dict[errands.Key, Task],
    now: datetime,
) -> int:
    """Open and close; nobody phones about what had left before the ways to the patient closed."""
    every = []
    for case in cases:
        told = ledger.told(sent[case.injection], case.visit.revision)
        every += [each for each in case.errands if ledger.told_as(each.planned) not in told]
    plans = {
        case.injection: (case.visit.revision, {each.key: each for each in case.plan})
        for case in cases
    }
    return errands.open_due(every, there, now) + errands.close_moot(plans, there, now)


def _silence(injections: Collection[int], now: datetime) -> Counts:
    """Nothing leaves for injections without a plan; a person has been told."""
    queued = Message.objects.filter(injection__in=injections, state="queued", reply=False)
    why = "no plan can be made from what is recorded"
    return Counts(
        cancelled=rows.cancel([(id_, why) for id_ in queued.values_list("pk", flat=True)], now)
    )


def _mark(seen: dict[int, tuple[int, datetime]], cases: Sequence[Case], now: datetime) -> None:
    """Note which change of each injection the rows agree with; what was noted is not written."""
    next_tasks = {case.injection: errands.next_at(case.errands, now) for case in cases}
    changes = [changed for _, changed in seen.values()]
    with connection.cursor() as cursor:
        cursor.execute(MARK, [list(seen), changes, [next_tasks.get(id_) for id_ in seen]])


@transaction.atomic
def reply(
    *,
    injection: Injection,
    patient: Patient,
    text_key: str,
    key: str,
    at: datetime,
    slot: str = "",
    purpose: Purpose = Purpose.REMINDERS,
) -> Message:
    """Queue an answer to a patient's own text, to go at once. The same `key` twice is one answer.

    Replies are outside the plan: they need no consent and wait for no waking hour. With the purpose
    of the diary, or a slot, their link leads to the scores.
    """
    _prepare([injection.pk], at)  # the words come from its protocol
    message, _ = Message.objects.get_or_create(
        injection=injection,
        revision=injection.revision,
        step="reply",
        occurrence=key,
        defaults={
            "patient": patient,
            "slot": slot,
            "reply": True,
            "purpose": purpose,
            "channels": [Channel.SMS.value],
            "sms_key": text_key,
            "send_at": at,
            "expires_at": at + REPLY_IS_USEFUL,
        },
    )
    return message


def _asdict(counts: Counts) -> dict[str, int]:
    return {f.name: getattr(counts, f.name) for f in fields(counts)}
