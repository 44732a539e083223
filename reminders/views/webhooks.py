"""What the carrier sends: receipts, and what patients write. Signed by the carrier, or refused."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

from reminders.messaging.delivery import receipts
from reminders.messaging.inbound import texts
from scheduling import clock

log = structlog.get_logger(__name__)
Page = Callable[[HttpRequest], HttpResponse]
PLAIN = "text/plain; charset=utf-8"


def signed(page: Page) -> Page:
    """Let only the carrier in: the signature covers the address and every field of the form."""

    @csrf_exempt
    @require_POST
    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        signature = request.headers.get("X-Twilio-Signature", "")
        url = settings.SITE_URL + request.get_full_path()
        if not RequestValidator(settings.SMS.token).validate(url, request.POST, signature):
            log.warning("webhook_forged", page=page.__name__)
            return HttpResponseForbidden("The signature does not fit this request.", PLAIN)
        if any("\x00" in value for value in request.POST.values()):
            return refuse("A field holds a zero byte.")
        return page(request)

    return guarded


@signed
def sms_status(request: HttpRequest) -> HttpResponse:
    """A receipt. For an attempt we do not know, 204 as well: we never want to hear of it again."""
    word = request.POST.get("MessageStatus", "").strip().lower()
    try:
        reference = UUID(request.GET.get("attempt", ""))
    except ValueError:
        return refuse("The address must name an attempt: ?attempt= and its reference.")
    if not word:
        return refuse("MessageStatus is missing.")
    receipts.receive(
        reference=reference,
        provider_id=request.POST.get("MessageSid", ""),
        word=word,
        code=request.POST.get("ErrorCode", ""),
        at=clock.now(),
    )
    return HttpResponse(status=204)


@signed
def sms_inbound(request: HttpRequest) -> HttpResponse:
    """A patient's text. Answers go through the outbox, never in this response."""
    provider_id, sender = request.POST.get("MessageSid", ""), request.POST.get("From", "")
    if not provider_id or len(provider_id) > 80:
        return refuse("MessageSid is missing, or longer than 80 characters.")
    if not sender or len(sender) > 20:
        return refuse("From is missing, or longer than 20 characters.")
    body = request.POST.get("Body", "")
    texts.hear(provider_id=provider_id, sender=sender, body=body, at=clock.now())
    return HttpResponse("<Response/>", content_type="text/xml")


def refuse(sentence: str) -> HttpResponse:
    return HttpResponseBadRequest(sentence, PLAIN)
