"""Tables of reminders, one module a noun."""

from reminders.models.messages import (
    Attempt,
    InboundMeaning,
    InboundText,
    Link,
    LinkPurpose,
    Message,
    Receipt,
)
from reminders.models.pages import Alert, Page, PageSays, PageState, TakenHow
from reminders.models.protocols import Preparation, ProtocolTexts, ProtocolVersion
from reminders.models.renewals import LinkRenewal
from reminders.models.reviews import Review
from reminders.models.surveys import Analgesic, Reading, Survey, Vital
from reminders.models.wrong_birth_dates import WrongBirthDate
from reminders.rules.response.case import AnswerChannel, Context, EnteredBy

__all__ = [
    "Alert",
    "Analgesic",
    "AnswerChannel",
    "Attempt",
    "Context",
    "EnteredBy",
    "InboundMeaning",
    "InboundText",
    "Link",
    "LinkPurpose",
    "LinkRenewal",
    "Message",
    "Page",
    "PageSays",
    "PageState",
    "Preparation",
    "ProtocolTexts",
    "ProtocolVersion",
    "Reading",
    "Receipt",
    "Review",
    "Survey",
    "TakenHow",
    "Vital",
    "WrongBirthDate",
]
