"""The demonstration's mail server: takes every mail on loopback and keeps it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default as modern
from typing import TypeVar

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import close_old_connections, connections

from clinic.addresses import EmailServer
from clinic.demo.sandbox.models import Faults, SandboxMail
from scheduling import clock

log = structlog.get_logger(__name__)
T = TypeVar("T")
LARGEST_MAIL = 10 * 1024 * 1024  # bytes
TAKEN = "250 OK: kept in the sandbox"
DOWN = "421 Service not available, closing transmission channel"
TROUBLE = "451 Requested action aborted: error in processing"


class MailHandler:
    """aiosmtpd's handler: keeps each mail once for every recipient."""

    def __init__(self) -> None:
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="mail")

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        faults = await self.off_loop(read_faults)
        await asyncio.sleep(faults.slow_ms / 1000)
        if faults.smtp_down:
            return DOWN
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            await self.off_loop(keep, envelope)
        except Exception:  # the sender tries again; the mail server stays up
            log.exception("mail_not_kept")
            return TROUBLE
        return TAKEN

    async def off_loop(self, work: Callable[..., T], *args: object) -> T:
        """Use the database in a thread of its own: the loop must not wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, work, *args)


def read_faults() -> Faults:
    close_old_connections()
    return Faults.present()


def keep(envelope: Envelope) -> None:
    """Write the mail down, once for every recipient."""
    close_old_connections()
    raw = envelope.original_content or b""
    mail = message_from_bytes(raw, policy=modern)
    at = clock.now()
    SandboxMail.objects.bulk_create(
        SandboxMail(
            recipient=recipient,
            sender=envelope.mail_from or "",
            message_id=str(mail.get("Message-ID", ""))[:250],
            subject=str(mail.get("Subject", ""))[:400],
            raw=raw,
            received_at=at,
        )
        for recipient in envelope.rcpt_tos
    )


class MailServer(Controller):
    """The mail server at this address; `start()` and `stop()` it."""

    def __init__(self, address: EmailServer) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # below, it logs addresses
        super().__init__(
            MailHandler(), hostname=address.host, port=address.port, data_size_limit=LARGEST_MAIL
        )

    def stop(self, no_assert: bool = False) -> None:
        super().stop(no_assert)
        self.handler.writer.submit(connections.close_all)
        self.handler.writer.shutdown()
