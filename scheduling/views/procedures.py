"""The pages on which a procedure is completed and corrected: T0, side, agents, baseline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling import bookings, clock, worklist
from scheduling.bookings.changes import local_day
from scheduling.forms.injections import CorrectForm, DoneForm, JointForm
from scheduling.forms.orders import AgentRows, agent_rows
from scheduling.models import Injection, TaskKind
from scheduling.rules.procedure import InjectionState, Side, Target
from scheduling.views.answers import current, page, refusals
from scheduling.views.asking import signed_in
from scheduling.views.injections import requested_injection

BOTH = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True)
class ReportPage:
    """One page that says what was done: its verb, and what the page says about it."""

    act: Callable[..., Any]
    title: str
    button: str
    done: str


COMPLETE = ReportPage(
    bookings.complete, "Complete the procedure", "Complete", "Completed. The diary starts from T0."
)
CORRECT = ReportPage(
    bookings.correct,
    "Correct what was done",
    "Correct",
    "Corrected. What followed from it is worked out again.",
)


@require_http_methods(["GET", "POST"])
@current("injection")
def complete(request: HttpRequest, reference: UUID) -> HttpResponse:
    """T0 starts at now on the day itself; a side, and a score not taken before, start empty."""
    at = clock.now()
    injection = requested_injection(request, reference, at)
    with timezone.override(ZoneInfo(injection.location.zone)):
        sent = request.POST or None
        form = DoneForm(sent, booked=injection.side, initial={"t0": _first_t0(injection, at)})
        agents = agent_rows(injection.order.agents.all(), sent)
        return _answer(request, injection, COMPLETE, form, agents, _taken_joints(injection), at)


@require_http_methods(["GET", "POST"])
@current("injection")
def correct(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Everything starts as it is recorded."""
    at = clock.now()
    injection = requested_injection(request, reference, at)
    if injection.state is not InjectionState.COMPLETED:
        raise bookings.WrongState("This injection is not completed: there is nothing to correct.")
    with timezone.override(ZoneInfo(injection.location.zone)):
        sent = request.POST or None
        form = CorrectForm(
            sent,
            booked=injection.side,
            known=[injection.performed_side],
            initial=_recorded(injection),
        )
        agents = agent_rows(injection.agents.order_by("pk"), sent)
        return _answer(request, injection, CORRECT, form, agents, _recorded_joints(injection), at)


def _answer(
    request: HttpRequest,
    injection: Injection,
    report: ReportPage,
    form: DoneForm,
    agents: AgentRows,
    unsent: list[JointForm],
    at: datetime,
) -> HttpResponse:
    """The page, or what its verb made of what was sent; `unsent` are the joints of a new page."""
    target = injection.order.target
    joints = _joint_forms(form, request.POST, target) if form.is_bound else unsent
    forms: list[Any] = [form, agents, *(joint for joint in joints if joint.is_bound)]
    if all([each.is_valid() for each in forms]):
        with refusals(form):
            report.act(
                injection=injection,
                **form.facts(),
                agents=agents.agents(),
                joints=[joint.facts(form.cleaned_data["t0"]) for joint in joints],
                by=signed_in(request),
                at=at,
            )
            messages.success(request, report.done)
            return redirect("injection", injection.reference)
    return page(
        request,
        "scheduling/injection_report.html",
        injection=injection,
        patient=injection.patient,
        report=report,
        questions=worklist.open_tasks().filter(injection=injection, kind=TaskKind.ASSESSMENT),
        form=form,
        agents=agents,
        joints=joints,
        forms=forms,
    )


def _first_t0(injection: Injection, at: datetime) -> datetime | None:
    """Now, on the injection's own day; on a later one nothing is presumed."""
    now = timezone.localtime(at).replace(second=0, microsecond=0)
    return now if now.date() == local_day(injection.location, injection.start) else None


def _recorded(injection: Injection) -> dict[str, Any]:
    return {
        "t0": injection.t0,
        "t0_estimated": injection.t0_estimated,
        "side": injection.performed_side,
        "sedation": injection.sedation_given or "unknown",
    }


def _taken_joints(injection: Injection) -> list[JointForm]:
    """What was measured before the needle, and nothing else."""
    known = {joint.side: joint.facts for joint in injection.joints.all()}
    target = injection.order.target
    return [JointForm.taken(side, target, known.get(side)) for side in BOTH]


def _recorded_joints(injection: Injection) -> list[JointForm]:
    known = {joint.side: joint.facts for joint in injection.joints.all()}
    target, t0 = injection.order.target, injection.needle_out
    return [JointForm.recorded(side, target, known.get(side), t0) for side in BOTH]


def _joint_forms(form: DoneForm, sent: Any, target: Target) -> list[JointForm]:
    """The joints that were done, once the side is said; both until then, so none is presumed."""
    if "side" in form.errors:
        return [JointForm.unread(sent, side, target) for side in BOTH]
    side: Side = form.cleaned_data["side"]
    return [JointForm(sent, side=joint, target=target) for joint in side.joints]
