-- Write what was decided about messages that this transaction holds: one row a message in `rows`.
-- Going takes a lease and counts as an attempt; waiting sets the time of the next look.
-- Tests: tests/reminders/messaging/test_claim.py
UPDATE reminders_message m
SET state = n.state,
    reason = n.reason,
    settled_at = CASE WHEN n.state IN ('sending', 'queued') THEN NULL ELSE %(now)s END,
    retry_at = CASE WHEN n.state = 'queued' THEN n.until ELSE m.retry_at END,
    lease_until = CASE WHEN n.state = 'sending'
        THEN clock_timestamp() + make_interval(secs => %(lease)s) END,
    attempts_made = m.attempts_made + (n.state = 'sending')::int
FROM json_to_recordset(%(rows)s) AS n(id bigint, state text, reason text, until timestamptz)
WHERE m.id = n.id AND m.state = 'queued'
