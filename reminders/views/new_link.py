"""A new link for a patient whose old one no longer opens."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from reminders.forms.new_link import NewLinkForm
from reminders.messaging.content import links
from reminders.messaging.planning import renewal
from scheduling import clock
from scheduling.models import Injection
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import signed_in
from scheduling.views.injections import requested_injection


@require_http_methods(["GET", "POST"])
@current("plan")
def new_link(request: HttpRequest, reference: UUID) -> HttpResponse:
    """GET asks where to and why, POST sends it; older links to the same page end."""
    at = clock.now()
    injection = requested_injection(request, reference, at)
    form = _form(request, injection, at)
    if form.is_valid():
        with refusals(form):
            renewal.renew(injection=injection, **form.facts(), by=signed_in(request), at=at)
            messages.success(request, "The new link is on its way. Older ones have ended.")
            return redirect("plan", injection.reference)
    return page(
        request,
        "reminders/new_link.html",
        injection=injection,
        patient=injection.patient,
        form=form,
        forms=[form],
    )


def _form(request: HttpRequest, injection: Injection, at: datetime) -> NewLinkForm:
    return NewLinkForm(
        request.POST if request.method == "POST" else None,
        ways=renewal.ways(injection),
        check_in=renewal.check_in(injection, at),
        over=links.is_over(injection),
        initial={"number": renewal.following(injection)},
    )
