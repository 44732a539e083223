"""What the carrier does: accepts or refuses texts, keeps opt-outs, forwards what patients write.

It answers like Twilio, so the code that talks to it is the code that talks to Twilio.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from clinic.demo.sandbox import refusals
from clinic.demo.sandbox.models import (
    Direction,
    Faults,
    Handset,
    Report,
    SandboxText,
    TextStatus,
)
from reminders.messaging.channels.base import E164
from reminders.messaging.channels.carriers import twilio
from reminders.messaging.channels.carriers.twilio import TwilioCarrier

LONGEST_BODY = 1600  # characters, Twilio's limit
# Twilio's default words: opted out and in by the carrier before the clinic hears of it.
OUT_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
)
IN_WORDS = frozenset(("START", "YES", "UNSTOP"))
OUT_ANSWER = (
    "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe."
)
IN_ANSWER = (
    "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
NUMBER_OF_A_SERVICE = "+15550100000"  # what the phone shows when the sender is a service (MG...)
PAUSE = timedelta(milliseconds=50)  # between two receipts of one text


def installed_account() -> TwilioCarrier:
    """The account at this carrier that SMS_URL names; `ValueError` when it names another."""
    account = settings.SMS
    if not isinstance(account, TwilioCarrier) or account.api == twilio.API:
        raise ValueError("The sandbox needs an SMS_URL that begins with sandbox://.")
    return account


def own_number(account: TwilioCarrier) -> str:
    """The number that patients see and answer to."""
    return account.sender if account.sender.startswith("+") else NUMBER_OF_A_SERVICE


def send(account: TwilioCarrier, form: Mapping[str, str], at: datetime) -> SandboxText:
    """Take a text for delivery, or raise `Refusal`. Receipts follow as reports."""
    check(account, form)
    text = SandboxText(
        direction=Direction.OUTBOUND,
        sender=own_number(account),
        recipient=form["To"],
        body=form["Body"],
        status_callback=form.get("StatusCallback", ""),
        created_at=at,
        updated_at=at,
    )
    with transaction.atomic():
        handset = Handset.objects.filter(number=form["To"]).first() or Handset()
        if handset.opted_out_at:
            raise refusals.opted_out()
        text.save()
        owe_receipts(text, handset)
    return text


def check(account: TwilioCarrier, form: Mapping[str, str]) -> None:
    """Refuse what Twilio refuses, in its order."""
    recipient, body = form.get("To", ""), form.get("Body", "")
    sender = form.get("From") or form.get("MessagingServiceSid", "")
    callback = form.get("StatusCallback", "")
    if not recipient:
        raise refusals.no_recipient()
    if not E164.fullmatch(recipient):
        raise refusals.bad_recipient(recipient)
    if not sender:
        raise refusals.no_sender()
    if sender != account.sender:
        raise refusals.bad_sender(sender)
    if not body.strip():
        raise refusals.no_body()
    if len(body) > LONGEST_BODY:
        raise refusals.long_body(LONGEST_BODY)
    if callback and not is_web_address(callback):
        raise refusals.bad_callback(callback)


def is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def owe_receipts(text: SandboxText, handset: Handset) -> None:
    """Write the reports to come: sent, then delivered or not, changed as the faults say."""
    faults = Faults.present()
    end = TextStatus.UNDELIVERED if handset.unreachable else TextStatus.DELIVERED
    if handset.unreachable:
        SandboxText.objects.filter(pk=text.pk).update(error_code=handset.unreachable)
    words = [TextStatus.SENT, end]
    if faults.shuffle_receipts:
        words.reverse()
    if faults.duplicate_receipts:
        words = [word for word in words for _ in range(2)]
    Report.objects.bulk_create(
        Report(text=text, word=word, url=text.status_callback, due_at=Now() + PAUSE * turn)
        for turn, word in enumerate(words)
    )


@transaction.atomic
def receive(account: TwilioCarrier, number: str, body: str, url: str, at: datetime) -> SandboxText:
    """A patient writes. The carrier opts out or in by itself, then tells the clinic at `url`."""
    word = body.strip().upper()
    text = SandboxText.objects.create(
        direction=Direction.INBOUND,
        sender=number,
        recipient=own_number(account),
        body=body,
        status=TextStatus.RECEIVED,
        created_at=at,
        sent_at=at,
        updated_at=at,
    )
    if word in OUT_WORDS:
        opt_out(account, number, at)
    elif word in IN_WORDS:
        opt_in(account, number, at)
    Report.objects.create(text=text, word=TextStatus.RECEIVED, url=url)
    return text


def opt_out(account: TwilioCarrier, number: str, at: datetime) -> None:
    """Opt the number out, and confirm it once."""
    handset, _ = Handset.objects.get_or_create(number=number)
    if Handset.objects.filter(pk=handset.pk, opted_out_at=None).update(opted_out_at=at):
        answer(account, number, OUT_ANSWER, at)


def opt_in(account: TwilioCarrier, number: str, at: datetime) -> None:
    """Opt the number in again, and confirm it, if it was opted out."""
    if Handset.objects.filter(number=number).exclude(opted_out_at=None).update(opted_out_at=None):
        answer(account, number, IN_ANSWER, at)


def answer(account: TwilioCarrier, number: str, body: str, at: datetime) -> None:
    """Record a text of the carrier's own, which is reported to nobody."""
    SandboxText.objects.create(
        direction=Direction.AUTOMATIC,
        sender=own_number(account),
        recipient=number,
        body=body,
        status=TextStatus.DELIVERED,
        created_at=at,
        sent_at=at,
        updated_at=at,
    )
