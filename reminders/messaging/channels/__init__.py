"""The registry of channels: what carries a message, by the name that messages use."""

from reminders.messaging.channels.base import MessageChannel
from reminders.messaging.channels.email import EmailChannel
from reminders.messaging.channels.twilio import TwilioChannel

REGISTRY: dict[str, MessageChannel] = {"sms": TwilioChannel(), "email": EmailChannel()}
