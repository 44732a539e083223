-- New messages, one a row of `rows`; those that came too late have ended already, with `ended`.
-- The patient is the injection's. Tests: tests/reminders/messaging/test_rows.py
INSERT INTO reminders_message
    (reference, injection_id, patient_id, revision, step, occurrence, slot, number, total, purpose,
     states, channels, sms_key, email_key, folds, preparation, retry_when_unknown, send_at, expires_at,
     reply, attempts_made, state, reason, settled_at)
SELECT gen_random_uuid(), i.id, i.patient_id, n.revision, n.step, n.occurrence, n.slot, n.number,
    n.total, n.purpose, n.states, n.channels, n.sms_key, n.email_key, n.folds, n.preparation,
    n.retry_when_unknown, n.send_at, n.expires_at, false, 0, %(state)s, %(reason)s,
    %(ended)s::timestamptz
FROM ROWS FROM (json_to_recordset(%(rows)s) AS (
    injection bigint, revision int, step text, occurrence text, slot text, number smallint,
    total smallint, purpose text, states varchar[], channels varchar[], sms_key text,
    email_key text, folds varchar[], preparation boolean, retry_when_unknown boolean,
    send_at timestamptz, expires_at timestamptz
)) WITH ORDINALITY AS n
JOIN scheduling_injection i ON i.id = n.injection
ORDER BY n.ordinality
RETURNING id
