"""A drug that a patient may have paused for an injection that is not as it was: somebody phones.

A signed hold tells the patient when to take the last dose. From the day on which that is told, the
pause may have begun, whatever becomes of the order afterwards.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from scheduling import worklist
from scheduling.models import AnticoagulantDecision, Injection, Location, Order, Queue, TaskKind
from scheduling.people.contacts import telephone
from scheduling.policy import shipped
from scheduling.rules.procedure import HoldDecision
from scheduling.templatetags.words import day, moment


def end(order: Order, injection: Injection | None, at: datetime, what: str) -> None:
    """The dates of a signed hold do not count any more, because of `what`."""
    report(order, injection, at, what)
    _holds(order).update(void=True)


def report(order: Order, injection: Injection | None, at: datetime, what: str) -> None:
    """Open the urgent task for a pause that may have begun; one is enough while it is open."""
    for hold in _holds(order):
        if _may_have_begun(hold, injection.location if injection else None, at):
            _phone(order, injection, hold, at, what)


def _holds(order: Order) -> QuerySet[AnticoagulantDecision]:
    return order.anticoagulant_decisions.filter(decision=HoldDecision.HOLD, void=False)


def _may_have_begun(hold: AnticoagulantDecision, location: Location | None, at: datetime) -> bool:
    """Whether the patient may have been told, by the clinic's calendar, and has not restarted."""
    policy = location.booking_policy if location else shipped()
    last = hold.last_dose_at
    if last is None or hold.restart_on is None:  # the database refuses it too
        raise ValueError("a hold names its last dose and its restart")
    zone = ZoneInfo(location.zone) if location else last.tzinfo
    today, told = at.astimezone(zone).date(), timedelta(days=policy.hold_told_days)
    return last.astimezone(zone).date() - told <= today <= hold.restart_on


def _phone(
    order: Order, injection: Injection | None, hold: AnticoagulantDecision, at: datetime, what: str
) -> None:
    known = worklist.open_tasks(Queue.NURSE).filter(kind=TaskKind.PAUSED_DRUG)
    if known.filter(key__startswith=f"hold-{hold.pk} ").exists():
        return
    worklist.open_task(
        kind=TaskKind.PAUSED_DRUG,
        key=f"hold-{hold.pk} {at:%Y%m%dT%H%M%S} {what}"[:80],
        queue=Queue.NURSE,
        title=f"{hold.drug} may be paused, {what}: phone the patient now",
        detail=_detail(order, injection, hold),
        patient=order.patient,
        injection=injection,
        due_at=at,
        urgent=True,
        at=at,
    )


def _detail(order: Order, injection: Injection | None, hold: AnticoagulantDecision) -> str:
    """What was told, who had ordered it, and whom to call."""
    zone = injection.location.zone if injection else order.patient.zone
    if hold.last_dose_at is None or hold.restart_on is None:  # the database refuses it too
        raise ValueError("a hold names its last dose and its restart")
    told = moment(hold.last_dose_at, zone)
    numbers = order.patient.contacts.filter(active=True, channel__in=["sms", "phone"])
    call = ", ".join(sorted({telephone(each.value) for each in numbers})) or "no number on file"
    return (
        f"Told: last dose of {hold.drug} on {told}, restart on {day(hold.restart_on)}, ordered by "
        f"{hold.prescriber}. Ask what was taken, and ask the prescriber what to do. Call {call}."
    )
