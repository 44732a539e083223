"""Pages about an order: new, one, amend, withdraw, the decision about a blood thinner."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import clock, orders
from scheduling.bookings import cosignatures
from scheduling.forms.orders import (
    AmendForm,
    AnticoagulantForm,
    OrderForm,
    WithdrawOrderForm,
    agent_rows,
)
from scheduling.forms.screening import ASK, ScreeningForm, words
from scheduling.models import Injection, Order
from scheduling.people import access
from scheduling.rules.screening import QUESTIONS
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import page_name, signed_in
from scheduling.views.opening import opened
from scheduling.views.patients import requested_patient


def requested_order(request: HttpRequest, reference: UUID, at: datetime, name: str = "") -> Order:
    """The order of this page; that its patient was looked at is written down.

    `name` is the page's own where a request may have been kept until its sender was confirmed.
    """
    found = Order.objects.select_related(
        "patient", "physician", "entered_by", "signature_by"
    ).prefetch_related("agents")
    order = opened(request, found, at, reference=reference)
    name = name or page_name(request)
    access.viewed(request=request, page=name, patients=[order.patient], at=at)
    return order


def _screening_form(request: HttpRequest, answers: dict[str, str]) -> ScreeningForm:
    plans = signed_in(request).may("record_plans")
    return ScreeningForm(request.POST or None, plans=plans, answers=answers)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, reference: UUID) -> HttpResponse:
    """An order as the physician gave it. Only a physician's own name is preset."""
    at = clock.now()
    patient = requested_patient(request, reference, at)
    user = signed_in(request)
    own = {"physician": user} if user.may("give_orders") else {}
    form = OrderForm(request.POST or None, by=user, initial=own)
    agents = agent_rows([], request.POST or None)
    screening = _screening_form(request, {})  # answers go stale: asked anew
    if form.is_valid() and agents.is_valid() and screening.is_valid():
        with refusals(form):
            order = orders.place(
                patient=patient,
                **form.cleaned_data,
                screening=screening.answers(),
                agents=agents.agents(),
                by=signed_in(request),
                at=at,
            )
            messages.success(request, _placed(order))
            return redirect("book", order.reference)
    return page(
        request,
        "scheduling/order_new.html",
        patient=patient,
        form=form,
        agents=agents,
        screening=screening,
        forms=[form, agents, screening],
    )


def _placed(order: Order) -> str:
    """What was done, and who has to sign it where another entered it."""
    if not order.waits_for_signature:
        return "The order is placed. Now find a time for it."
    name = order.physician.display_name
    return f"The order is placed and waits for the co-signature of {name}. Now find a time for it."


@require_http_methods(["GET"])
def order(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    order = requested_order(request, reference, at)
    injections = Injection.objects.filter(order=order).select_related("location")
    decisions = order.anticoagulant_decisions.select_related("signed_by").order_by("-signed_at")
    live = next((injection for injection in injections if injection.state.is_live), None)
    return page(
        request,
        "scheduling/order.html",
        order=order,
        patient=order.patient,
        live=live,
        injections=injections,
        decisions=decisions,
        answers=_answered(order),
        fault=cosignatures.fault(order, live, signed_in(request)),
    )


def _answered(order: Order) -> list[tuple[str, str]]:
    """Question and answer in words, the known ones."""
    return [
        (ASK[question], words(order.screening[question]))
        for question in QUESTIONS
        if order.screening.get(question, "unknown") != "unknown"
    ]


@require_http_methods(["GET", "POST"])
@current("order")
def amend(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Change what is ordered, with a reason; a booking follows or says why it cannot."""
    at = clock.now()
    order = requested_order(request, reference, at)
    form = AmendForm(order, request.POST or None)
    agents = agent_rows(order.agents.all(), request.POST or None)
    screening = _screening_form(request, order.screening)
    if form.is_valid() and agents.is_valid() and screening.is_valid():
        changes = form.cleaned_data | {"screening": screening.answers(), "agents": agents.agents()}
        with refusals(form):
            orders.amend(order=order, **changes, by=signed_in(request), at=at)
            messages.success(request, "The order is amended. A booking under it follows.")
            return redirect("order", reference)
    return page(
        request,
        "scheduling/order_amend.html",
        order=order,
        patient=order.patient,
        form=form,
        agents=agents,
        screening=screening,
        forms=[form, agents, screening],
    )


@require_http_methods(["GET", "POST"])
@current("order")
def withdraw(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    order = requested_order(request, reference, at)
    form = WithdrawOrderForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            orders.withdraw(order=order, **form.cleaned_data, by=signed_in(request), at=at)
            messages.success(request, "The order is withdrawn.")
            return redirect("patient", order.patient.reference)
    return page(
        request,
        "scheduling/order_withdraw.html",
        order=order,
        patient=order.patient,
        form=form,
        forms=[form],
    )


@require_http_methods(["GET", "POST"])
@current("order")
def anticoagulant(request: HttpRequest, reference: UUID) -> HttpResponse:
    """A physician signs what happens with the blood thinner."""
    at = clock.now()
    order = requested_order(request, reference, at)
    with timezone.override(ZoneInfo(order.patient.zone)):
        return _decide(request, order, at)


def _decide(request: HttpRequest, order: Order, at: datetime) -> HttpResponse:
    """The last dose is typed by the patient's clock, which the instruction will name."""
    form = AnticoagulantForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            orders.decide_anticoagulant(
                order=order, **form.cleaned_data, by=signed_in(request), at=at
            )
            messages.success(request, "Signed. The decision before it, if any, is void.")
            return redirect("order", order.reference)
    return page(
        request,
        "scheduling/order_anticoagulant.html",
        order=order,
        patient=order.patient,
        form=form,
        forms=[form],
    )
