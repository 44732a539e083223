"""The channels of this installation: what brings a message, by the name that messages use."""

from django.conf import settings

from reminders.messaging.channels.base import MessageChannel
from reminders.messaging.channels.email import EmailChannel


def channels() -> dict[str, MessageChannel]:
    return {"sms": settings.SMS, "email": EmailChannel()}
