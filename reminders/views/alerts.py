"""Warning signs that staff on call were paged about: who was told when, and who has taken them."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reminders.messaging.paging import alerts
from reminders.models import Alert, TakenHow
from scheduling import clock, people
from scheduling.models import Injection, Patient, Task
from scheduling.people import access, visible
from scheduling.views.answers import conflict, page
from scheduling.views.asking import page_name, signed_in
from scheduling.views.opening import opened


@require_safe
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One warning sign: whom to call, what was said, who was paged, and a button to take it."""
    found = _opened(request, pk)
    patient = found.task.patient
    _viewed(request, [found])
    return page(
        request,
        "reminders/alert.html",
        alert=found,
        found=[found],
        patient=patient,
        phone=people.call_numbers([patient.pk]).get(patient.pk, "") if patient else "",
        zone=_zone(found),
    )


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader sees to it; the first counts."""
    user = signed_in(request)
    found = _opened(request, pk)
    try:
        alerts.take(
            alert=found, name=user.display_name, by=user, how=TakenHow.SIGNED_IN, at=clock.now()
        )
    except ValidationError as late:
        return conflict(request, " ".join(late.messages), reverse("alert", args=[pk]))
    messages.success(request, "It is yours. Nobody else is paged; call the patient now.")
    return redirect("alert", pk)


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever took it cannot see to it after all."""
    found = _opened(request, pk)
    try:
        alerts.give_back(alert=found, at=clock.now())
    except ValidationError as late:
        return conflict(request, " ".join(late.messages), reverse("alert", args=[pk]))
    messages.success(request, "Given back. The next on call is paged now.")
    return redirect("alert", pk)


@require_safe
def of_task(request: HttpRequest, pk: int) -> HttpResponse:
    """The pages about one task, as a part of the list of tasks."""
    seen = visible.to(signed_in(request), clock.now())
    task = get_object_or_404(Task.objects.filter(seen), pk=pk)
    return _part(request, _found().filter(task=task))


@require_safe
def of_injection(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The pages about one injection, as a part of its page."""
    injections = Injection.objects.select_related("patient")
    injection = opened(request, injections, clock.now(), reference=reference)
    return _part(request, _found().filter(task__injection=injection), titled=True)


def _part(request: HttpRequest, chosen: QuerySet[Alert], *, titled: bool = False) -> HttpResponse:
    found = list(chosen)
    _viewed(request, found)
    part = bool(request.headers.get("HX-Request"))
    name = "reminders/_alerts.html" if part else "reminders/alerts.html"
    return page(request, name, found=found, again=request.path, titled=titled)


def _opened(request: HttpRequest, pk: int) -> Alert:
    return opened(request, _found(), clock.now(), "task__patient", pk=pk)


def _found() -> QuerySet[Alert]:
    found = Alert.objects.select_related("task__patient", "task__injection__location")
    return found.prefetch_related("pages")


def _viewed(request: HttpRequest, found: list[Alert]) -> None:
    patients: list[Patient] = [each.task.patient for each in found if each.task.patient]
    access.viewed(request=request, page=page_name(request), patients=patients, at=clock.now())


def _zone(found: Alert) -> str | None:
    injection = found.task.injection
    return injection.location.zone if injection else None
