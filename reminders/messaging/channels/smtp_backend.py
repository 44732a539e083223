"""Django's SMTP backend with an end to each mail, and with the place where a connection broke.

A timeout bounds one read, and a server that sends a letter every few seconds never lets it run out.
So connecting and all reads of one mail stop at one deadline. And smtplib raises the same exception
when the connection breaks before the text and after it, though only before it is sure that nothing
was taken. The rest is Django's and smtplib's.
"""

import io
import math
import smtplib
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

LONGEST = 10  # seconds for one mail, connecting included; a lease is longer by two such spans
GO_ON = 354  # "start mail input"

TimeLeft = Callable[[], float]  # seconds that the next read may take, or a `TimeoutError`


class DataInterrupted(smtplib.SMTPException):
    """The connection broke when the text was on its way: the server may have taken it."""


class BoundedBackend(EmailBackend):
    """Django's SMTP backend. Mails that were announced by `begin` come to an end in time."""

    ends = math.inf  # the monotonic time by which the server must have said all

    def begin(self) -> None:
        """Connecting, unless that is done, and sending one mail take `LONGEST` from now on."""
        self.ends = time.monotonic() + LONGEST

    def time_left(self) -> float:
        """Seconds that the next read may take."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the mail server took too long")
        return min(self.timeout or LONGEST, seconds)

    @property
    def connection_class(self) -> Any:
        return partial(BoundedSmtpOverTls if self.use_ssl else BoundedSmtp, self.time_left)


class BoundedSmtp(smtplib.SMTP):
    """smtplib's client, which connects and reads no longer than the time that is left."""

    awaits_text = False  # whether the last answer was to send the text

    def __init__(self, time_left: TimeLeft, *where: Any, **options: Any) -> None:
        self.time_left = time_left
        super().__init__(*where, **options)

    def connect(self, host: str = "localhost", port: int = 0, *where: Any) -> tuple[int, bytes]:
        """Each address of the host gets its share of the time."""
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.timeout = self.time_left() / len(addresses)
        return super().connect(host, port, *where)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(BoundedReplies(self.sock, self.time_left))
        code, words = super().getreply()
        self.awaits_text = code == GO_ON
        return code, words

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:
            raise
        except OSError as problem:
            if not self.awaits_text:
                raise
            raise DataInterrupted(str(problem)) from problem


class BoundedSmtpOverTls(BoundedSmtp, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class BoundedReplies(io.RawIOBase):
    """What a server says, read as long as there is time."""

    def __init__(self, connected: socket.socket, time_left: TimeLeft) -> None:
        self.connected, self.time_left = connected, time_left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.connected.settimeout(self.time_left())
        return self.connected.recv_into(buffer)
