"""What one worker uses to reach carriers for the length of one drain."""

from contextlib import ExitStack
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from reminders.messaging.channels import registry
from reminders.messaging.channels.base import Connection


class ConnectionPool:
    """One worker's open connections, for the length of one drain."""

    def __init__(self) -> None:
        self.open: dict[str, Connection] = {}
        self.stack = ExitStack()

    def __enter__(self) -> "ConnectionPool":
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def get(self, channel: str) -> Connection:
        """The connection of a channel, opened once."""
        if channel not in self.open:
            self.open[channel] = self.stack.enter_context(registry.channels()[channel].open())
        return self.open[channel]


def receipt_url(reference: UUID) -> str:
    """Where the carrier reports; the reference tells which attempt or page it speaks of."""
    return f"{settings.SITE_URL}{reverse('sms_status')}?attempt={reference}"
