"""Text messages through Telnyx, version 2 of its API.

Telnyx keeps no list that could be searched for a lost text, and takes no validity period.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, Field, ValidationError

from reminders.messaging.channels.base import (
    E164,
    Accepted,
    Delivery,
    DeliveryReceipt,
    OptedOut,
    Outcome,
    ReceivedText,
    Unavailable,
    UnconfirmedDelivery,
    Unknown,
    UnreadableWebhook,
    Webhook,
    reference_in,
)
from reminders.messaging.channels.http import TIMEOUT_S, outcome_for, was_sent
from reminders.rules.plan.message_states import AttemptState

API = "https://api.telnyx.com"
EXAMPLE = "telnyx://API_KEY@/?from=+15550100123&public_key=BASE64"
OPTED_OUT = "40300"
OLDEST = timedelta(minutes=5)  # Telnyx's advice, so that a request heard once cannot be repeated
PROFILE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

STATES: Mapping[str, AttemptState] = {
    # Unconfirmed: the network took it and never tells more.
    **dict.fromkeys(("queued", "sending", "sent", "delivery_unconfirmed"), AttemptState.ACCEPTED),
    "delivered": AttemptState.DELIVERED,
    **dict.fromkeys(("sending_failed", "delivery_failed"), AttemptState.UNDELIVERED),
}


def carrier(address: SplitResult, options: Mapping[str, str]) -> "TelnyxCarrier":
    """The account named by `telnyx://API_KEY@/?from=+15550100123&public_key=BASE64`.

    `from` may also be a messaging profile (a UUID). The public key signs Telnyx's webhooks.
    """
    key, sender = unquote(address.username or ""), options.get("from", "")
    if not key:
        raise ValueError(f"needs an API key; write {EXAMPLE}.")
    if address.hostname:
        raise ValueError(f"names a host, which Telnyx's address has not; write {EXAMPLE}.")
    if not E164.fullmatch(sender) and not PROFILE.fullmatch(sender):
        raise ValueError(
            "needs ?from= and a number in international form (+15550100123) or a profile's id."
        )
    public_key = options.get("public_key", "")
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
    except ValueError:
        raise ValueError(f"needs the account's public key in base64; write {EXAMPLE}.") from None
    return TelnyxCarrier(key, public_key, sender)


@dataclass(frozen=True)
class TelnyxCarrier:
    """An account at Telnyx. `sender` is a number or a messaging profile."""

    key: str = field(repr=False)
    public_key: str
    sender: str
    api: str = API
    chunk: ClassVar[int] = 10
    rate: ClassVar[float] = 50.0
    can_tell: ClassVar[bool] = False
    acknowledgement: ClassVar[tuple[str, str]] = ("", "text/plain; charset=utf-8")
    signature_header: ClassVar[str] = "telnyx-signature-ed25519"

    @contextmanager
    def open(self) -> Iterator["TelnyxConnection"]:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.key}"
            yield TelnyxConnection(session, self.sender, f"{self.api}/v2/messages")

    def has_signed(self, webhook: Webhook) -> bool:
        """Ed25519 over time and body. Of an address the body tells, which is all we read of it."""
        time = webhook.headers.get("telnyx-timestamp", "")
        try:
            age = webhook.received_at.timestamp() - int(time)
            signature = b64decode(webhook.headers.get(self.signature_header, ""))
            key = Ed25519PublicKey.from_public_bytes(b64decode(self.public_key))
            key.verify(signature, time.encode() + b"|" + webhook.body)
        except (ValueError, InvalidSignature):
            return False
        return abs(age) <= OLDEST.total_seconds()

    def delivery_receipt(self, webhook: Webhook) -> DeliveryReceipt:
        """The attempt stands in the address that we gave with the text, which Telnyx repeats."""
        text = _event(webhook).payload
        query = dict(parse_qsl(urlsplit(text.webhook_url or "").query))
        word = text.to[0].status if text.to else ""
        code = text.errors[0].code if text.errors else ""
        return DeliveryReceipt(
            reference=reference_in(query.get("attempt", "")),
            provider_id=text.id,
            word=word,
            state=STATES.get(word),
            code=code,
            opted_out=code == OPTED_OUT,
        )

    def received_text(self, webhook: Webhook) -> ReceivedText | None:
        """One inbound address may get events of other kinds too."""
        event = _event(webhook)
        if event.event_type != "message.received":
            return None
        text = event.payload
        pictures = len(text.media)
        return ReceivedText(text.id, text.sender.phone_number, text.text or "", pictures)


class TelnyxConnection:
    """A connection to Telnyx's API that stays open."""

    def __init__(self, session: requests.Session, sender: str, url: str) -> None:
        self.session, self.url = session, url
        self.origin = {"from" if sender.startswith("+") else "messaging_profile_id": sender}

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        for delivery in deliveries:
            yield self._send(delivery)

    def _send(self, delivery: Delivery) -> Outcome:
        text: dict[str, Any] = {
            "to": delivery.address,
            "text": str(delivery.body),
            "webhook_url": delivery.receipt_url,
            "use_profile_webhooks": False,
            **self.origin,
        }
        try:
            answer = self.session.post(
                self.url, json=text, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as problem:
            sentence = f"{type(problem).__name__} while speaking to the carrier"
            return Unknown(sentence) if was_sent(problem) else Unavailable(sentence)
        return _outcome(answer)

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """Telnyx keeps no list to ask."""
        raise NotImplementedError("Telnyx cannot tell what became of an attempt")


class _Party(BaseModel):
    phone_number: str = ""
    status: str = ""


class _Error(BaseModel):
    code: str = ""


class _Text(BaseModel):
    """What we read of a text, ours or a patient's."""

    id: str
    sender: _Party = Field(_Party(), alias="from")
    to: list[_Party] = []
    text: str | None = None
    webhook_url: str | None = None
    media: list[object] = []
    errors: list[_Error] = []


class _Event(BaseModel):
    event_type: str
    payload: _Text


class _Notification(BaseModel):
    data: _Event


class _Answer(BaseModel):
    """Telnyx's answer to a text that it took."""

    data: _Text


class _Problem(BaseModel):
    """Telnyx's answer to one that it did not take."""

    errors: list[_Error] = Field(min_length=1)


def _event(webhook: Webhook) -> _Event:
    try:
        return _Notification.model_validate_json(webhook.body).data
    except ValidationError:
        raise UnreadableWebhook("The body is no event about a message.") from None


def _outcome(answer: requests.Response) -> Outcome:
    """Telnyx's answers in our words, without the number, which Telnyx's own may repeat."""
    try:
        if answer.ok:
            return Accepted(_Answer.model_validate_json(answer.content).data.id)
        code = _Problem.model_validate_json(answer.content).errors[0].code
    except ValidationError:
        code = ""
    if code == OPTED_OUT:
        return OptedOut(f"error {code} from the carrier")
    return outcome_for(answer.status_code)(f"error {code or answer.status_code} from the carrier")
