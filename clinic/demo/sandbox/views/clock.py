"""The time machine's panel."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from clinic.demo.sandbox import tasks, timemachine
from clinic.demo.sandbox.agenda import next_event
from clinic.demo.sandbox.forms import TravelForm
from clinic.demo.sandbox.models import Journey
from scheduling import clock
from scheduling.models import Location


def panel(now: datetime) -> dict[str, Any]:
    """What the panel shows: the clinic's wall clock, the next event, the journey under way."""
    place = Location.objects.first()
    journey = Journey.objects.last()
    return {
        "now": now,
        "clock_zone": place.zone if place else "",
        "next_event": next_event(now),
        "journey": journey,
        "moving": bool(journey and journey.ended_at is None),
    }


@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """The panel alone, asked for again and again while the clock moves."""
    page = panel(clock.now())
    response = render(request, "sandbox/_clock.html", page)
    if not page["moving"]:
        response["HX-Refresh"] = "true"  # arrived: the whole page shows the new time
    return response


@require_POST
def travel(request: HttpRequest) -> HttpResponse:
    """Start a journey of the clock; a worker makes it."""
    form = TravelForm(request.POST)
    now = clock.now()
    if not form.is_valid():
        messages.error(request, str(form.errors["to"][0]))
        return back(request)
    target = form.target(now)
    if target is None:
        messages.info(request, "Nothing lies ahead. Book a visit first, or move by an hour or day.")
        return back(request)
    try:
        tasks.travel.delay(timemachine.start_journey(target, now).pk)
    except (timemachine.AlreadyMoving, ValueError) as refusal:
        messages.error(request, str(refusal))
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page that held the button."""
    wanted = request.POST.get("next", "")
    mine = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(wanted if mine else reverse("sandbox"))
