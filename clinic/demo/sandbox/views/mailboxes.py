"""A patient's mailbox: the list, one mail, its HTML in a sandboxed frame, its attachments."""

from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from clinic.demo.sandbox import mails
from clinic.demo.sandbox.models import SandboxMail
from scheduling import clock
from scheduling.models import ContactPoint, Patient
from scheduling.people import access
from scheduling.rules.procedure import Channel
from scheduling.views.asking import page_name

MOST = 100  # mails in the list
# What a mail program allows: its own styles and nothing that runs, loads or posts.
FRAMED = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "font-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_safe
def mailbox(request: HttpRequest, reference: UUID) -> HttpResponse:
    patient = shown(request, reference)
    page = {
        "patient": patient,
        "mails": mails_of(patient).defer("raw").order_by("-pk")[:MOST],
        "has_mobile": patient.contacts.filter(channel=Channel.SMS, active=True).exists(),
    }
    return render(request, "sandbox/mailbox.html", page)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its hint forgets arguments
def mail(request: HttpRequest, reference: UUID, pk: int) -> HttpResponse:
    patient = shown(request, reference)
    row = get_object_or_404(mails_of(patient), pk=pk)
    page = {
        "patient": patient,
        "mail": row,
        "text": mails.text(row),
        "html": bool(mails.html(row)),
        "attachments": mails.attachments(row),
    }
    return render(request, "sandbox/mail.html", page)


@require_safe
@xframe_options_sameorigin
@csp_replace(FRAMED)  # type: ignore[arg-type]
def mail_body(request: HttpRequest, reference: UUID, pk: int) -> HttpResponse:
    """The HTML alone, for the frame; links open in a page of their own."""
    patient = shown(request, reference)
    content = mails.html(get_object_or_404(mails_of(patient), pk=pk))
    return HttpResponse(content.replace("<head>", '<head><base target="_blank">', 1))


@require_safe
def mail_part(request: HttpRequest, reference: UUID, pk: int, number: int) -> HttpResponse:
    """One attachment, to keep."""
    patient = shown(request, reference)
    row = get_object_or_404(mails_of(patient), pk=pk)
    part = next((part for part in mails.attachments(row) if part.number == number), None)
    if part is None:
        raise Http404("This mail has no such part.")
    response = HttpResponse(part.content, content_type=part.kind)
    response["Content-Disposition"] = content_disposition_header(True, part.name)
    return response


def shown(request: HttpRequest, reference: UUID) -> Patient:
    patient = get_object_or_404(Patient, reference=reference)
    page = page_name(request)
    access.viewed(request=request, page=page, patients=[patient], at=clock.now())
    return patient


def mails_of(patient: Patient) -> QuerySet[SandboxMail]:
    """Mails to any address the patient has or had."""
    addresses = ContactPoint.objects.filter(patient=patient, channel=Channel.EMAIL)
    return SandboxMail.objects.filter(recipient__in=addresses.values("value"))
