-- Write what became of attempts and of their messages: one row an attempt in `rows`.
-- The attempt before its message, as receipts lock them: they come while a chunk is being settled.
-- The second update reads the first; PostgreSQL runs one that nobody reads after all others. It
-- finds its rows by their keys: to the planner, whose figures never see any leased messages, the
-- index of the leased ones looks like one row, and it would read all of it for each.
-- Tests: tests/reminders/messaging/test_results.py
WITH n AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS r(
        attempt bigint, message bigint, attempt_state text, provider_id text, error text,
        state text, reason text, retry timestamptz, claim int
    )
),
attempted AS (
    UPDATE reminders_attempt a
    SET state = CASE WHEN a.state = 'handed' THEN n.attempt_state ELSE a.state END,
        settled_at = CASE WHEN a.state = 'handed' AND n.attempt_state <> 'handed'
            THEN %(now)s ELSE a.settled_at END,
        provider_id = CASE WHEN n.provider_id <> '' THEN n.provider_id ELSE a.provider_id END,
        error = CASE WHEN a.state = 'handed' THEN n.error ELSE a.error END
    FROM n WHERE a.id = n.attempt
    RETURNING n.*
)
UPDATE reminders_message m
SET state = n.state, reason = n.reason,
    retry_at = CASE WHEN n.state = 'queued' THEN n.retry ELSE m.retry_at END,
    lease_until = CASE WHEN n.state = 'sending'
        THEN clock_timestamp() + make_interval(secs => %(ask_after)s) END,
    settled_at = CASE WHEN n.state IN ('queued', 'sending') THEN NULL ELSE %(now)s END
FROM attempted n
WHERE m.id = n.message AND coalesce(m.state, '') = 'sending' AND m.attempts_made = n.claim
RETURNING m.id, m.state, m.reason
