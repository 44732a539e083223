-- Advisory locks by name, taken in one order, so that two who want several never wait in a circle.
-- Tests: tests/reminders/messaging/test_dispatcher.py
SELECT pg_advisory_xact_lock(%(space)s, number) FROM (
    SELECT DISTINCT hashtext(name) AS number FROM unnest(%(names)s::text[]) AS t(name) ORDER BY 1
) ordered
