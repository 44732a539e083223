"""E-mail through Django's mail backend, which EMAIL_URL chooses."""

import contextlib
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from anymail.exceptions import AnymailAPIError, AnymailError
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    Outcome,
    Refused,
    Unavailable,
    UnconfirmedDelivery,
    Unknown,
)
from reminders.messaging.channels.http import outcome_for, was_sent
from reminders.messaging.channels.smtp_backend import BoundedBackend, DataInterrupted

CLOSING = 421  # "service not available, closing transmission channel"


class EmailChannel:
    chunk = 100
    rate = 0.0
    can_tell = False

    @contextmanager
    def open(self) -> Iterator["EmailConnection"]:
        connection = EmailConnection(get_connection())
        try:
            yield connection
        finally:
            connection.close()


class EmailConnection:
    """One connection for a whole drain, made when the first mail leaves and after each trouble."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        """Refuse what no envelope can carry, and send the rest one after the other."""
        for delivery in deliveries:
            if fits_an_envelope(delivery.address):
                yield self._send(cast(EmailMultiAlternatives, delivery.body))
            else:
                yield Refused("the address cannot be written to")

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """A mail server keeps no list to ask."""
        raise NotImplementedError("e-mail cannot tell what became of an attempt")

    def close(self) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):  # it may be gone already
            self.backend.close()

    def _send(self, email: EmailMultiAlternatives) -> Outcome:
        if isinstance(self.backend, BoundedBackend):
            self.backend.begin()
        try:
            self._hand_over(email)
        except (smtplib.SMTPException, AnymailError, OSError) as problem:
            self.close()
            return outcome_of(problem)
        return Accepted()

    def _hand_over(self, email: EmailMultiAlternatives) -> None:
        """Send one mail; a connection kept from earlier may have gone stale, so renew it once."""
        is_new = self.backend.open()
        try:
            self.backend.send_messages([email])
        except smtplib.SMTPException as problem:
            if is_new or not is_closing(problem):
                raise
            self.close()
            self.backend.open()
            self.backend.send_messages([email])


def fits_an_envelope(address: str) -> bool:
    """Whether it is an address, and one without SMTPUTF8, which few relays offer."""
    try:
        validate_email(address)
    except ValidationError:
        return False
    return address.isascii() and address.isprintable()


def is_closing(problem: smtplib.SMTPException) -> bool:
    """Whether the server ended the connection before it took anything."""
    refused = isinstance(problem, smtplib.SMTPSenderRefused) and problem.smtp_code == CLOSING
    return refused or isinstance(problem, smtplib.SMTPServerDisconnected)


def outcome_of(problem: Exception) -> Outcome:
    """smtplib's and Anymail's exceptions in our words.

    Only an answer about the recipient or the text can be a no; all that happens before is our own
    trouble, or the server's, so not now.
    """
    if isinstance(problem, AnymailAPIError):
        return api_outcome(problem)
    if isinstance(problem, AnymailError):
        return Refused(f"{type(problem).__name__} by the mail provider")
    if isinstance(problem, DataInterrupted):
        return Unknown(f"{type(problem.__cause__).__name__} after the message was handed over")
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        (code, _), *_ = problem.recipients.values()
        return no_or_not_now(code)
    if isinstance(problem, smtplib.SMTPDataError):
        return no_or_not_now(problem.smtp_code)
    return Unavailable(f"{type(problem).__name__} before the mail server took the message")


def api_outcome(problem: AnymailAPIError) -> Outcome:
    """What a provider answered, or where the connection to it broke."""
    if problem.status_code:
        return outcome_for(problem.status_code)(f"the mail provider answered {problem.status_code}")
    sentence = f"{type(problem.__cause__ or problem).__name__} while speaking to the mail provider"
    return Unknown(sentence) if was_sent(problem.__cause__) else Unavailable(sentence)


def no_or_not_now(code: int) -> Outcome:
    """5xx is no, 4xx not now. What is neither says nothing that one could rely on."""
    sentence = f"the mail server answered {code}"
    if 500 <= code < 600:
        return Refused(sentence)
    return Unavailable(sentence) if 400 <= code < 500 else Unknown(sentence)
