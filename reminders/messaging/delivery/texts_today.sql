-- How many texts of each kind have gone to these numbers since each patient's midnight, and how many
-- of them give way, as eligibility.gives_way says. Another worker may have written to them since the
-- claim; the caller holds the numbers' locks.
-- Tests: tests/reminders/messaging/test_dispatcher.py
SELECT n.message, count(a.id), count(a.id) FILTER (WHERE a.light)
FROM json_to_recordset(%(rows)s)
    AS n(message bigint, address text, diary boolean, today timestamptz)
LEFT JOIN LATERAL (
    SELECT a.id, NOT am.preparation AND am.slot = '' AS light
    FROM reminders_attempt a JOIN reminders_message am ON am.id = a.message_id
    WHERE a.channel = 'sms' AND a.address = n.address AND a.handed_at >= n.today
      AND a.state NOT IN ('refused', 'unavailable')
      AND NOT am.reply AND (am.purpose = 'diary') = n.diary
) a ON true
GROUP BY n.message
