"""Writing down what is about to be said, before the network is touched."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from reminders.messaging.channels.base import Delivery
from reminders.messaging.content import links, mail, wording
from reminders.messaging.delivery.claim import row_of
from reminders.messaging.delivery.outgoing import OutgoingMessage, facts_of
from reminders.models import Survey
from reminders.protocols import by_id
from reminders.rules.plan.eligibility import JUST_CHANGED, Decision, End, Go, Wait, decide
from scheduling.locks import Lock
from scheduling.sql import run_for_rows, statement


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter with its words. `token` is None where the words hold no link."""

    letter: OutgoingMessage
    reference: UUID
    key: str
    body: str | bytes
    token: str | None

    def delivery(self, attempt: int) -> Delivery:
        """What the channel gets."""
        letter = self.letter
        return Delivery(attempt, self.reference, letter.address, self.body, letter.expires_at)

    @property
    def digest(self) -> str:
        body = self.body if isinstance(self.body, bytes) else self.body.encode()
        return hashlib.sha256(body).hexdigest()


def draft(letter: OutgoingMessage, now: datetime) -> Draft:
    """Find the words of one letter; a gap without a value is a `WordingError`."""
    token = links.token_for(letter)
    values = wording.values_for(letter, token, _next_check_in(letter))
    body: str | bytes
    if letter.channel == "sms":
        text, key = wording.text_message(letter, values)
        body, linked = text, values["link"] in text
    else:
        body, key = mail.write(letter, values, now), letter.email_key
        linked = "link" in mail.form(letter.protocol, letter.language, key).text.gaps
    return Draft(letter, uuid4(), key, body, token if linked else None)


def _next_check_in(letter: OutgoingMessage) -> datetime | None:
    """When the check-in after this reply's slot is due; only replies speak of it."""
    if not (letter.reply and letter.slot):
        return None
    surveys = Survey.objects.filter(injection=letter.injection)
    answered = surveys.filter(slot=letter.slot).values("due_at")[:1]
    later = surveys.filter(due_at__gt=answered, slot__in=_texted(letter.protocol))
    return later.order_by("due_at").values_list("due_at", flat=True).first()


def _texted(protocol: int) -> list[str]:
    return [slot.id for slot in by_id(protocol).slots.values() if slot.diary]


@dataclass(frozen=True, slots=True)
class Written:
    """What may go on the network now, by message, and what has ended instead, with the reason."""

    deliveries: dict[int, Delivery]
    ended: dict[int, str]


@transaction.atomic
def write(drafts: Sequence[Draft], now: datetime) -> Written:
    """Record one attempt a draft, and its link, before the network is touched.

    A draft gets none if its lease ran out meanwhile, for its message is somebody else's by now; if
    its injection has changed since the claim, so that it is looked at again at once; or if another
    worker used up the day's texts to its number, so that it waits for tomorrow.
    """
    decided = _decide_again(drafts, now)
    going = [each for each in drafts if each.letter.message not in decided]
    attempts = _insert(going, now)
    for each in going:
        if each.letter.message not in attempts:
            decided[each.letter.message] = Wait(now, JUST_CHANGED)
    ended = _put_back([each for each in drafts if each.letter.message in decided], decided, now)
    ours = (each for each in going if each.letter.message in attempts)
    deliveries = {
        each.letter.message: each.delivery(attempts[each.letter.message]) for each in ours
    }
    return Written(deliveries, ended)


def _decide_again(drafts: Sequence[Draft], now: datetime) -> dict[int, Wait | End]:
    """Count the day's texts once more, with the numbers locked; what may not go any more."""
    counted = [each for each in drafts if each.letter.counts]
    if not counted:
        return {}
    lock_all(Lock.NUMBER, (each.letter.address for each in counted))
    texts = _texts_today(counted)
    found: dict[int, Wait | End] = {}
    gone: Counter[tuple[str, bool]] = Counter()
    for each in counted:
        message = each.letter
        facts = facts_of(message, texts_today=texts[message.message] + gone[message.limit])
        decision = decide(facts, now)
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


def _texts_today(drafts: Sequence[Draft]) -> dict[int, int]:
    rows = [
        {
            "message": each.letter.message,
            "address": each.letter.address,
            "diary": each.letter.is_diary,
            "today": each.letter.today,
        }
        for each in drafts
    ]
    return dict(run_for_rows(__file__, "texts_today", rows))


def _insert(drafts: Sequence[Draft], now: datetime) -> dict[int, int]:
    """The ids of the new attempts, by message."""
    return dict(run_for_rows(__file__, "attempts", [_row(each) for each in drafts], now=now))


def _row(draft: Draft) -> dict[str, Any]:
    message = draft.letter
    purpose = links.purpose_of(message.purpose, message.slot)
    return {
        "reference": draft.reference,
        "message": message.message,
        "channel": message.channel,
        "address": message.address,
        "key": draft.key,
        "version": by_id(message.protocol).version,
        "hash": draft.digest,
        "token": draft.token and links.digest(draft.token).hex(),
        "purpose": purpose.value,
        "slot": message.slot,
        "ends": links.lasts_until(purpose, message.start, message.expires_at),
        "claim": message.attempts_made,
        "changed": message.changed_at,
    }


def _put_back(
    drafts: Sequence[Draft], decided: Mapping[int, Decision], now: datetime
) -> dict[int, str]:
    """Write what was decided instead of going; the messages that ended, with the reason."""
    rows = [
        {
            "id": each.letter.message,
            "claim": each.letter.attempts_made,
            **row_of(decided[each.letter.message]),
        }
        for each in drafts
    ]
    written = run_for_rows(__file__, "put_back", rows, now=now)
    return {message: reason for message, state, reason in written if state != "queued"}
