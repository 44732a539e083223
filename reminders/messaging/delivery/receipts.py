"""What carriers report later about an attempt: late, twice, out of order, or never."""

from datetime import datetime

import structlog
from django.db import transaction

from reminders.messaging.channels.base import DeliveryReceipt
from reminders.messaging.planning import calls
from reminders.models import Attempt, Message, Receipt
from reminders.rules.plan.message_states import (
    ATTEMPT_NEXT,
    MESSAGE_NEXT,
    AttemptState,
    MessageState,
    before,
)
from scheduling import people
from scheduling.rules.procedure import Channel

log = structlog.get_logger(__name__)
GOING = (AttemptState.HANDED, AttemptState.ACCEPTED, AttemptState.DELIVERED)


@transaction.atomic
def receive(receipt: DeliveryReceipt, at: datetime) -> bool:
    """Keep one receipt and move attempt and message forward; whether we know the attempt.

    The same receipt twice is one; an older one after a newer changes nothing.
    """
    attempt = Attempt.objects.filter(reference=receipt.reference).select_related("message").first()
    if attempt is None:
        return False
    known = {"meaning": receipt.state, "received_at": at}
    _, new = Receipt.objects.get_or_create(
        attempt=attempt, word=receipt.word[:24], code=receipt.code, defaults=known
    )
    if receipt.state is None:
        log.warning("receipt_word_unknown", attempt=str(receipt.reference), word=receipt.word[:24])
    elif new:
        _move(attempt, receipt, receipt.state, at)
    return True


def _move(attempt: Attempt, receipt: DeliveryReceipt, state: AttemptState, at: datetime) -> None:
    """Forward only: a state that may not follow leaves everything as it is."""
    mine = Attempt.objects.filter(pk=attempt.pk)
    mine.filter(provider_id="").update(provider_id=receipt.provider_id)
    changes = {"state": state, "settled_at": at, "error": _error(state, receipt.code)}
    if not mine.filter(state__in=before(state, ATTEMPT_NEXT)).update(**changes):
        return
    if receipt.opted_out:
        source = "the carrier's list"
        people.opt_out(channel=Channel.SMS, value=attempt.address, source=source, at=at)
    if state is AttemptState.UNDELIVERED:
        _undelivered(attempt, receipt.code, at)
    else:
        arrived = state is AttemptState.DELIVERED
        _forward(attempt.message, MessageState.DELIVERED if arrived else MessageState.SENT, at)


def _error(state: AttemptState, code: str) -> str:
    if state is not AttemptState.UNDELIVERED:
        return ""
    return f"error {code} from the carrier" if code else "not delivered, the carrier says no more"


def _forward(message: Message, state: MessageState, at: datetime, reason: str = "") -> bool:
    """Move the message if it may go there; whether it did."""
    ready = Message.objects.filter(pk=message.pk, state__in=before(state, MESSAGE_NEXT))
    changes = {"state": state, "lease_until": None, "settled_at": at, "reason": reason}
    return bool(ready.update(**changes))


def _undelivered(attempt: Attempt, code: str, at: datetime) -> None:
    """The next channel of the step, else a person; nothing if another attempt is on its way.

    A channel that was only away for a while has not failed: it may be tried again. Two attempts
    that fail together take turns here, or each would see the other on its way.
    """
    message = Message.objects.select_for_update(no_key=True).get(pk=attempt.message_id)
    others = message.attempts.exclude(pk=attempt.pk)
    if others.filter(state__in=GOING).exists():
        return
    reason = f"{attempt.channel}: {_error(AttemptState.UNDELIVERED, code)}"
    failed = others.filter(state__in=[AttemptState.REFUSED, AttemptState.UNDELIVERED])
    tried = {attempt.channel, *failed.values_list("channel", flat=True)}
    if set(message.channels) - tried and message.expires_at > at:
        back = Message.objects.filter(
            pk=message.pk, state__in=[MessageState.SENDING, MessageState.SENT]
        )
        back.update(state=MessageState.QUEUED, retry_at=at, lease_until=None, settled_at=None)
    elif _forward(message, MessageState.UNDELIVERED, at, reason):
        calls.phone_instead({message.pk: reason}, at)
