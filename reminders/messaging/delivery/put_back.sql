-- Give back messages that were claimed and not handed over; such a claim is no attempt.
-- Tests: tests/reminders/messaging/test_dispatcher.py
UPDATE reminders_message m
SET state = n.state, reason = n.reason, lease_until = NULL,
    settled_at = CASE WHEN n.state = 'queued' THEN NULL ELSE %(now)s END,
    retry_at = CASE WHEN n.state = 'queued' THEN n.until ELSE m.retry_at END,
    attempts_made = m.attempts_made - (n.state = 'queued')::int
FROM json_to_recordset(%(rows)s)
    AS n(id bigint, claim int, state text, reason text, until timestamptz)
WHERE m.id = n.id AND m.state = 'sending' AND m.attempts_made = n.claim
RETURNING m.id, m.state, m.reason
