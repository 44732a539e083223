"""Accounting of disclosures (45 CFR 164.528): one patient, six years, to hand to the patient."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from clinic.audit import looks
from clinic.audit.exports import export
from clinic.audit.forms import PeriodForm
from clinic.audit.looks import SIX_YEARS, Look
from clinic.context import site_zone
from scheduling import clock
from scheduling.models import Access, AccessKind, Patient
from scheduling.people import access
from scheduling.views.answers import page
from scheduling.views.asking import page_name

MOST = 2000  # rows on paper
HEAD = ("When", "Person", "Role today", "What was done", "Page")


@require_safe
def accounting(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Made for paper: what left the house, then what was looked at."""
    at, zone = clock.now(), ZoneInfo(site_zone())
    patient = get_object_or_404(Patient, reference=reference)
    form = PeriodForm(request.GET)
    rows = _rows(form, patient, at, zone)
    found = [Look(row) for row in looks.newest_first(rows)[: MOST + 1]]
    name = page_name(request)
    access.viewed(request=request, page=name, patients=[patient], at=at, kind=AccessKind.PRINT)
    return page(
        request,
        "audit/disclosures.html",
        form=form,
        forms=[form],
        patient=patient,
        left=[look for look in found[:MOST] if look.row.kind.leaves],
        seen=[look for look in found[:MOST] if not look.row.kind.leaves],
        most=MOST if len(found) > MOST else 0,
        zone=zone.key,
        **_period(form, at, zone),
    )


@require_safe
def accounting_file(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """The same as a file."""
    at, zone = clock.now(), ZoneInfo(site_zone())
    patient = get_object_or_404(Patient, reference=reference)
    form = PeriodForm(request.GET)
    rows = _rows(form, patient, at, zone) if form.is_valid() else None
    back = ("disclosures", reference)
    return export(request, rows, "disclosures.csv", HEAD, lambda look: _cells(look, zone), back)


def _period(form: PeriodForm, at: datetime, zone: ZoneInfo) -> dict[str, object]:
    """The days asked for; six years up to today where nothing was."""
    today = at.astimezone(zone).date()
    asked = form.cleaned_data if form.is_valid() else {}
    return {"since": asked.get("since") or today - SIX_YEARS, "until": asked.get("until") or today}


def _rows(form: PeriodForm, patient: Patient, at: datetime, zone: ZoneInfo) -> QuerySet[Access]:
    if not form.is_valid():
        return Access.objects.none()
    return looks.accesses(_period(form, at, zone), zone, patient)


def _cells(look: Look, zone: ZoneInfo) -> Iterator[str]:
    yield look.row.at.astimezone(zone).isoformat(timespec="seconds")
    yield from (look.who, look.role, look.row.kind.label, look.page)
