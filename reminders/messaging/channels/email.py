"""E-mail through the SMTP server of EMAIL_URL."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    Outcome,
    Refused,
    UnconfirmedDelivery,
)
from reminders.messaging.channels.smtp import Mail, SmtpConversation
from reminders.messaging.content.mail import host

# What an envelope can carry without SMTPUTF8, which few relays offer.
ADDRESS = re.compile(r"[!-;=?-~]+@[A-Za-z0-9.\-\[\]:]+")


class EmailChannel:
    name = "email"
    chunk = 100
    rate = 0.0
    can_tell = False

    @contextmanager
    def open(self) -> Iterator["EmailConnection"]:
        line = SmtpConversation(settings.EMAIL, host())
        try:
            yield EmailConnection(line)
        finally:
            line.close()


class EmailConnection:
    """One SMTP connection for a whole drain."""

    def __init__(self, line: SmtpConversation) -> None:
        self.line = line

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        """Refuse what no envelope can carry, and send the rest in one conversation."""
        good = [delivery for delivery in deliveries if ADDRESS.fullmatch(delivery.address)]
        sent = self.line.send([mail(delivery) for delivery in good])
        for delivery in deliveries:
            fits = ADDRESS.fullmatch(delivery.address)
            yield next(sent) if fits else Refused("the address cannot be written to")

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """A mail server keeps no list to ask."""
        raise NotImplementedError("e-mail cannot tell what became of an attempt")


def mail(delivery: Delivery) -> Mail:
    """Envelope and text of one delivery."""
    body = delivery.body if isinstance(delivery.body, bytes) else delivery.body.encode()
    return Mail(settings.EMAIL_SENDER, delivery.address, body)
