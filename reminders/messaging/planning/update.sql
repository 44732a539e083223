-- Give messages what the plan says now: queued ones follow it, cancelled ones come back. A back-off
-- belonged to another time when the message has moved forward.
-- Tests: tests/reminders/messaging/test_rows.py
UPDATE reminders_message m
SET state = 'queued', reason = '', settled_at = NULL,
    slot = n.slot, number = n.number, total = n.total, purpose = n.purpose, states = n.states,
    channels = n.channels, sms_key = n.sms_key, email_key = n.email_key, folds = n.folds,
    preparation = n.preparation, retry_when_unknown = n.retry_when_unknown,
    send_at = n.send_at, expires_at = n.expires_at,
    retry_at = CASE WHEN n.send_at < m.send_at THEN NULL ELSE m.retry_at END
FROM json_to_recordset(%(rows)s) AS n(
    id bigint, slot text, number smallint, total smallint, purpose text, states varchar[],
    channels varchar[], sms_key text, email_key text, folds varchar[], preparation boolean,
    retry_when_unknown boolean, send_at timestamptz, expires_at timestamptz
)
WHERE m.id = n.id AND m.state IN ('queued', 'cancelled')
RETURNING m.id
