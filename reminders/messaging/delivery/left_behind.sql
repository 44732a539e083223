-- Take messages whose lease ran out, for as long as we ask what became of them.
-- Index: message_leased. Tests: tests/reminders/messaging/test_recovery.py
UPDATE reminders_message m SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
FROM (
    SELECT id FROM reminders_message
    WHERE state = 'sending' AND lease_until < clock_timestamp()
    ORDER BY lease_until LIMIT %(batch)s FOR UPDATE SKIP LOCKED
) AS left_behind
WHERE m.id = left_behind.id
RETURNING m.id
