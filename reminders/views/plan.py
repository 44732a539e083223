"""What one visit was told and will be told: a part of its page, and a page of its own."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from reminders.messaging.timeline import timeline
from scheduling import access, clock
from scheduling.models import Injection
from scheduling.views.answers import page


@require_safe
def plan(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The timeline of messages, with the reason for each."""
    injections = Injection.objects.select_related("patient", "location")
    injection = get_object_or_404(injections, reference=reference)
    access.viewed(request=request, page="plan", patients=[injection.patient], at=clock.now())
    lines = timeline(injection)
    template = (
        "reminders/_timeline.html"
        if request.headers.get("HX-Request")
        else "reminders/timeline.html"
    )
    return page(
        request,
        template,
        injection=injection,
        patient=injection.patient,
        zone=injection.location.zone,
        lines=[line for line in lines if not line.is_off],
        off=[line for line in lines if line.is_off],
    )
