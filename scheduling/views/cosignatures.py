"""Orders that somebody else entered in a physician's name: read, co-signed or declined."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scheduling import bookings, clock, orders
from scheduling.bookings import cosignatures
from scheduling.errors import WrongState
from scheduling.forms.orders import CosignForm, DeclineForm
from scheduling.models import AnticoagulantDecision, Injection, Order
from scheduling.people import access, visible
from scheduling.staff import User
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import signed_in
from scheduling.views.days import warnings
from scheduling.views.orders import requested_order

LISTED = 100


@dataclass(frozen=True)
class _WaitingOrder:
    """One order with everything that a signature stands for."""

    order: Order
    booked: Injection | None
    decisions: list[AnticoagulantDecision]
    warnings: list[str]
    fault: str  # why the reader may not sign it


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Everything that waits, one's own first, the longest waiting first."""
    user, at = signed_in(request), clock.now()
    rows = [_row(order, user) for order in _found(visible.to(user, at))]
    rows.sort(key=lambda row: row.order.physician_id != user.pk)
    patients = [row.order.patient for row in rows]
    access.viewed(request=request, page="cosignatures", patients=patients, at=at)
    return page(request, "scheduling/cosignatures.html", rows=rows, limit=LISTED)


def _found(seen: Q) -> list[Order]:
    people = ("patient", "physician", "entered_by")
    injections = Injection.objects.select_related("location")
    standing = AnticoagulantDecision.objects.filter(void=False)
    found = cosignatures.waiting().filter(seen).select_related(*people, "signature_by")
    hanging = Prefetch("injections", injections), Prefetch("anticoagulant_decisions", standing)
    return list(found.prefetch_related("agents", *hanging).order_by("entered_at")[:LISTED])


def _row(order: Order, user: User) -> _WaitingOrder:
    booked = next((each for each in order.injections.all() if each.state.is_live), None)
    return _WaitingOrder(
        order,
        booked,
        list(order.anticoagulant_decisions.all()),
        warnings(order),
        cosignatures.fault(order, booked, user),
    )


@require_POST
@current("order")
def cosign(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Sign what was read; an order that has changed since is a 409, and nothing is signed."""
    at = clock.now()
    order = requested_order(request, reference, at, "order_cosign")
    form = CosignForm(request.POST)
    if not form.is_valid():
        raise WrongState("Read the order first, then sign it.")
    orders.cosign(order=order, **form.cleaned_data, by=signed_in(request), at=at)
    messages.success(request, f"Co-signed: {order}, {order.patient}.")
    if request.POST.get("back") == "order":
        return redirect("order", reference)
    return redirect("cosignatures")


@require_http_methods(["GET", "POST"])
@current("order")
def decline(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The order as it stands, and the reason for which it is declined."""
    at = clock.now()
    order = requested_order(request, reference, at, "order_decline")
    user = signed_in(request)
    booked = bookings.live(order)
    if not order.waits_for_signature:
        raise WrongState("This order does not wait for a co-signature any more.")
    if fault := cosignatures.fault(order, booked, user):
        raise PermissionDenied(fault)
    form = DeclineForm(request.POST or None, initial={"seen": order.entered_at})
    if form.is_valid():
        with refusals(form):
            orders.decline(order=order, **form.cleaned_data, by=user, at=at)
            messages.success(request, "Declined. The desk has a task.")
            return redirect("cosignatures")
    return page(
        request,
        "scheduling/order_decline.html",
        order=order,
        patient=order.patient,
        booked=booked,
        form=form,
        forms=[form],
    )
