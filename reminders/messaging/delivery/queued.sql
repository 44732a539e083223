-- What is queued for one injection, for its page: nothing is locked.
-- Tests: tests/reminders/messaging/test_timeline.py
SELECT m.* FROM reminders_message m
WHERE m.injection_id = %(injection)s AND m.state = 'queued'
