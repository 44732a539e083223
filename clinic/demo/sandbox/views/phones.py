"""A patient's telephone: the texts as bubbles, and a box to answer as the patient."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinic.demo.sandbox import carrier
from clinic.demo.sandbox.forms import HandsetForm, PhoneAnswerForm
from clinic.demo.sandbox.models import Handset, SandboxText
from clinic.demo.sandbox.views.clock import panel
from scheduling import clock
from scheduling.models import Patient
from scheduling.people import access
from scheduling.rules.procedure import Channel
from scheduling.views.asking import page_name

MOST = 100  # bubbles on the screen
QUICK = ("C", "R", "STOP", "START", "HELP", *map(str, range(11)))


@require_safe
def phone(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The phone, or for htmx its bubbles alone."""
    now = clock.now()
    patient = shown(request, reference, now)
    name = "sandbox/_bubbles.html" if request.headers.get("HX-Request") else "sandbox/phone.html"
    return render(request, name, content(patient, now))


def shown(request: HttpRequest, reference: UUID, now: datetime) -> Patient:
    """The patient of this page; a look that only refreshes the screen is not written down again."""
    patient = get_object_or_404(Patient, reference=reference)
    if not request.headers.get("HX-Request"):
        page = page_name(request)
        access.viewed(request=request, page=page, patients=[patient], at=now)
    return patient


def content(patient: Patient, now: datetime, form: PhoneAnswerForm | None = None) -> dict[str, Any]:
    number = number_of(patient)
    mine = Q(recipient=number) | Q(sender=number)
    handset = Handset.objects.filter(number=number).first() or Handset(number=number)
    return {
        "patient": patient,
        "number": number,
        "texts": list(SandboxText.objects.filter(mine).order_by("-pk")[:MOST])[::-1],
        "form": form or PhoneAnswerForm(),
        "handset": handset,
        "handset_form": HandsetForm(initial={"unreachable": handset.unreachable or ""}),
        "quick": QUICK,
        **panel(now),
    }


def number_of(patient: Patient) -> str:
    contact = patient.contacts.filter(channel=Channel.SMS, active=True).first()
    if contact is None:
        raise Http404("This patient has no mobile number.")
    return contact.value


@require_POST
def answer(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The patient writes: the carrier takes it, and its process tells the clinic."""
    now = clock.now()
    patient = shown(request, reference, now)
    form = PhoneAnswerForm(request.POST)
    if not form.is_valid():
        return render(request, "sandbox/phone.html", content(patient, now, form), status=422)
    url = settings.SITE_URL + reverse("sms_inbound")
    account, number = carrier.installed_account(), number_of(patient)
    carrier.receive(account, number, form.cleaned_data["body"], url, now)
    return redirect("sandbox_phone", reference)


@require_POST
def handset(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Switch the telephone off, or on again."""
    now = clock.now()
    patient = shown(request, reference, now)
    form = HandsetForm(request.POST)
    if not form.is_valid():
        page = {**content(patient, now), "handset_form": form}
        return render(request, "sandbox/phone.html", page, status=422)
    Handset.objects.update_or_create(
        number=number_of(patient),
        defaults={"unreachable": form.cleaned_data["unreachable"] or None},
    )
    return redirect("sandbox_phone", reference)
