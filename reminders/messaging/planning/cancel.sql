-- Cancel messages that are still queued, each for its reason.
-- Tests: tests/reminders/messaging/test_rows.py
UPDATE reminders_message m SET state = 'cancelled', reason = n.reason, settled_at = %(now)s
FROM json_to_recordset(%(rows)s) AS n(id bigint, reason text)
WHERE m.id = n.id AND m.state = 'queued'
RETURNING m.id
