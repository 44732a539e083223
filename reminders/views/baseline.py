"""The page on which the provoked baseline is taken, while the physician can still be asked."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from reminders.followup import baselines, surveys
from reminders.followup.slots import protocol_of, update_surveys
from reminders.forms.answers import BaselineForm
from reminders.messaging.planning.facts import facts_by_injection
from scheduling import clock
from scheduling.errors import WrongState
from scheduling.models import Injection
from scheduling.people import access
from scheduling.rules.procedure import InjectionState
from scheduling.views.answers import current, page
from scheduling.views.asking import signed_in
from scheduling.views.opening import opened


@require_http_methods(["GET", "POST"])
@current("injection")
def baseline(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The score of each booked side, its time and its activity; what is low is said at once."""
    at = clock.now()
    found = Injection.objects.select_related("patient", "location", "order")
    injection = opened(request, found, at, reference=reference)
    access.viewed(request=request, page="injection_baseline", patients=[injection.patient], at=at)
    if injection.state not in (InjectionState.BOOKED, InjectionState.ARRIVED):
        raise WrongState("A baseline is taken before the needle: correct what was done instead.")
    with timezone.override(ZoneInfo(injection.location.zone)):
        return _record(request, injection, at)


def _record(request: HttpRequest, injection: Injection, at: datetime) -> HttpResponse:
    form = BaselineForm(
        request.POST or None, sides=injection.side.joints, initial=_initial(injection, at)
    )
    if form.is_valid():
        facts, protocol = facts_by_injection([injection.pk])[injection.pk], protocol_of(injection)
        update_surveys(injection, facts=facts, protocol=protocol, at=at)
        try:
            joints, by = form.joints(), signed_in(request)
            baselines.take(injection=injection, joints=joints, by=by, at=at)
        except surveys.Unacceptable as wrong:
            form.add_error(None, str(wrong))
        else:
            for sentence in baselines.advice(injection):
                messages.warning(request, sentence)
            messages.success(request, "The baseline is kept.")
            return redirect("injection", injection.reference)
    return page(
        request,
        "reminders/baseline.html",
        injection=injection,
        patient=injection.patient,
        form=form,
        forms=[form],
    )


def _initial(injection: Injection, at: datetime) -> dict[str, Any]:
    """Now, and what was taken before."""
    known: dict[str, Any] = {"taken_at": timezone.localtime(at).replace(second=0, microsecond=0)}
    for joint in injection.joints.all():
        known[f"score_{joint.side.value}"] = joint.baseline
        known[f"rest_{joint.side.value}"] = joint.rest_score
        known["activity"] = joint.index_activity
    return known
