-- Note which change of each injection its rows agree with, and when its plan next asks a person.
-- What is noted already is not written. Tests: tests/reminders/messaging/test_outbox.py
UPDATE reminders_preparation p SET reconciled_at = n.seen, next_task_at = n.next_task
FROM json_to_recordset(%(rows)s) AS n(injection bigint, seen timestamptz, next_task timestamptz)
WHERE p.injection_id = n.injection
  AND (p.reconciled_at, p.next_task_at) IS DISTINCT FROM (n.seen, n.next_task)
