"""The page of one injection, and the verbs that need little more than a button."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import bookings, clock
from scheduling.bookings.changes import local_day
from scheduling.finding.proposals import ordered
from scheduling.forms.injections import (
    AbortForm,
    AssessmentForm,
    AwakeForm,
    ConfirmForm,
    EmptyForm,
    NameDriverForm,
    SideForm,
    TimeOutForm,
    WhyForm,
)
from scheduling.models import ArrivalAssessment, Injection, TimeOut
from scheduling.people import access
from scheduling.rules.assessment import Measured, due
from scheduling.rules.procedure import InjectionState
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import page_name, signed_in
from scheduling.views.history import history
from scheduling.views.opening import opened


@dataclass(frozen=True)
class Verb:
    """One thing that can be done to an injection: its form, and what the page says about it."""

    form: type[forms.Form]
    act: Callable[..., Any]
    title: str
    teach: str
    done: str
    grave: bool = False
    known: Callable[[Injection], dict[str, Any]] = lambda injection: {}


def _measured(injection: Injection) -> dict[str, Any]:
    """What was measured before, which stands until other values are entered."""
    kept = ArrivalAssessment.objects.filter(injection=injection).first()
    return asdict(kept.measured) if kept else {}


VERBS = {
    "confirm": Verb(
        ConfirmForm,
        bookings.confirm,
        "Confirm the injection",
        "The patient has said that this time stands. Requests to confirm stop.",
        "Confirmed.",
    ),
    "driver": Verb(
        NameDriverForm,
        bookings.name_driver,
        "Name the driver",
        "An adult who takes the patient home.",
        "The driver is recorded.",
    ),
    "arrive": Verb(
        EmptyForm,
        bookings.arrive,
        "Mark as arrived",
        "Ask name and birth date; let the patient say the side.",
        "Marked as arrived.",
    ),
    "undo_arrival": Verb(
        EmptyForm,
        bookings.undo_arrival,
        "Undo arrived",
        "The patient has not come yet. Everything waits again as before.",
        "Not arrived: the patient is waited for.",
    ),
    "assessment": Verb(
        AssessmentForm,
        bookings.assess,
        "Record the assessment",
        "What is measured before the procedure; empty is not measured. What a physician has to "
        "decide about becomes an urgent task.",
        "The assessment is recorded.",
        known=_measured,
    ),
    "time_out": Verb(
        TimeOutForm,
        bookings.time_out,
        "Time-out",
        "Before the needle, with the patient awake: who this is, which side, who drives home.",
        "The time-out is recorded.",
    ),
    "awake": Verb(
        AwakeForm,
        bookings.note_awake,
        "Awake again",
        "When sedation had worn off. Relief that was told before is not credited to the block.",
        "The time is recorded.",
    ),
    "cancel": Verb(
        WhyForm,
        bookings.cancel,
        "Cancel the injection",
        "What it holds becomes free, planned messages are taken back, the patient is told.",
        "Cancelled. The order stays open and can be booked again.",
        grave=True,
    ),
    "no_show": Verb(
        EmptyForm,
        bookings.no_show,
        "Mark as no-show",
        "The patient did not come. The times become free and the patient is written to.",
        "Marked as no-show. The order stays open and can be booked again.",
        grave=True,
    ),
    "abort": Verb(
        AbortForm,
        bookings.abort,
        "Abort the procedure",
        "It was begun or prepared and not completed. No diary starts; nothing is scored.",
        "Aborted. No diary starts.",
        grave=True,
    ),
    "side": Verb(
        SideForm,
        bookings.amend_side,
        "Change the booked side",
        "By the physician's decision only. The patient is told again.",
        "The booked side is changed.",
    ),
}


def requested_injection(request: HttpRequest, reference: UUID, at: datetime) -> Injection:
    """The injection of this page; that its patient was looked at is written down."""
    found = Injection.objects.select_related("patient", "location", "order__physician")
    found = found.select_related("order__entered_by", "order__signature_by")
    injection = opened(request, found, at, reference=reference)
    name = page_name(request)
    access.viewed(request=request, page=name, patients=[injection.patient], at=at)
    return injection


@require_http_methods(["GET"])
def injection(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Header, next steps, what it holds, what was done, and the plan of messages."""
    at = clock.now()
    injection = requested_injection(request, reference, at)
    assessment = ArrivalAssessment.objects.filter(injection=injection).select_related("by").first()
    measured = assessment.measured if assessment else Measured()
    held = injection.reservations.filter(live=True).select_related("resource", "overbooked_by")
    return page(
        request,
        "scheduling/injection.html",
        injection=injection,
        patient=injection.patient,
        zone=injection.location.zone,
        next_verb=_next_verb(injection, at),
        has_begun=_days_since(injection, at) >= 0,
        is_past=at > injection.start,
        held=held,
        time_out=TimeOut.objects.filter(injection=injection).select_related("by").first(),
        assessment=assessment,
        unmeasured=due(ordered(injection.order), measured),
        planned=injection.order.agents.all(),
        given=injection.agents.all(),
        joints=injection.joints.order_by("side"),
        tasks=injection.tasks.filter(done_at=None),
        checks=injection.checks.filter(revision=injection.revision),
        history=history(injection),
    )


def _days_since(injection: Injection, at: datetime) -> int:
    """Days from the injection's day to today, by the clinic's calendar; negative before it."""
    today, day = (local_day(injection.location, moment) for moment in (at, injection.start))
    return (today - day).days


def _next_verb(injection: Injection, at: datetime) -> str:
    """What a booked injection waits for: the first of its buttons; empty once it is settled."""
    if injection.state not in (InjectionState.BOOKED, InjectionState.ARRIVED):
        return ""
    days = _days_since(injection, at)
    if injection.state is InjectionState.ARRIVED or days > 0:
        return "complete"
    return "arrive" if days == 0 else "confirm"


@require_http_methods(["GET", "POST"])
@current("injection")
def act(request: HttpRequest, reference: UUID, verb: str) -> HttpResponse:
    """One verb: GET explains it, POST does it."""
    at = clock.now()
    injection = requested_injection(request, reference, at)
    with timezone.override(ZoneInfo(injection.location.zone)):
        return _done(request, injection, VERBS[verb], at)


def _done(request: HttpRequest, injection: Injection, verb: Verb, at: datetime) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = verb.form(sent, initial=verb.known(injection))
    if form.is_valid():
        with refusals(form):
            verb.act(injection=injection, **form.cleaned_data, by=signed_in(request), at=at)
            messages.success(request, verb.done)
            return redirect("injection", injection.reference)
    return page(
        request,
        "scheduling/injection_verb.html",
        injection=injection,
        patient=injection.patient,
        verb=verb,
        form=form,
        forms=[form],
    )
