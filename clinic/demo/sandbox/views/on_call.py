"""The telephones and mailboxes of staff on call: what they were paged, and a box to answer."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinic.demo.sandbox import carrier, mails
from clinic.demo.sandbox.forms import PhoneAnswerForm
from clinic.demo.sandbox.models import SandboxMail, SandboxText
from clinic.demo.sandbox.views.clock import panel
from scheduling import clock
from scheduling.models import OnCallShift

MOST = 20  # texts, and mails, of one line


@dataclass(frozen=True, slots=True)
class OnCallLine:
    """One telephone and mailbox, the shifts it serves, and what reached it, newest last.

    Mails are read with their text.
    """

    shifts: list[OnCallShift]
    texts: list[SandboxText]
    mails: list[tuple[SandboxMail, str]]

    @property
    def shift(self) -> OnCallShift:
        """The first, for the name and the addresses that all have."""
        return self.shifts[0]


@require_safe
def on_call(request: HttpRequest) -> HttpResponse:
    return _shown(request, PhoneAnswerForm())


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody on call writes: the carrier takes it, and its process tells the clinic."""
    shift = get_object_or_404(OnCallShift.objects.exclude(phone=""), pk=pk)
    form = PhoneAnswerForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, status=422)
    url = settings.SITE_URL + reverse("sms_inbound")
    account = carrier.installed_account()
    carrier.receive(account, shift.phone, form.cleaned_data["body"], url, clock.now())
    return redirect("sandbox_on_call")


def _shown(request: HttpRequest, form: PhoneAnswerForm, status: int = 200) -> HttpResponse:
    page: dict[str, Any] = {"lines": lines(), "form": form, "forms": [form], **panel(clock.now())}
    return render(request, "sandbox/on_call.html", page, status=status)


def lines() -> list[OnCallLine]:
    """A line a telephone and mailbox, by the turn in which they are paged."""
    found: dict[tuple[str, str], list[OnCallShift]] = {}
    for shift in OnCallShift.objects.select_related("location"):
        found.setdefault((shift.phone, shift.email), []).append(shift)
    return [
        OnCallLine(shifts, _texts(phone), _mails(email)) for (phone, email), shifts in found.items()
    ]


def _texts(phone: str) -> list[SandboxText]:
    if not phone:
        return []
    mine = SandboxText.objects.filter(Q(recipient=phone) | Q(sender=phone))
    return list(mine.order_by("-pk")[:MOST])[::-1]


def _mails(email: str) -> list[tuple[SandboxMail, str]]:
    mine = SandboxMail.objects.filter(recipient=email).order_by("-pk") if email else ()
    return [(mail, mails.text(mail)) for mail in mine[:MOST]][::-1]
