"""The page on which a procedure is completed: T0, side, agents, baseline."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import bookings, clock
from scheduling.bookings.changes import local_day
from scheduling.forms.injections import DoneForm, JointForm
from scheduling.forms.orders import agent_rows
from scheduling.models import Injection
from scheduling.rules.procedure import Side
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import signed_in
from scheduling.views.injections import requested_injection

BOTH = (Side.LEFT, Side.RIGHT)


@require_http_methods(["GET", "POST"])
@current("injection")
def complete(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    injection = requested_injection(request, reference, at)
    with timezone.override(ZoneInfo(injection.location.zone)):
        return _record(request, injection, at)


def _record(request: HttpRequest, injection: Injection, at: datetime) -> HttpResponse:
    """Form and answer by the clinic's clock; side and scores start empty."""
    sent = request.POST or None
    form = DoneForm(sent, initial={"t0": _first_t0(injection, at)})
    agents = agent_rows(injection.order.agents.all(), sent)
    joints = _joint_forms(form, sent)
    forms: list[Any] = [form, agents, *(joint for joint in joints if joint.is_bound)]
    if all([each.is_valid() for each in forms]):
        with refusals(form):
            bookings.complete(
                injection=injection,
                **form.cleaned_data,
                agents=agents.agents(),
                joints=[joint.facts(form.cleaned_data["t0"]) for joint in joints],
                by=signed_in(request),
                at=at,
            )
            messages.success(request, "Completed. The diary starts from T0.")
            return redirect("injection", injection.reference)
    return page(
        request,
        "scheduling/injection_complete.html",
        injection=injection,
        patient=injection.patient,
        form=form,
        agents=agents,
        joints=joints,
        forms=forms,
    )


def _first_t0(injection: Injection, at: datetime) -> datetime | None:
    """Now, on the injection's own day; on a later one nothing is presumed."""
    now = timezone.localtime(at).replace(second=0, microsecond=0)
    return now if now.date() == local_day(injection.location, injection.start) else None


def _joint_forms(form: DoneForm, sent: Any) -> list[JointForm]:
    """The joints that were done, once the side is said; both until then, so none is presumed."""
    if sent is None:
        return [JointForm(side=side) for side in BOTH]
    if "side" in form.errors:
        return [JointForm.unread(sent, side) for side in BOTH]
    side: Side = form.cleaned_data["side"]
    return [JointForm(sent, side=joint) for joint in side.joints]
