"""What carriers say later about an attempt: late, twice, out of order, or never."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from reminders.messaging.planning import planned_tasks
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
OPTED_OUT = "21610"
GOING = (AttemptState.HANDED, AttemptState.ACCEPTED, AttemptState.DELIVERED)

# The carrier's words in ours. A word we do not know is kept and changes nothing.
MEANINGS: Mapping[str, AttemptState] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), AttemptState.ACCEPTED),
    **dict.fromkeys(("delivered", "read"), AttemptState.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), AttemptState.UNDELIVERED),
}


@transaction.atomic
def receive(*, reference: UUID, provider_id: str, word: str, code: str, at: datetime) -> bool:
    """Keep one receipt and move attempt and message forward; whether we know the attempt.

    The same receipt twice is one; an older one after a newer changes nothing.
    """
    attempt = Attempt.objects.filter(reference=reference).select_related("message").first()
    if attempt is None:
        return False
    meaning = MEANINGS.get(word)
    known = {"meaning": meaning, "received_at": at}
    _, new = Receipt.objects.get_or_create(
        attempt=attempt, word=word[:24], code=code[:12], defaults=known
    )
    if meaning is None:
        log.warning("receipt_word_unknown", attempt=str(reference), word=word[:24])
    elif new:
        _move(attempt, meaning, provider_id, code, at)
    return True


def _move(
    attempt: Attempt, meaning: AttemptState, provider_id: str, code: str, at: datetime
) -> None:
    """Forward only: a state that may not follow leaves everything as it is."""
    mine = Attempt.objects.filter(pk=attempt.pk)
    mine.filter(provider_id="").update(provider_id=provider_id[:80])
    changes = {"state": meaning, "settled_at": at, "error": _error(meaning, code)}
    if not mine.filter(state__in=before(meaning, ATTEMPT_NEXT)).update(**changes):
        return
    if code == OPTED_OUT:
        source = "the carrier's list"
        people.opt_out(channel=Channel.SMS, value=attempt.address, source=source, at=at)
    if meaning is AttemptState.UNDELIVERED:
        _undelivered(attempt, code, at)
    else:
        told = meaning is AttemptState.DELIVERED
        _forward(attempt.message, MessageState.DELIVERED if told else MessageState.SENT, at)


def _error(meaning: AttemptState, code: str) -> str:
    if meaning is not AttemptState.UNDELIVERED:
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
        planned_tasks.phone_instead({message.pk: reason}, at)
