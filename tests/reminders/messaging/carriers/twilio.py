"""Twilio, as its API and its webhooks look from outside."""

from urllib.parse import urlencode
from uuid import UUID

from twilio.request_validator import RequestValidator

from reminders.messaging.channels.base import Webhook
from reminders.messaging.channels.carriers.twilio import TwilioCarrier
from tests.fake_http import Asked
from tests.world import NOW

ACCOUNT = "AC" + "0" * 32
TOKEN = "s3cret"
URL = f"twilio://{ACCOUNT}:{TOKEN}@/?from=+15550100000"
BAD_URLS = {
    "twilio://wrong:token@/?from=+15550100": "needs an account SID",
    f"twilio://{ACCOUNT}@/?from=+15550100": "needs the account's auth token",
    f"twilio://{ACCOUNT}:token@/?from=5550100": "international form",
    f"twilio://{ACCOUNT}:token@/": "international form",
    f"twilio://{ACCOUNT}:token@host/?from=+15550100": "names a host",
}
SECRETS = [TOKEN]
WORDS = {
    "accepted": ("queued", "sending", "sent", "Sent"),
    "delivered": ("delivered", "read"),
    "undelivered": ("undelivered", "failed", "canceled"),
}


def carrier(api: str) -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT, TOKEN, "+15550100000", api)


def accepted(provider_id: str) -> tuple[int, object]:
    return 201, {"sid": provider_id}


def refused(status: int) -> tuple[int, object]:
    return status, {"code": 21211, "message": "To +15550001111 no"}


OPTED_OUT_CODE = 21610
OPTED_OUT = (400, {"code": 21610, "message": "+15550001111 said STOP"})


def sent(asked: Asked) -> dict[str, str]:
    """Of one request to send: recipient, sender, words, and where to report."""
    form = asked.form
    return {
        "to": form["To"],
        "from": form["From"],
        "body": form["Body"],
        "receipt_url": form["StatusCallback"],
    }


def found(*bodies: str) -> tuple[int, object]:
    """The answer to a search among the latest texts: each with its place as identifier."""
    texts = [{"sid": f"SM{place}", "body": body} for place, body in enumerate(bodies)]
    page = {"messages": texts, "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""}
    return 200, page


def report(url: str, reference: UUID, word: str, code: str = "") -> Webhook:
    form = {"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": code}
    return signed(f"{url}?attempt={reference}", form)


def text(url: str, provider_id: str, sender: str, body: str) -> Webhook:
    return signed(url, {"MessageSid": provider_id, "From": sender, "Body": body})


def nothing(url: str) -> Webhook:
    """A request that says nothing, and is signed."""
    return signed(url, {})


def signed(url: str, form: dict[str, str]) -> Webhook:
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    return Webhook(url, {"X-Twilio-Signature": signature}, urlencode(form).encode(), NOW)
