"""E-mail through the SMTP server of EMAIL_URL."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from reminders.messaging.channels.base import Accepted, Outcome, Parcel, Refused, Trace
from reminders.messaging.channels.smtp import Line, Mail
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
        line = Line(settings.EMAIL, host())
        try:
            yield EmailConnection(line)
        finally:
            line.close()


class EmailConnection:
    """One SMTP connection for a whole drain."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def send(self, parcels: Sequence[Parcel], now: datetime) -> Iterator[Outcome]:
        """Refuse what no envelope can carry, and send the rest in one conversation."""
        good = [parcel for parcel in parcels if ADDRESS.fullmatch(parcel.address)]
        sent = self.line.send([mail(parcel) for parcel in good])
        for parcel in parcels:
            fits = ADDRESS.fullmatch(parcel.address)
            yield next(sent) if fits else Refused("the address cannot be written to")

    def find(self, trace: Trace) -> Accepted | None:
        """A mail server keeps no list to ask."""
        raise NotImplementedError("e-mail cannot tell what became of an attempt")


def mail(parcel: Parcel) -> Mail:
    """Envelope and text of one parcel."""
    body = parcel.body if isinstance(parcel.body, bytes) else parcel.body.encode()
    return Mail(settings.EMAIL_SENDER, parcel.address, body)
