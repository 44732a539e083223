"""Text messages through Twilio, whose API the demonstration's carrier speaks too."""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from reminders.messaging.channels.base import (
    E164,
    KEYWORDS,
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

API = "https://api.twilio.com"
EXAMPLE = "twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=+15550100123"
OPTED_OUT = 21610
LONGEST_VALIDITY = 36_000  # seconds, Twilio's limit for how long it may keep trying
SEARCHED = 50  # the latest texts to one number, among which a lost one must be
MOST_FIELDS = 200  # of a webhook's form; Twilio's have about twenty
# Twilio's client logs every request with its numbers.
QUIET = logging.getLogger("reminders.twilio")
QUIET.setLevel(logging.WARNING)

STATES: Mapping[str, AttemptState] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), AttemptState.ACCEPTED),
    **dict.fromkeys(("delivered", "read"), AttemptState.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), AttemptState.UNDELIVERED),
}


def carrier(address: SplitResult, options: Mapping[str, str]) -> "TwilioCarrier":
    """The account named by `twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=+15550100123`.

    `from` may also be a messaging service (`MG...`). Only the demonstration's carrier has a host.
    """
    account, token = unquote(address.username or ""), unquote(address.password or "")
    sender = options.get("from", "")
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", account):
        raise ValueError(f"needs an account SID (AC and 32 hexadecimal digits); write {EXAMPLE}.")
    if not token:
        raise ValueError(f"needs the account's auth token; write {EXAMPLE}.")
    if not E164.fullmatch(sender) and not re.fullmatch(r"MG[0-9a-fA-F]{32}", sender):
        raise ValueError(
            "needs ?from= and a number in international form (+15550100123) or a service SID."
        )
    host = address.netloc.rpartition("@")[2]
    if host and address.scheme != "sandbox":
        raise ValueError(f"names a host, which Twilio's address has not; write {EXAMPLE}.")
    return TwilioCarrier(account, token, sender, api=f"http://{host}" if host else API)


@dataclass(frozen=True)
class TwilioCarrier:
    """An account at Twilio. `sender` is a number or a messaging service.

    `api` is the demonstration's carrier instead, where an address names one.
    """

    account: str
    token: str = field(repr=False)
    sender: str
    api: str = API
    chunk: ClassVar[int] = 10
    rate: ClassVar[float] = 50.0
    can_tell: ClassVar[bool] = True
    acknowledgement: ClassVar[tuple[str, str]] = ("<Response/>", "text/xml; charset=utf-8")
    signature_header: ClassVar[str] = "X-Twilio-Signature"

    @contextmanager
    def open(self) -> Iterator["TwilioConnection"]:
        http = HttpClient(self.api)
        try:
            client = Client(self.account, self.token, http_client=http)
            yield TwilioConnection(client, self.sender)
        finally:
            http.close()

    def has_signed(self, webhook: Webhook) -> bool:
        """The signature covers the address and every field of the form."""
        signature = webhook.headers.get(self.signature_header, "")
        return bool(RequestValidator(self.token).validate(webhook.url, _form(webhook), signature))

    def delivery_receipt(self, webhook: Webhook) -> DeliveryReceipt:
        """The attempt stands in the address, which the signature covers."""
        form, query = _form(webhook), dict(parse_qsl(urlsplit(webhook.url).query))
        word, code = form.get("MessageStatus", "").strip().lower(), form.get("ErrorCode", "")
        return DeliveryReceipt(
            reference=reference_in(query.get("attempt", "")),
            provider_id=form.get("MessageSid", ""),
            word=word,
            state=STATES.get(word),
            code=code,
            opted_out=code == str(OPTED_OUT),
        )

    def received_text(self, webhook: Webhook) -> ReceivedText:
        form = _form(webhook)
        pictures, keyword = form.get("NumMedia", ""), form.get("OptOutType", "").upper()
        return ReceivedText(
            form.get("MessageSid", ""),
            form.get("From", ""),
            form.get("Body", ""),
            pictures=int(pictures) if pictures.isdecimal() else 0,
            keyword=keyword if keyword in KEYWORDS else "",
        )


class HttpClient(TwilioHttpClient):
    """Twilio's own client, speaking to the API's host or to another one."""

    def __init__(self, api: str) -> None:
        super().__init__(timeout=TIMEOUT_S, pool_connections=True, logger=QUIET)
        self.api = api

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace(API, self.api), *args, **kwargs)

    def close(self) -> None:
        if self.session is not None:
            self.session.close()


class TwilioConnection:
    """A connection to Twilio's API that stays open."""

    def __init__(self, client: Client, sender: str) -> None:
        self.messages = client.messages
        self.origin = {"from_" if sender.startswith("+") else "messaging_service_sid": sender}

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        for delivery in deliveries:
            yield self._send(delivery, now)

    def _send(self, delivery: Delivery, now: datetime) -> Outcome:
        seconds = int((delivery.expires_at - now).total_seconds())
        try:
            text = self.messages.create(
                to=delivery.address,
                body=str(delivery.body),
                status_callback=delivery.receipt_url,
                validity_period=max(1, min(seconds, LONGEST_VALIDITY)),
                **self.origin,
            )
        except (TwilioException, requests.RequestException) as problem:
            return _outcome(problem)
        return Accepted(text.sid)

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """Look through the latest texts to the number for one with the same words.

        Answers may have the same words each time, so texts of other attempts are passed over.
        """
        try:
            texts = self.messages.list(to=unconfirmed.address, limit=SEARCHED)
        except (TwilioException, requests.RequestException) as problem:
            raise Unavailable(f"could not ask: {_sentence(problem)}") from problem
        for text in texts:
            if text.sid in unconfirmed.others:
                continue
            if hashlib.sha256(text.body.encode()).hexdigest() == unconfirmed.body_sha256:
                return Accepted(text.sid)
        return None


def _form(webhook: Webhook) -> dict[str, str]:
    try:
        text = webhook.body.decode(errors="replace")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise UnreadableWebhook(f"The form has more than {MOST_FIELDS} fields.") from None


def _outcome(problem: Exception) -> Outcome:
    """Twilio's answers, and none, in our words."""
    if isinstance(problem, TwilioRestException):
        if problem.code == OPTED_OUT:
            return OptedOut(_sentence(problem))
        return outcome_for(problem.status)(_sentence(problem))
    if isinstance(problem, requests.ConnectionError) and not was_sent(problem):
        return Unavailable(_sentence(problem))
    return Unknown(_sentence(problem))


def _sentence(problem: Exception) -> str:
    """A sentence without the number or the text, which Twilio's own words may repeat."""
    if isinstance(problem, TwilioRestException):
        return f"error {problem.code or problem.status} from the carrier"
    return f"{type(problem).__name__} while speaking to the carrier"
