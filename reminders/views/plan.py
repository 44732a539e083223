"""What one injection was told and will be told: a part of its page, and a page of its own."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reminders.messaging.timeline import TimelineEntry, timeline
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.message_states import MessageState
from scheduling import clock
from scheduling.models import Injection
from scheduling.people import access
from scheduling.views.answers import page
from scheduling.views.opening import opened


@require_safe
def plan(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The timeline of messages, with the reason for each."""
    at = clock.now()
    injections = Injection.objects.select_related("patient", "location")
    injection = opened(request, injections, at, reference=reference)
    access.viewed(request=request, page="plan", patients=[injection.patient], at=at)
    lines = timeline(injection, at)
    off = sorted((line for line in lines if line.is_off), key=lambda line: (line.why, line.title))
    kept = [line for line in lines if speaks(line)]
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
        kept=kept,
        settling="again" not in request.GET and any(line.message is None for line in kept),
        parts={
            "Up to now": [line for line in kept if line.at and line.at <= at],
            "To come": [line for line in kept if not line.at or line.at > at],
        },
        silent=[line for line in lines if not speaks(line) and not line.is_off],
        off=off,
    )


def speaks(line: TimelineEntry) -> bool:
    """Whether this line is a message or a task of its own, or was one."""
    if line.message:
        return line.message.state is not MessageState.CANCELLED or bool(line.attempts)
    return line.planned is not None and line.planned.outcome in (
        EntryOutcome.SEND,
        EntryOutcome.TASK,
    )
