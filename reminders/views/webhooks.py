"""What the carrier sends: delivery receipts, and what patients write. Signed, or refused."""

from collections.abc import Callable
from functools import wraps

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from reminders.messaging.channels.base import UnreadableWebhook, Webhook
from reminders.messaging.delivery import receipts
from reminders.messaging.inbound import texts
from reminders.messaging.paging import pages
from scheduling import clock

log = structlog.get_logger(__name__)
PLAIN = "text/plain; charset=utf-8"
LONGEST, TOO_LONG = 64 * 1024, 413  # bytes; a text of ten parts is a tenth of it


def from_the_carrier(take: Callable[[Webhook], None]) -> Callable[[HttpRequest], HttpResponse]:
    """A page that lets only the carrier in, and answers as it wants to be answered."""

    @csrf_exempt
    @require_POST
    @wraps(take)
    def page(request: HttpRequest) -> HttpResponse:
        if settings.SMS.signature_header not in request.headers:
            return HttpResponseForbidden("This address is for the carrier.", PLAIN)
        if _announced(request) > LONGEST:
            return HttpResponse("This is longer than any webhook.", PLAIN, TOO_LONG)
        url = settings.SITE_URL + request.get_full_path()
        webhook = Webhook(url, request.headers, request.body, clock.now())
        try:
            if not settings.SMS.has_signed(webhook):
                log.warning("webhook_forged", page=take.__name__)
                return HttpResponseForbidden("The signature does not fit this request.", PLAIN)
            take(webhook)
        except UnreadableWebhook as problem:
            return HttpResponseBadRequest(str(problem), PLAIN)
        body, content_type = settings.SMS.acknowledgement
        return HttpResponse(body, content_type=content_type)

    return page


def _announced(request: HttpRequest) -> int:
    """How many bytes the body is said to have; Django takes what is no number for none."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


@from_the_carrier
def sms_status(webhook: Webhook) -> None:
    """A delivery receipt. One about what we do not know is taken too, or it would return."""
    receipt = settings.SMS.delivery_receipt(webhook)
    if not pages.receive(receipt, webhook.received_at):
        receipts.receive(receipt, webhook.received_at)


@from_the_carrier
def sms_inbound(webhook: Webhook) -> None:
    """A patient's text. Answers go through the outbox, never in this response."""
    if text := settings.SMS.received_text(webhook):
        texts.receive(text, webhook.received_at)
