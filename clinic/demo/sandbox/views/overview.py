"""The sandbox's first page: every patient with the last text and mail."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.demo.sandbox.models import SandboxMail, SandboxText
from clinic.demo.sandbox.views.clock import panel
from scheduling import clock
from scheduling.models import ContactPoint, Patient
from scheduling.people import access
from scheduling.rules.procedure import Channel

MOST = 200  # patients on the page; a demonstration has a dozen


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One patient with what last reached the phone and the mailbox."""

    patient: Patient
    number: str
    address: str
    text: SandboxText | None
    mail: SandboxMail | None


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    found = lines()
    access.viewed(
        request=request, page="sandbox", patients=[line.patient for line in found], at=now
    )
    return render(request, "sandbox/overview.html", {"lines": found, **panel(now)})


def lines() -> list[PatientLine]:
    """Whoever was written to comes first; a constant number of queries."""
    patients = list(Patient.objects.order_by("family_name", "given_name")[:MOST])
    contacts = ContactPoint.objects.filter(patient__in=patients, active=True)
    reach = {(contact.patient_id, contact.channel): contact.value for contact in contacts}
    texts = last_texts({value for (_, channel), value in reach.items() if channel is Channel.SMS})
    mails = last_mails({value for (_, channel), value in reach.items() if channel is Channel.EMAIL})
    found = []
    for patient in patients:
        number = reach.get((patient.pk, Channel.SMS), "")
        address = reach.get((patient.pk, Channel.EMAIL), "")
        found.append(PatientLine(patient, number, address, texts.get(number), mails.get(address)))
    return sorted(found, key=lambda line: not (line.text or line.mail))


def last_texts(numbers: set[str]) -> dict[str, SandboxText]:
    rows = SandboxText.objects.filter(recipient__in=numbers).order_by("recipient", "-pk")
    return {row.recipient: row for row in rows.distinct("recipient")}


def last_mails(addresses: set[str]) -> dict[str, SandboxMail]:
    rows = SandboxMail.objects.filter(recipient__in=addresses).order_by("recipient", "-pk")
    return {row.recipient: row for row in rows.defer("raw").distinct("recipient")}
