"""Claiming what is due: one statement that takes messages and asks whether each may still leave.

A lease is measured by the database's own clock: it guards against dead workers, not against time
that the demonstration moves. It must outlive one network call; the courier renews it meanwhile.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from reminders.messaging.arrays import column
from reminders.messaging.delivery.outgoing import OutgoingMessage
from reminders.models import ProtocolVersion
from reminders.protocols import by_id
from reminders.rules.replies import Meaning

LEASE = 30  # seconds
LOOK_AGAIN = 5  # seconds until a message whose visit has just changed is looked at again
PATIENCE = 15  # minutes a message waits for its first channel to recover before it takes the next
TIRED = 3  # attempts that found a channel unavailable, after which the next channel comes first
LAST_WORDS = {Meaning.STOP: "SMS21"}  # the one text that may follow an opt-out

CLAIM = """
WITH due AS MATERIALIZED (
    SELECT m.*, m.ctid AS place FROM reminders_message m
    WHERE m.state = 'queued' AND coalesce(m.retry_at, m.send_at) <= %(now)s
    ORDER BY coalesce(m.retry_at, m.send_at)
    LIMIT {limit}
    FOR UPDATE SKIP LOCKED
),
facts AS MATERIALIZED (
    SELECT due.*, i.revision AS visit_revision, i.state AS visit_state, i.reference AS visit,
        i.during, i.location_id, o.sedation, p.language, p.deceased_at, l.name AS clinic,
        l.phone AS clinic_phone, l.address AS clinic_address, l.zone, l.policy, prep.protocol_id,
        prep.reconciled_at IS NOT DISTINCT FROM i.changed_at AS planned,
        %(now)s AT TIME ZONE p.zone AS wall, p.zone AS home,
        coalesce((l.policy->>'waking_from')::time, house.opens) AS opens,
        coalesce((l.policy->>'waking_until')::time, house.closes) AS closes,
        way.channel, way.address, way.contact, way.first, way.obstacle, way.told, way.cap,
        row_number() OVER (
            PARTITION BY way.address, due.purpose = 'diary', due.reply, due.expires_at > %(now)s
            ORDER BY due.id
        ) AS nth
    FROM due
    JOIN scheduling_injection i ON i.id = due.injection_id
    JOIN scheduling_order o ON o.id = i.order_id
    JOIN scheduling_patient p ON p.id = due.patient_id
    JOIN scheduling_location l ON l.id = i.location_id
    LEFT JOIN reminders_preparation prep ON prep.injection_id = i.id
    LEFT JOIN unnest(  -- what its own version of the protocol says; an answer may have no version
        %(versions)s::bigint[], %(opens)s::time[], %(closes)s::time[], %(reminders)s::int[],
        %(diary)s::int[]
    ) AS house(version, opens, closes, reminders, diary) ON house.version = prep.protocol_id
    LEFT JOIN LATERAL (
        SELECT each.* FROM (
            SELECT w.channel, w.place, c.value AS address, c.id AS contact, told.texts AS told,
                c.first_text_at IS NULL AND w.channel = 'sms' AS first, told.cap,
                CASE
                    WHEN c.id IS NULL THEN 'no address on file'
                    WHEN NOT due.reply AND NOT EXISTS (
                        SELECT FROM scheduling_consent s
                        WHERE s.patient_id = due.patient_id AND s.purpose = due.purpose
                          AND s.channel = w.channel AND s.revoked_at IS NULL
                    ) THEN 'no consent for ' || due.purpose
                    WHEN NOT (due.reply AND due.sms_key = ANY(%(last_words)s)) AND EXISTS (
                        SELECT FROM scheduling_optout x
                        WHERE x.channel = w.channel AND x.value = c.value AND x.lifted_at IS NULL
                    ) THEN 'opted out'
                    WHEN tried.refused IS NOT NULL THEN tried.refused
                    ELSE ''
                END AS obstacle,
                coalesce(tried.unavailable, 0) >= %(tired)s
                    OR w.channel = ANY(%(resting)s)
                       AND %(now)s > due.send_at + make_interval(mins => %(patience)s) AS behind
            FROM unnest(due.channels) WITH ORDINALITY AS w(channel, place)
            LEFT JOIN scheduling_contactpoint c
                ON c.patient_id = due.patient_id AND c.channel = w.channel AND c.active
            LEFT JOIN LATERAL (
                SELECT max(coalesce(nullif(a.error, ''), 'refused')) FILTER (
                        WHERE a.state IN ('refused', 'undelivered')) AS refused,
                    count(*) FILTER (WHERE a.state = 'unavailable') AS unavailable
                FROM reminders_attempt a
                WHERE due.attempts_made > 0 AND a.message_id = due.id AND a.channel = w.channel
            ) tried ON true
            LEFT JOIN LATERAL (
                SELECT count(*) AS texts,
                    CASE WHEN due.purpose = 'diary'
                        THEN coalesce((l.policy->>'diary_per_day')::int, house.diary)
                        ELSE coalesce((l.policy->>'reminders_per_day')::int, house.reminders)
                    END AS cap
                FROM reminders_attempt a JOIN reminders_message am ON am.id = a.message_id
                WHERE w.channel = 'sms' AND a.channel = 'sms' AND a.address = c.value
                  AND a.handed_at
                      >= date_trunc('day', %(now)s AT TIME ZONE p.zone) AT TIME ZONE p.zone
                  AND a.state NOT IN ('refused', 'unavailable')
                  AND NOT am.reply AND (am.purpose = 'diary') = (due.purpose = 'diary')
            ) told ON true
            OFFSET 0  -- judge each channel once, not again for every line of the ORDER BY
        ) each
        ORDER BY each.obstacle <> '', each.told >= each.cap, each.behind, each.place
        LIMIT 1
    ) way ON true
),
judged AS (
    SELECT facts.*,
        CASE
            WHEN %(now)s >= expires_at THEN 'late'
            WHEN deceased_at IS NOT NULL THEN 'died'
            WHEN NOT reply AND revision <> visit_revision THEN 'superseded'
            WHEN NOT reply AND NOT visit_state = ANY(states) THEN 'unfit'
            WHEN NOT reply AND NOT planned THEN 'unplanned'
            WHEN send_at > %(now)s THEN 'early'
            WHEN obstacle <> '' THEN 'unreachable'
            WHEN NOT reply
                AND NOT date_trunc('minute', wall)::time BETWEEN opens AND closes THEN 'asleep'
            WHEN channel = 'sms' AND NOT reply AND told + nth > cap THEN 'capped'
            WHEN channel = ANY(%(resting)s) THEN 'resting'
            WHEN row_number() OVER (PARTITION BY channel, reply ORDER BY id)
                > (%(chunks)s::jsonb->>channel)::int THEN 'next chunk'
            ELSE 'go'
        END AS verdict
    FROM facts
),
decided AS (
    SELECT judged.*,
        CASE verdict
            WHEN 'unplanned' THEN %(now)s + make_interval(secs => %(look_again)s)
            WHEN 'early' THEN send_at
            WHEN 'asleep' THEN
                (wall::date + (wall::time >= opens)::int + opens) AT TIME ZONE home
            WHEN 'capped' THEN (wall::date + 1 + opens) AT TIME ZONE home
            WHEN 'resting' THEN %(rested)s::timestamptz
        END AS wait,
        CASE verdict
            WHEN 'late' THEN 'its time had passed'
            WHEN 'died' THEN 'the patient has died'
            WHEN 'superseded' THEN 'superseded by revision ' || visit_revision
            WHEN 'unfit' THEN 'the visit is ' || replace(visit_state, '_', ' ')
            WHEN 'unreachable' THEN left(channel || ': ' || obstacle, 160)
            WHEN 'asleep' THEN 'no waking hour is left before it becomes useless'
            WHEN 'capped' THEN 'the daily limit of texts to this number is reached'
            WHEN 'resting' THEN 'the carrier is out of service'
            ELSE 'the visit changed too late'
        END AS why
    FROM judged WHERE verdict <> 'next chunk'
),
ruled AS (
    SELECT decided.*,
        CASE
            WHEN verdict = 'go' THEN 'sending'
            WHEN verdict IN ('died', 'superseded', 'unfit') THEN 'cancelled'
            WHEN verdict = 'unreachable' THEN 'failed'
            WHEN verdict = 'late' OR wait >= expires_at THEN 'expired'
            ELSE 'queued'
        END AS ruling
    FROM decided
)
UPDATE reminders_message m
SET state = r.ruling,
    reason = CASE WHEN r.ruling IN ('sending', 'queued') THEN '' ELSE r.why END,
    settled_at = CASE WHEN r.ruling IN ('sending', 'queued') THEN NULL ELSE %(now)s END,
    retry_at = CASE WHEN r.ruling = 'queued' THEN r.wait ELSE m.retry_at END,
    lease_until = CASE WHEN r.ruling = 'sending'
        THEN clock_timestamp() + make_interval(secs => %(lease)s) END,
    attempts_made = m.attempts_made + (r.ruling = 'sending')::int
