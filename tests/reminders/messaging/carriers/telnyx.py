"""Telnyx, as its API and its webhooks look from outside."""

import json
from base64 import b64encode
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reminders.messaging.channels.base import Webhook
from reminders.messaging.channels.carriers.telnyx import TelnyxCarrier
from tests.fake_http import Asked
from tests.world import NOW

KEY = "KEY0s3cret"
SIGNER = Ed25519PrivateKey.from_private_bytes(b"\xfb" * 32)
PUBLIC_KEY = b64encode(SIGNER.public_key().public_bytes_raw()).decode()
URL = f"telnyx://{KEY}@/?from=+15550100000&public_key={PUBLIC_KEY}"
BAD_URLS = {
    f"telnyx:///?from=+15550100000&public_key={PUBLIC_KEY}": "needs an API key",
    f"telnyx://{KEY}@host/?from=+15550100000&public_key={PUBLIC_KEY}": "names a host",
    f"telnyx://{KEY}@/?from=5550100&public_key={PUBLIC_KEY}": "international form",
    f"telnyx://{KEY}@/?from=+15550100000": "public key",
    f"telnyx://{KEY}@/?from=+15550100000&public_key=%3F%3F": "public key",
    f"telnyx://{KEY}@/?from=+15550100000&public_key=AAAA": "public key",
}
SECRETS = [KEY]
WORDS = {
    "accepted": ("queued", "sending", "sent", "delivery_unconfirmed"),
    "delivered": ("delivered",),
    "undelivered": ("sending_failed", "delivery_failed"),
}
OPTED_OUT_CODE = 40300


def carrier(api: str) -> TelnyxCarrier:
    return TelnyxCarrier(KEY, PUBLIC_KEY, "+15550100000", api)


def accepted(provider_id: str) -> tuple[int, object]:
    return 200, {"data": {"record_type": "message", "id": provider_id, "errors": []}}


def refused(status: int, code: int = 40310) -> tuple[int, object]:
    return status, {"errors": [{"code": str(code), "title": "No", "detail": "+15550001111 no"}]}


OPTED_OUT = refused(409, OPTED_OUT_CODE)


def sent(asked: Asked) -> dict[str, str]:
    """Of one request to send: recipient, sender, words, and where to report."""
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.path == "/v2/messages"
    said = asked.json
    assert not said["use_profile_webhooks"]
    return {
        "to": said["to"],
        "from": said["from"],
        "body": said["text"],
        "receipt_url": said["webhook_url"],
    }


def report(url: str, reference: UUID, word: str, code: str = "") -> Webhook:
    return event(
        url,
        "message.finalized",
        {
            "id": "T1",
            "from": {"phone_number": "+15550100000", "carrier": "", "line_type": ""},
            "to": [{"phone_number": "+15550001111", "status": word, "carrier": ""}],
            "webhook_url": f"{url}?attempt={reference}",
            "errors": [{"code": code, "title": "No"}] if code else [],
        },
    )


def text(url: str, provider_id: str, sender: str, body: str) -> Webhook:
    payload = {
        "id": provider_id,
        "from": {"phone_number": sender, "carrier": "T-MOBILE USA, INC."},
        "to": [{"phone_number": "+15550100000", "status": "webhook_delivered"}],
        "text": body,
        "webhook_url": None,
        "errors": [],
    }
    return event(url, "message.received", payload)


def event(url: str, event_type: str, payload: dict) -> Webhook:
    data = {"record_type": "event", "id": "e", "event_type": event_type, "payload": payload}
    return signed(url, {"data": data, "meta": {"attempt": 1, "delivered_to": url}})


def nothing(url: str) -> Webhook:
    """A request that says nothing, and is signed."""
    return signed(url, {})


def signed(url: str, content: object, at: datetime = NOW) -> Webhook:
    body, time = json.dumps(content).encode(), str(int(at.timestamp()))
    signature = b64encode(SIGNER.sign(time.encode() + b"|" + body)).decode()
    headers = {"telnyx-timestamp": time, "telnyx-signature-ed25519": signature}
    return Webhook(url, headers, body, NOW)
