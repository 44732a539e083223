-- Write one attempt and its link for each message that is still ours and still about the same
-- injection: same claim, lease not over, and nothing changed since the facts were read. A change of
-- revision, state, consent, contact or opt-out moves the injection's `changed_at`.
-- Tests: tests/reminders/messaging/test_dispatcher.py
WITH n AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS r(
        reference uuid, message bigint, channel text, address text, key text, version text,
        hash text, token text, purpose text, slot text, ends timestamptz, claim int,
        changed timestamptz
    )
),
ours AS (
    SELECT n.*, m.injection_id
    FROM n, LATERAL (  -- by its key: the index of leased messages looks like one row to the planner
        SELECT * FROM reminders_message WHERE id = n.message OFFSET 0
    ) m
    JOIN scheduling_injection i ON i.id = m.injection_id
    WHERE m.state = 'sending' AND m.attempts_made = n.claim
      AND m.lease_until > clock_timestamp() AND i.changed_at = n.changed
),
linked AS (
    INSERT INTO reminders_link
        (token_sha256, purpose, injection_id, message_id, slot, created_at, expires_at)
    SELECT decode(token, 'hex'), purpose, injection_id, message, slot, %(now)s, ends
    FROM ours WHERE token IS NOT NULL
    ON CONFLICT (message_id) DO NOTHING
)
INSERT INTO reminders_attempt
    (reference, message_id, channel, address, state, provider_id, handed_at, error, text_key,
     protocol_version, body_sha256)
SELECT reference, message, channel, address, 'handed', '', %(now)s, '', key, version, hash
FROM ours
RETURNING message_id, id
