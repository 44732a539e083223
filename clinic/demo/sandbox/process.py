"""Carrier, mail server and report dispatcher together: the sandbox's process, or a test's."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from django.conf import settings

from clinic.addresses import EmailProvider, EmailServer
from clinic.demo.sandbox.carrier import installed_account
from clinic.demo.sandbox.carrier_api import CarrierServer
from clinic.demo.sandbox.reports import ReportDispatcher
from clinic.demo.sandbox.smtp import MailServer
from reminders.messaging.channels.carriers.twilio import TwilioCarrier


class PortTaken(Exception):
    """Another program listens where we wanted to."""


class Sandbox:
    """A context manager: everything answers inside the block and is gone after it."""

    def __init__(self, account: TwilioCarrier, mail: EmailServer | EmailProvider) -> None:
        if not (isinstance(mail, EmailServer) and mail.sandbox):
            raise ValueError("The sandbox needs an EMAIL_URL that begins with sandbox://.")
        self.account, self.mail = account, mail
        self.open = ExitStack()

    @classmethod
    def of_settings(cls) -> "Sandbox":
        """The sandbox at the addresses of this installation."""
        return cls(installed_account(), settings.EMAIL)

    @property
    def greeting(self) -> str:
        mail = f"smtp://{self.mail.host}:{self.mail.port}"
        return f"Sandbox: texts at {self.account.api}, mail at {mail}"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(carrier(self.account))
            stack.enter_context(mail_server(self.mail))
            stack.enter_context(report_dispatcher(self.account))
            self.open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self.open.close()


@contextmanager
def carrier(account: TwilioCarrier) -> Iterator[None]:
    try:
        server = CarrierServer(account)
    except OSError:
        raise PortTaken(taken_sentence(account.api, "SMS_URL")) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@contextmanager
def mail_server(address: EmailServer) -> Iterator[None]:
    server = MailServer(address)
    try:
        server.start()
    except OSError:
        raise PortTaken(taken_sentence(f"{address.host}:{address.port}", "EMAIL_URL")) from None
    yield
    server.stop()


@contextmanager
def report_dispatcher(account: TwilioCarrier) -> Iterator[None]:
    thread = ReportDispatcher(account)
    thread.start()
    yield
    thread.stop()


def taken_sentence(address: str, variable: str) -> str:
    return (
        f"{address} is taken by another program. Stop that one, or set PORT "
        f"(the sandbox takes the two ports after it) or {variable}."
    )
