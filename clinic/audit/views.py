"""The access log, of all patients or of one; the search for a patient; emergencies; sign-ins."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit import looks
from clinic.audit.exports import export
from clinic.audit.forms import LooksForm, SignInsForm
from clinic.audit.looks import Look
from clinic.context import site_zone
from scheduling import clock, people
from scheduling.models import Access, AccessKind, EmergencyAccess, Patient
from scheduling.people import access, visible
from scheduling.views.answers import page
from scheduling.views.asking import page_name
from scheduling.views.patients import query

HEAD = (
    *("When", "Patient", "MRN", "Person", "User name", "Role today"),
    *("What was done", "Page", "IP address"),
)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Who opened what, of all patients; with a person chosen, what this person opened."""
    return _looks(request, "audit/log.html", None)


@require_safe
def patient(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Who looked at this patient."""
    return _looks(request, "audit/patient.html", get_object_or_404(Patient, reference=reference))


def _looks(request: HttpRequest, template: str, patient: Patient | None) -> HttpResponse:
    form, zone = LooksForm(request.GET), ZoneInfo(site_zone())
    rows: list[Access] = []
    older = None
    if form.is_valid():
        asked = form.cleaned_data
        rows, older = looks.page_of(looks.accesses(asked, zone, patient), asked["before"])
    shown = [patient] if patient else [row.patient for row in rows]
    access.viewed(request=request, page=page_name(request), patients=shown, at=clock.now())
    return page(
        request,
        template,
        form=form,
        forms=[form],
        patient=patient,
        person=form.cleaned_data.get("person"),
        looks=[Look(row) for row in rows],
        older=older,
        zone=zone.key,
    )


@require_safe
def log_file(request: HttpRequest) -> HttpResponseBase:
    """What the filter of the access log shows, all pages of it."""
    return _file(request, None)


@require_safe
def patient_file(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """What the filter shows of one patient."""
    return _file(request, get_object_or_404(Patient, reference=reference))


def _file(request: HttpRequest, patient: Patient | None) -> HttpResponseBase:
    form, zone = LooksForm(request.GET), ZoneInfo(site_zone())
    back = ("audit_patient", patient.reference) if patient else ("audit",)
    rows = looks.accesses(form.cleaned_data, zone, patient) if form.is_valid() else None
    return export(request, rows, "access-log.csv", HEAD, lambda look: _cells(look, zone), back)


def _cells(look: Look, zone: ZoneInfo) -> Iterator[str]:
    row = look.row
    yield row.at.astimezone(zone).isoformat(timespec="seconds")
    yield from (str(row.patient), row.patient.mrn)
    yield from (look.who, row.user.username if row.user else "", look.role)
    yield from (row.kind.label, look.page, row.address or "")


@require_http_methods(["GET", "POST"])
def patients(request: HttpRequest) -> HttpResponse:
    """Search by POST, so that no name ends up in an address or a log."""
    text = query(request)
    found = list(people.search(text, visible.EVERY))
    name, at = page_name(request), clock.now()
    access.viewed(request=request, page=name, patients=found, at=at, kind=AccessKind.SEARCH)
    return page(request, "audit/patients.html", q=text, found=found)


@require_safe
def emergencies(request: HttpRequest) -> HttpResponse:
    """Who opened a patient of another location in an emergency, until when, and why."""
    every = EmergencyAccess.objects.select_related("patient", "user").order_by("-pk")
    rows = Paginator(every, looks.PAGE).get_page(request.GET.get("page"))
    shown = [row.patient for row in rows]
    access.viewed(request=request, page=page_name(request), patients=shown, at=clock.now())
    return page(request, "audit/emergencies.html", rows=rows, zone=site_zone())


@require_safe
def sign_in_list(request: HttpRequest) -> HttpResponse:
    """Who came, who left, who was refused."""
    form, zone = SignInsForm(request.GET), ZoneInfo(site_zone())
    context: dict[str, Any] = {"rows": [], "older": None}
    if form.is_valid():
        asked = form.cleaned_data
        rows, older = looks.page_of(looks.sign_ins(asked, zone), asked["before"])
        context = {"rows": rows, "older": older, "person": asked["person"]}
    return page(request, "audit/sign_ins.html", form=form, forms=[form], zone=zone.key, **context)
