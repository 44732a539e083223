"""Connections to mail servers with an end: no server keeps a worker, however slowly it speaks.

A timeout alone bounds one read, and a server that sends a letter every few seconds never lets it
run out. Here every read and the connecting itself stop at a deadline. The rest is smtplib's.
"""

import io
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol

TIMEOUT = 8  # seconds of silence

Deadline = Callable[[], float]  # a monotonic time, which may move between two mails


class Server(Protocol):
    """Where the mail server is. `security` is `none`, `starttls` or `tls`."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def security(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


def connect(server: Server, hello: str, ends: Deadline) -> smtplib.SMTP:
    """A server that has been greeted, with TLS and login as it wants them.

    Every answer has to be there when `ends` comes; later is a `TimeoutError`.
    """
    kind = Secure if server.security == "tls" else Plain
    smtp = kind(ends, host=server.host, port=server.port, local_hostname=hello, timeout=TIMEOUT)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.username:
            smtp.login(server.username, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def left(ends: Deadline) -> float:
    """Seconds that the next read may take."""
    seconds = ends() - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the mail server took too long")
    return min(TIMEOUT, seconds)


class Answers(io.RawIOBase):
    """What a server says, read until the deadline."""

    def __init__(self, connected: socket.socket, ends: Deadline) -> None:
        self.connected, self.ends = connected, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.connected.settimeout(left(self.ends))
        return self.connected.recv_into(buffer)


class Plain(smtplib.SMTP):
    """smtplib's client, which reads and connects no longer than its deadline."""

    def __init__(self, ends: Deadline, **options: Any) -> None:
        self.ends = ends
        super().__init__(**options)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(Answers(self.sock, self.ends))
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """All addresses of the host together have until the deadline."""
        problem: OSError = OSError("the mail server has no address")
        for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            connecting = socket.socket(family, socket.SOCK_STREAM)
            try:
                connecting.settimeout(left(self.ends))
                connecting.connect(address)
            except OSError as refused:
                connecting.close()
                problem = refused
            else:
                return connecting
        raise problem


class Secure(Plain, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""

    def __init__(self, ends: Deadline, **options: Any) -> None:
        super().__init__(ends, context=ssl.create_default_context(), **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = super()._get_socket(host, port, timeout)
        connected.settimeout(left(self.ends))
        return self.context.wrap_socket(connected, server_hostname=host)
