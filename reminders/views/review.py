"""The physician's worklist, the page of one injection, its chart, and the signature."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reminders.followup import responses, review_list, reviews, sheets
from reminders.followup.chart import LAYOUTS, WIDE, chart_of
from reminders.followup.panels import panels
from reminders.forms.reviews import SignForm
from scheduling import clock
from scheduling.models import Injection
from scheduling.people import access, visible
from scheduling.rules.procedure import InjectionState, Side
from scheduling.views import opening
from scheduling.views.answers import conflict, page
from scheduling.views.asking import signed_in

DRAWING = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"]}


@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Who waits to be read, most pressing first."""
    at = clock.now()
    seen = visible.to(signed_in(request), at, path="injection__patient")
    rows = review_list.waiting(at, seen)
    patients = {row.injection.patient for row in rows}
    access.viewed(request=request, page="reviews", patients=patients, at=at)
    return page(request, "reminders/reviews.html", rows=rows, limit=review_list.LISTED)


@require_safe
def review(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Alerts, answers with their arithmetic, chart, tables, and the form to sign."""
    return show(request, opened(request, reference, "review"), {})


def opened(request: HttpRequest, reference: UUID, name: str) -> Injection:
    """One injection with everything that is read of it; the view leaves its trace."""
    at = clock.now()
    done = Injection.objects.filter(state=InjectionState.COMPLETED).select_related("patient")
    known = opening.opened(request, done, at, reference=reference)
    injection = responses.load([known.pk]).get()
    injection.patient = known.patient
    access.viewed(request=request, page=name, patients=[injection.patient], at=at)
    return injection


def show(request: HttpRequest, injection: Injection, refused: dict[Side, SignForm]) -> HttpResponse:
    found = sheets.sheet(injection, clock.now())
    strips = [
        (strip, refused.get(strip.response.side) or form_for(strip)) for strip in found.strips
    ]
    return page(
        request,
        "reminders/review.html",
        sheet=found,
        injection=injection,
        patient=injection.patient,
        strips=strips,
        may_sign=signed_in(request).may("review_sign"),
        forms=list(refused.values()),
    )


def form_for(strip: sheets.JointSheet, sent: Any = None) -> SignForm:
    """The form of one joint, which carries what the page showed."""
    side, last = strip.response.side, strip.signed
    return SignForm(
        sent,
        proposed=strip.response.label,
        prefix=side.value,
        initial={"seen": strip.facts, "after": last.pk if last else None},
    )


@require_POST
def sign(request: HttpRequest, reference: UUID, side: str) -> HttpResponse:
    """Sign one joint. What changed since the page was read is a 409, and nothing is signed."""
    injection = opened(request, reference, "review_sign")
    strip = _strip(injection, side)
    form = form_for(strip, request.POST)
    if not form.is_valid():
        return show(request, injection, {strip.response.side: form})
    said = form.cleaned_data
    try:
        reviews.sign(
            injection=injection,
            side=strip.response.side,
            decided=said["decided"],
            override_reason=said["override_reason"],
            remark=said["remark"],
            by=signed_in(request),
            at=clock.now(),
            seen_inputs=said["seen"],
            after=said["after"],
        )
    except reviews.Conflict as changed:
        return conflict(request, str(changed), reverse("review", args=[reference]))
    messages.success(request, f"Signed: {strip.response.side.label.lower()} joint.")
    return redirect("review", reference)


def _strip(injection: Injection, side: str) -> sheets.JointSheet:
    for strip in sheets.strips(injection):
        if strip.response.side == side and strip.response.is_block:
            return strip
    raise Http404("That joint has no answer to sign.")


@require_safe
@csp_replace(DRAWING)  # type: ignore[arg-type]  # its stubs know no arguments of views
def drawing(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The chart as a picture of its own: its styles stay inside it, and no script may run."""
    injection = opened(request, reference, "review_chart")
    drawn = chart_of(
        panels(injection, responses.responses_of(injection)),
        LAYOUTS.get(request.GET.get("layout", ""), WIDE),
    )
    response = render(
        request,
        "reminders/chart.svg",
        {"chart": drawn},
        content_type="image/svg+xml; charset=utf-8",
    )
    response["Cache-Control"] = "no-store, private"
    return response
