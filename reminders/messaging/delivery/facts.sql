-- The facts of chosen messages (due.sql or queued.sql chooses them): one row a message. It decides
-- nothing. `routes` are its channels in the step's order, as JSON: channel, address, contact, whether
-- no text has gone to it, consent, opt-out, why the carrier refused, attempts that found it away, and
-- the texts of this kind that have gone to the address since the patient's midnight, and those of
-- them that give way, as eligibility.gives_way says.
-- Columns: outgoing.OutgoingMessage. Tests: tests/reminders/messaging/test_claim.py
WITH chosen AS MATERIALIZED ({chosen})
SELECT m.id, m.reference, m.step, m.slot, m.number, m.total, m.reply, m.preparation, m.purpose,
    m.sms_key, m.email_key, m.send_at, m.expires_at, m.attempts_made + 1, m.revision, m.states, p.language,
    i.id, i.reference, i.revision, i.state, i.changed_at, lower(i.during), upper(i.during),
    o.sedation, l.name, l.phone, l.address, l.zone, p.zone, l.policy::text, prep.protocol_id,
    p.deceased_at IS NOT NULL, prep.reconciled_at IS NOT DISTINCT FROM i.changed_at,
    today.began, coalesce(route.list, '[]')::text
FROM chosen m
JOIN scheduling_injection i ON i.id = m.injection_id
JOIN scheduling_order o ON o.id = i.order_id
JOIN scheduling_patient p ON p.id = m.patient_id
JOIN scheduling_location l ON l.id = i.location_id
LEFT JOIN reminders_preparation prep ON prep.injection_id = i.id
CROSS JOIN LATERAL (
    SELECT date_trunc('day', %(now)s AT TIME ZONE p.zone) AT TIME ZONE p.zone AS began
) today
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(
        w.channel, c.value, c.id, c.first_text_at IS NULL AND w.channel = 'sms',
        EXISTS (
            SELECT FROM scheduling_consent s
            WHERE s.patient_id = m.patient_id AND s.purpose = m.purpose
              AND s.channel = w.channel AND s.revoked_at IS NULL
        ),
        EXISTS (
            SELECT FROM scheduling_optout x
            WHERE x.channel = w.channel AND x.value = c.value AND x.lifted_at IS NULL
        ),
        tried.refused, tried.unavailable, told.texts, told.light
    ) ORDER BY w.place) AS list
    FROM unnest(m.channels) WITH ORDINALITY AS w(channel, place)
    LEFT JOIN scheduling_contactpoint c
        ON c.patient_id = m.patient_id AND c.channel = w.channel AND c.active
    LEFT JOIN LATERAL (
        SELECT max(coalesce(nullif(a.error, ''), 'refused')) FILTER (
                WHERE a.state IN ('refused', 'undelivered')) AS refused,
            count(*) FILTER (WHERE a.state = 'unavailable') AS unavailable
        FROM reminders_attempt a
        WHERE m.attempts_made > 0 AND a.message_id = m.id AND a.channel = w.channel
    ) tried ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS texts,
            count(*) FILTER (WHERE NOT am.preparation AND am.slot = '') AS light
        FROM reminders_attempt a JOIN reminders_message am ON am.id = a.message_id
        WHERE w.channel = 'sms' AND NOT m.reply AND a.channel = 'sms' AND a.address = c.value
          AND a.handed_at >= today.began AND a.state NOT IN ('refused', 'unavailable')
          AND NOT am.reply AND (am.purpose = 'diary') = (m.purpose = 'diary')
    ) told ON true
) route ON true
