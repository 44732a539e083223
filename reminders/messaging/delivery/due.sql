-- Take the due messages that come first for this transaction alone; other workers pass over them.
-- Index: message_due. Tests: tests/reminders/messaging/test_claim.py
SELECT m.* FROM reminders_message m
WHERE m.state = 'queued' AND coalesce(m.retry_at, m.send_at) <= %(now)s
ORDER BY coalesce(m.retry_at, m.send_at)
LIMIT {limit}
FOR UPDATE SKIP LOCKED
