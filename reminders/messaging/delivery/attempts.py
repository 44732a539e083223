"""Writing down what is about to be said, before the network is touched."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction

from reminders.messaging.channels.base import Delivery
from reminders.messaging.content import links, mail, wording
from reminders.messaging.delivery import connections
from reminders.messaging.delivery.claim import row_of
from reminders.messaging.delivery.outgoing import Limit, OutgoingMessage, decide_about
from reminders.models import Survey
from reminders.protocols import by_id
from reminders.rules.plan.eligibility import JUST_CHANGED, Decision, End, Go, Wait
from scheduling.locks import Lock
from scheduling.models import Location
from scheduling.people.on_call import number_for_patients
from scheduling.sql import run_for_rows, statement


@dataclass(frozen=True, slots=True)
class ComposedMessage:
    """A message with its words. `token` is None where the words hold no link."""

    outgoing: OutgoingMessage
    reference: UUID
    key: str
    body: str | EmailMultiAlternatives
    token: str | None

    def delivery(self, attempt: int) -> Delivery:
        """What the channel gets."""
        outgoing = self.outgoing
        receipt = "" if outgoing.channel == "email" else connections.receipt_url(self.reference)
        return Delivery(
            attempt, self.reference, outgoing.address, self.body, outgoing.expires_at, receipt
        )

    @property
    def digest(self) -> str:
        """The hash of what is said."""
        words = self.body if isinstance(self.body, str) else mail.words_of(self.body)
        return hashlib.sha256(words.encode()).hexdigest()


def compose(outgoing: OutgoingMessage, now: datetime) -> ComposedMessage:
    """Find the words of one message; a gap without a value is a `WordingError`."""
    token = links.token_for(outgoing)
    phone = _answered_phone(outgoing, now)
    values = wording.values_for(outgoing, token, _next_check_in(outgoing), phone)
    body: str | EmailMultiAlternatives
    if outgoing.channel == "sms":
        text, key = wording.text_message(outgoing, values)
        body, linked = text, values["link"] in text
    else:
        body, key = mail.write(outgoing, values, now), outgoing.email_key
        linked = "link" in mail.form(outgoing.protocol, outgoing.language, key).text.gaps
    return ComposedMessage(outgoing, uuid4(), key, body, token if linked else None)


def _answered_phone(outgoing: OutgoingMessage, now: datetime) -> str:
    """Who has just written may need somebody now; other messages are read at any hour."""
    if not outgoing.reply:
        return ""
    return number_for_patients(Location.objects.get(injections=outgoing.injection), now)


def _next_check_in(outgoing: OutgoingMessage) -> datetime | None:
    """When the check-in after this reply's slot is due; only replies speak of it."""
    if not (outgoing.reply and outgoing.slot):
        return None
    surveys = Survey.objects.filter(injection=outgoing.injection)
    answered = surveys.filter(slot=outgoing.slot).values("due_at")[:1]
    later = surveys.filter(due_at__gt=answered, slot__in=_texted(outgoing.protocol))
    return later.order_by("due_at").values_list("due_at", flat=True).first()


def _texted(protocol: int) -> list[str]:
    return [slot.id for slot in by_id(protocol).slots.values() if slot.diary]


@dataclass(frozen=True, slots=True)
class Written:
    """What may go on the network now, by message, and what has ended instead, with the reason."""

    deliveries: dict[int, Delivery]
    ended: dict[int, str]


@transaction.atomic
def write(composed_messages: Sequence[ComposedMessage], now: datetime) -> Written:
    """Record one attempt a message, and its link, before the network is touched.

    A message gets none if its lease ran out meanwhile, for it is somebody else's by now; if
    its injection has changed since the claim, so that it is looked at again at once; or if another
    worker used up the day's texts to its number, so that it waits for tomorrow.
    """
    decided = _decide_again(composed_messages, now)
    going = [each for each in composed_messages if each.outgoing.message not in decided]
    attempts = _insert(going, now)
    for each in going:
        if each.outgoing.message not in attempts:
            decided[each.outgoing.message] = Wait(now, JUST_CHANGED)
    ended = _put_back(
        [each for each in composed_messages if each.outgoing.message in decided], decided, now
    )
    ours = (each for each in going if each.outgoing.message in attempts)
    deliveries = {
        each.outgoing.message: each.delivery(attempts[each.outgoing.message]) for each in ours
    }
    return Written(deliveries, ended)


def _decide_again(
    composed_messages: Sequence[ComposedMessage], now: datetime
) -> dict[int, Wait | End]:
    """Count the day's texts once more, with the numbers locked; what may not go any more."""
    counted = [each for each in composed_messages if each.outgoing.counts]
    if not counted:
        return {}
    lock_all(Lock.NUMBER, (each.outgoing.address for each in counted))
    texts = _texts_today(counted)
    found: dict[int, Wait | End] = {}
    gone: Counter[Limit] = Counter()
    for each in counted:
        message = each.outgoing
        decision = decide_about(message, now, sent=gone, counted=texts[message.message])
        if isinstance(decision, Go) and decision.route.channel == message.channel:
            gone[message.limit] += 1
        else:  # through another channel it needs other words, which the next claim finds
            found[message.message] = (
                Wait(now, "another way is better") if isinstance(decision, Go) else decision
            )
    return found


def lock_all(space: Lock, names: Iterable[str]) -> None:
    """Take one advisory lock a name until the transaction ends, in the order of their hashes."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement(__file__, "lock_all"), {"space": space.value, "names": list(names)}
        )


def _texts_today(composed_messages: Sequence[ComposedMessage]) -> dict[int, tuple[int, int]]:
    """By message: how many texts, and how many of them give way."""
    rows = [
        {
            "message": each.outgoing.message,
            "address": each.outgoing.address,
            "diary": each.outgoing.is_diary,
            "today": each.outgoing.today,
        }
        for each in composed_messages
    ]
    counted = run_for_rows(__file__, "texts_today", rows)
    return {message: (texts, light) for message, texts, light in counted}


def _insert(composed_messages: Sequence[ComposedMessage], now: datetime) -> dict[int, int]:
    """The ids of the new attempts, by message."""
    return dict(
        run_for_rows(__file__, "attempts", [_row(each) for each in composed_messages], now=now)
    )


def _row(composed: ComposedMessage) -> dict[str, Any]:
    message = composed.outgoing
    purpose = links.purpose_of(message.purpose, message.slot)
    return {
        "reference": composed.reference,
        "message": message.message,
        "channel": message.channel,
        "address": message.address,
        "key": composed.key,
        "version": by_id(message.protocol).version,
        "hash": composed.digest,
        "token": composed.token and links.digest(composed.token).hex(),
        "purpose": purpose.value,
        "slot": message.slot,
        "ends": links.lasts_until(purpose, message.start, message.expires_at),
        "claim": message.attempts_made,
        "changed": message.changed_at,
    }


def _put_back(
    composed_messages: Sequence[ComposedMessage], decided: Mapping[int, Decision], now: datetime
) -> dict[int, str]:
    """Write what was decided instead of going; the messages that ended, with the reason."""
    rows = [
        {
            "id": each.outgoing.message,
            "claim": each.outgoing.attempts_made,
            **row_of(decided[each.outgoing.message]),
        }
        for each in composed_messages
    ]
    written = run_for_rows(__file__, "put_back", rows, now=now)
    return {message: reason for message, state, reason in written if state != "queued"}
