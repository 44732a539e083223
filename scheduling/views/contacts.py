"""What staff change from a patient's page: contacts, consents, opt-outs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from scheduling import clock, people
from scheduling.forms.people import CHANGES, WORDING
from scheduling.models import Patient
from scheduling.rules.procedure import Channel
from scheduling.staff import User
from scheduling.views.answers import refusals
from scheduling.views.asking import signed_in
from scheduling.views.patients import patient_page, requested_patient

Act = Callable[[Patient, dict[str, Any], Any, datetime], str]


def _reach(patient: Patient, facts: dict[str, Any], by: User | None, at: datetime) -> str:
    people.reach(patient=patient, **facts, by=by, at=at)
    return "Recorded. It replaces the one used before."


def _agree(patient: Patient, facts: dict[str, Any], by: User | None, at: datetime) -> str:
    people.agree(patient=patient, wording=WORDING, **facts, by=by, at=at)
    return "Consent recorded."


def _withdraw(patient: Patient, facts: dict[str, Any], by: User | None, at: datetime) -> str:
    people.withdraw(patient=patient, **facts, by=by, at=at)
    return "Consent withdrawn. Messages under it stop now."


def _opt_out(patient: Patient, facts: dict[str, Any], by: User | None, at: datetime) -> str:
    people.opt_out(**facts, value=_present(patient, facts["channel"]), source="desk", at=at)
    return "Silenced, for everybody who shares it."


def _opt_in(patient: Patient, facts: dict[str, Any], by: User | None, at: datetime) -> str:
    people.opt_in(**facts, value=_present(patient, facts["channel"]), source="desk", at=at)
    return "The silence is lifted. Consents stay as they are."


def _present(patient: Patient, channel: Channel) -> str:
    """The number or address used on this channel now."""
    standing = patient.contacts.filter(channel=channel, active=True).first()
    if standing is None:
        raise ValidationError({"channel": f"No contact by {channel.label} is recorded."})
    return standing.value


ACTS: dict[str, Act] = {
    "reach": _reach,
    "consent": _agree,
    "withdraw": _withdraw,
    "opt_out": _opt_out,
    "opt_in": _opt_in,
}


@require_POST
def change(request: HttpRequest, reference: UUID, act: str) -> HttpResponse:
    """One change from the patient's page; refused, the page comes back with the form open."""
    at = clock.now()
    patient = requested_patient(request, reference, at)
    form = CHANGES[act](request.POST, prefix=act)
    if form.is_valid():
        with refusals(form):
            messages.success(request, ACTS[act](patient, form.cleaned_data, signed_in(request), at))
            return redirect("patient", reference)
    return patient_page(request, patient, **{f"{act}_form": form})
