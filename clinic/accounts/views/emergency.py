"""Access to a patient of another location in an emergency: why, for how long, and who hears of it.

The page stands here, because scheduling knows nothing of security alerts.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from clinic.accounts import alerts
from clinic.accounts.models import AlertKind
from scheduling import clock
from scheduling.forms.people import EmergencyForm
from scheduling.models import Patient
from scheduling.people import emergency, visible
from scheduling.staff import User
from scheduling.views.answers import page, refusals
from scheduling.views.asking import signed_in


@require_http_methods(["GET", "POST"])
def emergency_access(request: HttpRequest, reference: UUID) -> HttpResponse:
    """GET asks why and names nobody; POST opens this one patient for some hours."""
    at, user = clock.now(), signed_in(request)
    patient = get_object_or_404(Patient, reference=reference)
    if Patient.objects.filter(visible.to(user, at, path=""), pk=patient.pk).exists():
        return redirect("patient", reference)
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals(form):
            _open(patient, form.cleaned_data["reason"], user, at)
            messages.success(request, "Emergency access is recorded, with your reason.")
            return redirect("patient", reference)
    return page(
        request,
        "scheduling/emergency_access.html",
        form=form,
        hours=settings.EMERGENCY_ACCESS_HOURS,
        forms=[form],
    )


@transaction.atomic
def _open(patient: Patient, reason: str, by: User, at: datetime) -> None:
    """Access and its alert, or neither. The reason may tell of the patient, so no mail holds it."""
    given = emergency.give_access(patient=patient, reason=reason, by=by, at=at)
    until = given.until.astimezone(UTC)
    alerts.open_alert(
        kind=AlertKind.EMERGENCY_ACCESS,
        about=by,
        detail=f"Emergency access {given.pk}, until {until:%Y-%m-%d %H:%M} UTC. "
        "Privacy officers read the reason in their list of emergency accesses.",
        at=at,
    )
