"""Turns at patients and resources: three questions that are one statement each.

Advisory locks of three kinds: 5301 is a patient's turn, 5302 a resource's. Who has a resource's
turn also closes its gate, 5304, where those who come later wait together and hold nothing up.
"""

from django.db import migrations

QUEUE_UP = """
CREATE FUNCTION scheduling_queue_up(patient int, resources int[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5301, patient);
    PERFORM pg_advisory_xact_lock(5302, id) FROM unnest(resources) AS id;
    PERFORM pg_advisory_xact_lock(5304, id) FROM unnest(resources) AS id;
END $$
"""

# One after the other: who goes on trying behind a lock that is taken is in the way of its owner.
STEP_UP = """
CREATE FUNCTION scheduling_step_up(patient int, resources int[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    resource int;
BEGIN
    IF NOT pg_try_advisory_xact_lock(5301, patient) THEN
        RETURN false;
    END IF;
    FOREACH resource IN ARRAY resources LOOP
        IF NOT pg_try_advisory_xact_lock(5302, resource) THEN
            RETURN false;
        END IF;
    END LOOP;
    PERFORM pg_advisory_xact_lock(5304, id) FROM unnest(resources) AS id;
    RETURN true;
END $$
"""

# Volatile, so that the second statement sees what was committed while the first one waited.
GONE = """
CREATE FUNCTION scheduling_gone(wait boolean, resources int[], spans tstzrange[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF wait THEN
        PERFORM pg_advisory_xact_lock_shared(5304, id) FROM unnest(resources) AS id;
    END IF;
    RETURN array(
        SELECT wanted.id FROM unnest(resources::bigint[], spans) AS wanted(id, during)
        WHERE EXISTS (
            SELECT FROM scheduling_reservation r
            WHERE r.resource_id = wanted.id AND r.during && wanted.during
              AND r.live AND NOT r.overbooked
        )
    );
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0005_visit_of_patient"),
    ]

    operations = [
        migrations.RunSQL(QUEUE_UP, "DROP FUNCTION scheduling_queue_up(int, int[])"),
        migrations.RunSQL(STEP_UP, "DROP FUNCTION scheduling_step_up(int, int[])"),
        migrations.RunSQL(GONE, "DROP FUNCTION scheduling_gone(boolean, int[], tstzrange[])"),
    ]
