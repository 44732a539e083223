"""Find a time and book it, or move an injection: openings, then checks, then the verb."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import bookings, clock
from scheduling.errors import Blocked, SlotTaken
from scheduling.finding import finder
from scheduling.finding.proposals import proposal
from scheduling.finding.resources import Opening
from scheduling.forms.booking import FinderForm, OpeningForm, ReasonsForm
from scheduling.models import Injection, Location, Order
from scheduling.people import visible
from scheduling.people.contacts import telephone
from scheduling.rules.checks import Check, check
from scheduling.rules.cosignature import booking_fault
from scheduling.rules.matrix import Level
from scheduling.staff import User
from scheduling.views import injections, orders
from scheduling.views.answers import INVALID, conflict, current, page, refusals
from scheduling.views.asking import signed_in
from scheduling.views.limits import limits


@dataclass(frozen=True)
class _TimeSearch:
    """What a time is looked for: an order to book, or an injection to move."""

    order: Order
    locations: Sequence[Location]
    commit: Callable[..., Injection]
    injection: Injection | None = None

    @property
    def title(self) -> str:
        return "Move the injection" if self.injection else "Find a time"

    @property
    def back(self) -> str:
        if self.injection:
            return reverse("injection", args=[self.injection.reference])
        return reverse("order", args=[self.order.reference])


@require_http_methods(["GET", "POST"])
@current("order")
def book(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    order = orders.requested_order(request, reference, at)
    standing = bookings.live(order)
    if standing:
        messages.info(request, "This order is booked already. Move the injection instead.")
        return redirect("injection", standing.reference)
    locations = list(visible.locations(signed_in(request)))
    if not locations:
        return page(request, "scheduling/day_nowhere.html")

    def commit(location: Location, **facts: Any) -> Injection:
        return bookings.book(order=order, location=location, **facts)

    return _serve(request, _TimeSearch(order, locations, commit), at)


@require_http_methods(["GET", "POST"])
@current("injection")
def move(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    injection = injections.requested_injection(request, reference, at)
    _refuse_strangers(injection.location, signed_in(request))

    def commit(location: Location, **facts: Any) -> Injection:
        return bookings.move(injection=injection, **facts)

    wanted = _TimeSearch(injection.order, [injection.location], commit, injection)
    return _serve(request, wanted, at)


def _refuse_strangers(location: Location, by: User) -> None:
    """Whoever may see a patient does not therefore know the rooms of another location."""
    if location not in visible.locations(by):
        raise PermissionDenied(
            f"Only those who work at {location} give new times there: {telephone(location.phone)}."
        )


def _serve(request: HttpRequest, wanted: _TimeSearch, at: datetime) -> HttpResponse:
    """Show openings until one is chosen, then what speaks against it, then book it."""
    data = request.POST or request.GET
    form = FinderForm(data, locations=wanted.locations, order=wanted.order)
    if "start" not in data:
        return _openings(request, wanted, form, at)
    opening = OpeningForm(data, order=wanted.order, location=form.site)
    with timezone.override(ZoneInfo(form.site.zone)):
        if opening.is_valid():
            return _chosen(request, wanted, form.site, opening, at)
    return _openings(request, wanted, form, at, wrong=opening)


def _openings(
    request: HttpRequest,
    wanted: _TimeSearch,
    form: FinderForm,
    at: datetime,
    wrong: OpeningForm | None = None,
) -> HttpResponse:
    """The first ten times at which everything is free."""
    found = _search(wanted, form, at) if form.is_valid() else []
    return page(
        request,
        "scheduling/find.html",
        wanted=wanted,
        order=wanted.order,
        patient=wanted.order.patient,
        form=form,
        location=form.site,
        openings=[(opening, OpeningForm.hidden(opening)) for opening in found],
        minutes=bookings.durations(wanted.order, form.site),
        held=_held(wanted, form.site),
        limits=list(limits(wanted.order, form.site, at)),
        by_hand=OpeningForm.by_hand(order=wanted.order, location=form.site),
        forms=[form, wrong],
    )


def _held(wanted: _TimeSearch, location: Location) -> str:
    """Why none of these times can be booked yet, or nothing."""
    if wanted.injection:
        return ""
    return booking_fault(wanted.order.signature, location.booking_policy.cosign_before)


def _search(wanted: _TimeSearch, form: FinderForm, at: datetime) -> list[Opening]:
    day = form.cleaned_data["after"]
    midnight = datetime.combine(day, time(), ZoneInfo(form.site.zone)) if day else at
    return finder.find(
        order=wanted.order,
        location=form.site,
        after=max(at, midnight),
        physician=form.cleaned_data["physician"],
        now=at,
    )


def _chosen(
    request: HttpRequest,
    wanted: _TimeSearch,
    location: Location,
    opening: OpeningForm,
    at: datetime,
) -> HttpResponse:
    """Show on GET what the checks find about this time; book it on POST."""
    start, resources = opening.cleaned_data["start"], list(opening.resources)
    checks = _checks_for(wanted, location, start, at)
    reasons = ReasonsForm(request.POST or None, checks=checks)
    refused: Sequence[Check] = ()
    if request.method == "POST" and reasons.is_valid():
        try:
            with refusals(opening):
                return _booked(request, wanted, location, opening, reasons.overrides(), at)
        except Blocked as blocked:
            refused = blocked.checks
        except SlotTaken as taken:
            return _slot_taken(request, wanted, location, opening, taken)
    context = {
        "wanted": wanted,
        "order": wanted.order,
        "patient": wanted.order.patient,
        "location": location,
        "start": start,
        "resources": resources,
        "opening": opening,
        "reasons": reasons,
        "checks": _by_level(checks),
        "refused": refused,
        "forms": [reasons, opening],
    }
    invalid = bool(refused or reasons.errors or opening.errors)
    return render(request, "scheduling/book.html", context, status=INVALID if invalid else 200)


def _checks_for(
    wanted: _TimeSearch, location: Location, start: datetime, at: datetime
) -> tuple[Check, ...]:
    """What the checks find about this time, before anything is booked."""
    asked = proposal(
        order=wanted.order,
        location=location,
        start=start,
        at=at,
        side=wanted.injection.side if wanted.injection else None,
        injection=wanted.injection,
    )
    return check(asked)


def _booked(
    request: HttpRequest,
    wanted: _TimeSearch,
    location: Location,
    opening: OpeningForm,
    overrides: Mapping[str, str],
    at: datetime,
) -> HttpResponse:
    injection = wanted.commit(
        location=location,
        start=opening.cleaned_data["start"],
        resources=opening.resources,
        by=signed_in(request),
        at=at,
        overrides=overrides,
        overbook_why=request.POST.get("overbook_why", "")
        if signed_in(request).may("overbook")
        else "",
    )
    done = "Moved. The patient is told the new time." if wanted.injection else "Booked."
    messages.success(request, done)
    return redirect("injection", injection.reference)


def _by_level(checks: Sequence[Check]) -> dict[str, list[Check]]:
    """Checks by what they do: stop, ask for a reason, warn, open a task."""
    hard = [each for each in checks if each.level is Level.HARD]
    return {
        "stops": [each for each in hard if not each.overridable],
        "asks": [each for each in hard if each.overridable],
        "warns": [each for each in checks if each.level is Level.SOFT],
        "tasks": [each for each in checks if each.level is Level.TASK],
    }


def _slot_taken(
    request: HttpRequest,
    wanted: _TimeSearch,
    location: Location,
    opening: OpeningForm,
    taken: SlotTaken,
) -> HttpResponse:
    """Answer 409 with the next openings, when somebody was faster."""
    reasons = {name: text for name, text in request.POST.items() if name.startswith("why-")}
    return conflict(
        request,
        str(taken),
        wanted.back,
        template="scheduling/slot_taken.html",
        wanted=wanted,
        patient=wanted.order.patient,
        order=wanted.order,
        location=location,
        alternatives=[(each, OpeningForm.hidden(each)) for each in taken.alternatives],
        reasons=reasons,
        opening=opening if signed_in(request).may("overbook") else None,
        start=opening.cleaned_data["start"],
    )