FROM ruled r WHERE m.ctid = r.place AND m.state = 'queued'
RETURNING m.state, m.reason, m.id, m.reference, m.step, m.slot, m.number, m.total, m.reply,
    m.purpose, m.sms_key, m.email_key, m.expires_at, m.attempts_made, r.channel, r.address,
    CASE WHEN r.channel = 'sms' AND NOT m.reply THEN r.cap END,
    date_trunc('day', r.wall) AT TIME ZONE r.home, r.contact, r.first, r.language, m.injection_id,
    r.visit, r.visit_revision, r.visit_state, lower(r.during), upper(r.during), r.sedation,
    r.clinic, r.clinic_phone, r.clinic_address, r.zone, r.home, r.policy::text, r.protocol_id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim took. `touched` counts every message it looked at and ruled on.

    `ended` are messages that may not leave any more, with the reason.
    """

    letters: list[OutgoingMessage]
    ended: dict[int, str]
    touched: int


def claim(
    now: datetime,
    limit: int,
    chunks: Mapping[str, int],
    resting: Collection[str] = (),
    rested: datetime | None = None,
) -> Claim:
    """Take at most `limit` due messages, `chunks` of them a channel, for this worker alone.

    `resting` channels get nothing before `rested`.
    """
    values: dict[str, Any] = {
        "now": now,
        "chunks": json.dumps(dict(chunks)),
        "resting": list(resting),
        "rested": rested,
        "lease": LEASE,
        "look_again": LOOK_AGAIN,
        "patience": PATIENCE,
        "tired": TIRED,
        "last_words": list(LAST_WORDS.values()),
        **_house(),
    }
    with connection.cursor() as cursor:
        # Django's own way of reading times is slow, and only needed for zones other than UTC.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        # The planner must know how few rows there will be, so this is no parameter.
        cursor.execute(CLAIM.replace("{limit}", str(int(limit))), values)
        rows = cursor.fetchall()
    letters = [OutgoingMessage._make(row[2:]) for row in rows if row[0] == "sending"]
    ended = {row[2]: row[1] for row in rows if row[0] in ("cancelled", "expired", "failed")}
    return Claim(letters, ended, len(rows))


def _house() -> dict[str, str]:
    """Waking hours and daily limits of every version of the protocol, as columns."""
    versions = list(ProtocolVersion.objects.order_by("pk").values_list("pk", flat=True))
    policies = [by_id(version).policy for version in versions]
    return {
        "versions": column(versions),
        "opens": column(str(policy.waking_from) for policy in policies),
        "closes": column(str(policy.waking_until) for policy in policies),
        "reminders": column(policy.reminders_per_day for policy in policies),
        "diary": column(policy.diary_per_day for policy in policies),
    }
