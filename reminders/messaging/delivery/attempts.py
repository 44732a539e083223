"""Writing down what is about to be said, before the network is touched."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from reminders.messaging.arrays import column
from reminders.messaging.channels.base import Parcel
from reminders.messaging.content import links, mail, wording
from reminders.messaging.delivery.outgoing import OutgoingMessage
from reminders.models import Survey
from reminders.protocols import by_id
from scheduling.locks import Lock

NUMBER_LOCK = (
    Lock.NUMBER.value
)  # the first half of an advisory lock's key; the second is the number's hash
TURN = """
SELECT pg_advisory_xact_lock(%s, number) FROM (
    SELECT DISTINCT hashtext(address) AS number FROM unnest(%s::text[]) AS t(address) ORDER BY 1
) turns
"""
WRITE = """
WITH n AS (
    SELECT * FROM unnest(
        %(references)s::uuid[], %(messages)s::bigint[], %(channels)s::text[], %(addresses)s::text[],
        %(keys)s::text[], %(versions)s::text[], %(hashes)s::text[], %(tokens)s::text[],
        %(purposes)s::text[], %(slots)s::text[], %(ends)s::timestamptz[], %(claims)s::int[],
        %(caps)s::int[], %(days)s::timestamptz[]
    ) AS t(reference, message, channel, address, key, version, hash, token, purpose, slot, ends,
        claim, cap, today)
),
ours AS (  -- still: a worker that slept too long has lost its messages to another
    SELECT n.*, m.injection_id, m.purpose = 'diary' AS diary
    FROM n, LATERAL (  -- by its key: the index of leased messages looks like one row to the planner
        SELECT * FROM reminders_message WHERE id = n.message OFFSET 0
    ) m
    WHERE m.state = 'sending' AND m.attempts_made = n.claim AND m.lease_until > clock_timestamp()
),
counted AS (
    SELECT ours.*, told.texts
        + row_number() OVER (PARTITION BY address, diary, cap IS NULL ORDER BY message) AS nth
    FROM ours, LATERAL (  -- again: another worker may have written to the same numbers meanwhile
        SELECT count(*) AS texts
        FROM reminders_attempt a JOIN reminders_message am ON am.id = a.message_id
        WHERE ours.cap IS NOT NULL AND a.channel = 'sms' AND a.address = ours.address
          AND a.handed_at >= ours.today AND a.state NOT IN ('refused', 'unavailable')
          AND NOT am.reply AND (am.purpose = 'diary') = ours.diary
        OFFSET 0
    ) told
),
fitting AS (SELECT * FROM counted WHERE cap IS NULL OR nth <= cap),
linked AS (
    INSERT INTO reminders_link
        (token_sha256, purpose, injection_id, message_id, slot, created_at, expires_at, tries)
    SELECT decode(token, 'hex'), purpose, injection_id, message, slot, %(now)s, ends, 0
    FROM fitting WHERE token IS NOT NULL
    ON CONFLICT (message_id) DO NOTHING
)
INSERT INTO reminders_attempt
    (reference, message_id, channel, address, state, provider_id, handed_at, error, text_key,
     protocol_version, body_sha256)
SELECT reference, message, channel, address, 'handed', '', %(now)s, '', key, version, hash
FROM fitting
RETURNING message_id, id
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter with its words. `token` is None where the words hold no link."""

    letter: OutgoingMessage
    reference: UUID
    key: str
    body: str | bytes
    token: str | None

    def parcel(self, attempt: int) -> Parcel:
        """What the channel gets."""
        letter = self.letter
        return Parcel(attempt, self.reference, letter.address, self.body, letter.expires_at)

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


def write(drafts: Sequence[Draft], now: datetime) -> dict[int, Parcel]:
    """Record one attempt a draft, and its link, in one statement; the parcels by message.

    A draft gets none if its lease ran out meanwhile, for its message is somebody else's by now, or
    if another worker used up the day's texts to its number: it waits for its lease to end.
    """
    if not drafts:
        return {}
    columns: dict[str, Any] = {
        "now": now,
        "references": column(str(each.reference) for each in drafts),
        "messages": column(each.letter.message for each in drafts),
        "channels": column(each.letter.channel for each in drafts),
        "addresses": column(each.letter.address for each in drafts),
        "keys": column(each.key for each in drafts),
        "versions": column(by_id(each.letter.protocol).version for each in drafts),
        "hashes": column(each.digest for each in drafts),
        "claims": column(each.letter.attempts_made for each in drafts),
        "caps": column(each.letter.cap for each in drafts),
        "days": column(str(each.letter.today) for each in drafts),
        **_links(drafts),
    }
    numbers = column(each.letter.address for each in drafts if each.letter.cap is not None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TURN, [NUMBER_LOCK, numbers])
        cursor.execute(WRITE, columns)
        attempts = dict(cursor.fetchall())
    ours = (each for each in drafts if each.letter.message in attempts)
    return {each.letter.message: each.parcel(attempts[each.letter.message]) for each in ours}


def _links(drafts: Sequence[Draft]) -> dict[str, str]:
    """The columns of the link rows."""
    letters = [each.letter for each in drafts]
    purposes = [links.purpose_of(each.purpose, each.slot) for each in letters]
    return {
        "tokens": column(each.token and links.digest(each.token).hex() for each in drafts),
        "purposes": column(purposes),
        "slots": column(each.slot for each in letters),
        "ends": column(
            str(links.lasts_until(purpose, letter.start, letter.expires_at))
            for purpose, letter in zip(purposes, letters, strict=True)
        ),
    }
