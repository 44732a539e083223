"""Pages about patients: search, new, facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from scheduling import clock, people
from scheduling.forms.people import (
    CHANGES,
    WORDING,
    ConsentsForm,
    ContactsForm,
    NewPatientForm,
    PatientForm,
)
from scheduling.models import AccessKind, Injection, Location, OptOut, Patient
from scheduling.people import access, visible
from scheduling.rules.procedure import InjectionState
from scheduling.staff import User
from scheduling.views.answers import page, refusals
from scheduling.views.asking import page_name, signed_in
from scheduling.views.opening import opened

LONGEST_QUERY = 100


def requested_patient(request: HttpRequest, reference: UUID, at: datetime) -> Patient:
    """The patient of this page; that it was looked at is written down."""
    known = Patient.objects.select_related("location")
    patient = opened(request, known, at, path="", reference=reference)
    access.viewed(request=request, page=page_name(request), patients=[patient], at=at)
    return patient


@require_http_methods(["GET", "POST"])
def patients(request: HttpRequest) -> HttpResponse:
    """Search by POST, so that no name ends up in an address or a log."""
    return page(request, "scheduling/patients.html", **_results(request))


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """The rows alone, as the user types."""
    return page(request, "scheduling/_patient_rows.html", **_results(request))


def _results(request: HttpRequest) -> dict[str, Any]:
    at, text = clock.now(), query(request)
    found = list(people.search(text, visible.to(signed_in(request), at, path="")))
    elsewhere = [] if found else list(people.identified(text))
    shown = [*found, *elsewhere]
    access.viewed(request=request, page="patients", patients=shown, at=at, kind=AccessKind.SEARCH)
    return {"q": text, "found": _with_next_injection(found, at), "elsewhere": elsewhere}


def query(request: HttpRequest) -> str:
    """What was typed to find a patient, cut to what a database takes."""
    return request.POST.get("q", "")[:LONGEST_QUERY].replace("\x00", "").strip()


def _with_next_injection(
    found: Sequence[Patient], at: datetime
) -> list[tuple[Patient, Injection | None]]:
    """Each patient beside the next booked injection: one query however many."""
    ahead = Injection.objects.filter(
        patient__in=found, state=InjectionState.BOOKED, during__startswith__gte=at
    ).select_related("location")
    first: dict[int, Injection] = {}
    for injection in ahead.order_by("during"):
        first.setdefault(injection.patient_id, injection)
    return [(patient, first.get(patient.pk)) for patient in found]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new patient with contacts and consents: all of it or nothing."""
    sent, user = request.POST or None, signed_in(request)
    locations = visible.locations(user)
    if not locations:
        return page(request, "scheduling/day_nowhere.html")
    forms = (NewPatientForm(sent, locations=locations), ContactsForm(sent), ConsentsForm(sent))
    at = clock.now()
    if sent and all(form.is_valid() for form in forms):
        with refusals(forms[0]), transaction.atomic():
            patient = _register(*forms, by=user, at=at)
            messages.success(request, f"{patient} is registered. Next: the physician's order.")
            return redirect("patient", patient.reference)
    twins = getattr(forms[0], "twins", [])
    access.viewed(request=request, page="patient_new", patients=twins, at=at)
    mine = set(
        Patient.objects.filter(visible.to(user, at, path=""), pk__in=[twin.pk for twin in twins])
    )
    return page(request, "scheduling/patient_new.html", forms=forms, twins=twins, mine=mine)


def _register(
    who: NewPatientForm,
    contacts: ContactsForm,
    consents: ConsentsForm,
    *,
    by: User | None,
    at: datetime,
) -> Patient:
    patient = people.register(**who.facts(), by=by, at=at)
    for channel, value in contacts.given():
        people.reach(patient=patient, channel=channel, value=value, by=by, at=at)
    for purpose, channel in consents.given():
        people.agree(
            patient=patient,
            purpose=purpose,
            channel=channel,
            wording=WORDING,
            source="desk",
            by=by,
            at=at,
        )
    return patient


def patient(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Everything known about one patient."""
    at = clock.now()
    return patient_page(request, requested_patient(request, reference, at))


def patient_page(request: HttpRequest, patient: Patient, **forms: Any) -> HttpResponse:
    """The page; `forms` are those that were sent from it and refused."""
    injections = Injection.objects.select_related("location").order_by("-during")
    orders = patient.orders.select_related("physician").prefetch_related(
        "agents", Prefetch("injections", injections)
    )
    return page(
        request,
        "scheduling/patient.html",
        patient=patient,
        language=people.LANGUAGES.get(patient.language, patient.language),
        contacts=patient.contacts.filter(active=True).order_by("channel"),
        consents=patient.consents.select_related("granted_by").order_by(
            "revoked_at", "purpose", "channel"
        ),
        silenced=_silenced(patient),
        orders=orders,
        tasks=patient.tasks.filter(done_at=None),
        forms=list(forms.values()),
        **{f"{act}_form": kind(prefix=act) for act, kind in CHANGES.items()} | forms,
    )


def _silenced(patient: Patient) -> list[OptOut]:
    """Opt-outs that stand against this patient's numbers and addresses."""
    values = patient.contacts.filter(active=True).values("value")
    return list(OptOut.objects.filter(value__in=values, lifted_at=None).order_by("at"))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: UUID) -> HttpResponse:
    at = clock.now()
    patient = requested_patient(request, reference, at)
    facts = {name: getattr(patient, name) for name in PatientForm.base_fields}
    own = Q(pk__in=visible.locations(signed_in(request)))
    locations = Location.objects.filter(own | Q(pk=patient.location_id))
    form = PatientForm(request.POST or None, initial=facts, locations=locations)
    if form.is_valid():
        with refusals(form):
            people.correct(patient=patient, by=signed_in(request), at=at, **form.cleaned_data)
            messages.success(request, "Corrected. Messages follow the new facts.")
            return redirect("patient", reference)
    return page(request, "scheduling/patient_edit.html", patient=patient, form=form, forms=[form])
