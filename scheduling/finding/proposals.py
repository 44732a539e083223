"""Rows read into the facts that booking rules look at."""

from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from scheduling.models import AgentLine, Injection, Joint, Location, Order
from scheduling.models.injections import LIVE
from scheduling.rules import durations as rules
from scheduling.rules.checks import EarlierInjection, Proposal
from scheduling.rules.ordered import Ordered
from scheduling.rules.procedure import STEROIDS, Drug, HoldDecision, InjectionState, Side

# What hangs on an order, in one statement: the search for free times asks it every time.
HANGING = """
SELECT (SELECT array_agg(drug) FROM scheduling_agentline WHERE order_id = %(order)s),
       (SELECT decision FROM scheduling_anticoagulantdecision
        WHERE order_id = %(order)s AND NOT void)
"""


def ordered(order: Order) -> Ordered:
    """What an order asks for, with its planned agents and the standing decision."""
    with connection.cursor() as cursor:
        cursor.execute(HANGING, {"order": order.pk})
        drugs, decision = cursor.fetchone()
    return Ordered(
        side=order.side or None,
        intent=order.intent,
        target=order.target,
        guidance=order.guidance,
        sedation=order.sedation,
        premedication=tuple(
            dose.before // timedelta(hours=1) for dose in order.premedication.doses
        ),
        drugs=tuple(Drug(drug) for drug in drugs or ()),
        screening=order.screening,
        hold=decision == HoldDecision.HOLD,
        decided=decision is not None,
        signature=order.signature,
    )


def durations(order: Order, location: Location) -> rules.Durations:
    """How long everything about this order takes at this location, in minutes."""
    return rules.durations(order.side, order.intent, order.sedation, location.booking_policy)


def proposal(
    *,
    order: Order,
    location: Location,
    start: datetime,
    at: datetime,
    side: Side | None = None,
    injection: Injection | None = None,
) -> Proposal:
    """Everything that decides whether this order may be booked then.

    `side` is the booked side where it could differ; `injection` is the booking that changes.
    """
    minutes = durations(order, location)
    others = _other_injections(order, injection).values_list("during", flat=True)
    end = start + timedelta(minutes=minutes.block)
    day = start.astimezone(ZoneInfo(location.zone)).date()
    return Proposal(
        ordered=ordered(order),
        side=side or order.side or None,
        start=start,
        zone=location.zone,
        now=at,
        block=minutes.block,
        policy=location.booking_policy,
        earlier=_earlier(order, injection),
        overlaps=any(start < during.upper and during.lower < end for during in others),
        same_day=any(
            during.lower.astimezone(ZoneInfo(location.zone)).date() == day for during in others
        ),
        driver_named=bool(injection and injection.driver_name),
        booked=injection is not None,
    )


def _other_injections(order: Order, injection: Injection | None) -> QuerySet[Injection]:
    """The patient's other live injections."""
    injections = Injection.objects.filter(patient=order.patient_id, state__in=LIVE)
    return injections.exclude(pk=injection.pk) if injection else injections


def _earlier(order: Order, injection: Injection | None) -> tuple[EarlierInjection, ...]:
    """Every joint of the patient that was injected before."""
    steroids = AgentLine.objects.filter(injection=OuterRef("injection"), drug__in=STEROIDS)
    joints = Joint.objects.filter(
        injection__patient=order.patient_id, injection__state=InjectionState.COMPLETED
    ).annotate(steroid=Exists(steroids))
    facts = ("side", "injection__t0", "steroid", "injection__order__intent", "signed_at")
    return tuple(
        EarlierInjection(
            side=side,
            t0=cast(datetime, t0),  # completed, so the constraint holds it
            steroid=steroid,
            diagnostic=intent.is_diagnostic,
            signed=signed_at is not None,
        )
        for pk, side, t0, steroid, intent, signed_at in joints.values_list("injection_id", *facts)
        if injection is None or pk != injection.pk
    )
