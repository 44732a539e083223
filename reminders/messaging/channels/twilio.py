"""Text messages through Twilio's REST API, which the demonstration's carrier speaks too."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    OptedOut,
    Outcome,
    Unavailable,
    UnconfirmedDelivery,
    Unknown,
)
from reminders.messaging.channels.http import outcome_for, was_sent

API = "https://api.twilio.com"
TIMEOUT = 8  # seconds; well inside a lease
OPTED_OUT = 21610
LONGEST_VALIDITY = 36_000  # seconds, Twilio's limit for how long it may keep trying
SEARCHED = 50  # the latest texts to one number, among which a lost one must be
# Twilio's client logs every request with its numbers.
QUIET = logging.getLogger("reminders.twilio")
QUIET.setLevel(logging.WARNING)


class TwilioChannel:
    name = "sms"
    chunk = 10
    rate = 50.0
    can_tell = True

    @contextmanager
    def open(self) -> Iterator["TwilioConnection"]:
        account = settings.SMS
        http = OtherHost(account.api or API)
        try:
            yield TwilioConnection(
                Client(account.account, account.token, http_client=http), account
            )
        finally:
            http.close()


class OtherHost(TwilioHttpClient):
    """Twilio's own client, speaking to the API's host or to another one."""

    def __init__(self, api: str) -> None:
        super().__init__(timeout=TIMEOUT, pool_connections=True, logger=QUIET)
        self.api = api

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace(API, self.api), *args, **kwargs)

    def close(self) -> None:
        if self.session is not None:
            self.session.close()


class TwilioConnection:
    """A kept-alive line to the carrier."""

    def __init__(self, client: Client, account: Any) -> None:
        self.messages = client.messages
        sender = account.sender
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
                status_callback=callback(str(delivery.reference)),
                validity_period=max(1, min(seconds, LONGEST_VALIDITY)),
                **self.origin,
            )
        except (TwilioException, requests.RequestException) as problem:
            return translate(problem)
        return Accepted(text.sid)

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """Look through the latest texts to the number for one with the same words.

        Answers may have the same words each time, so texts of other attempts are passed over.
        """
        try:
            texts = self.messages.list(to=unconfirmed.address, limit=SEARCHED)
        except (TwilioException, requests.RequestException) as problem:
            raise Unavailable(f"could not ask: {describe(problem)}") from problem
        for text in texts:
            if text.sid in unconfirmed.others:
                continue
            if hashlib.sha256(text.body.encode()).hexdigest() == unconfirmed.body_sha256:
                return Accepted(text.sid)
        return None


def callback(reference: str) -> str:
    """Where the carrier reports; the reference tells which attempt it speaks of."""
    return f"{settings.SITE_URL}{reverse('sms_status')}?{urlencode({'attempt': reference})}"


def translate(problem: Exception) -> Outcome:
    """Twilio's answers, and none, in our three words."""
    if isinstance(problem, TwilioRestException):
        if problem.code == OPTED_OUT:
            return OptedOut(describe(problem))
        return outcome_for(problem.status)(describe(problem))
    if isinstance(problem, requests.ConnectionError) and not was_sent(problem):
        return Unavailable(describe(problem))
    return Unknown(describe(problem))


def describe(problem: Exception) -> str:
    """A sentence without the number or the text, which the carrier's own words may repeat."""
    if isinstance(problem, TwilioRestException):
        return f"error {problem.code or problem.status} from the carrier"
    return f"{type(problem).__name__} while speaking to the carrier"
