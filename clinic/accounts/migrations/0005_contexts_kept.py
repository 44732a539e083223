"""The context of a change is added or found, never updated: see clinic/history.py."""

from django.db import migrations

ATTACH = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS pghistory_context.id%TYPE AS $$
DECLARE
    said_id text := nullif(current_setting('pghistory.context_id', true), '');
    said text := nullif(current_setting('pghistory.context_metadata', true), '');
BEGIN
    IF said_id IS NULL OR said IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
        VALUES (said_id::uuid, said::jsonb, now(), now())
        ON CONFLICT (id) DO NOTHING;
    RETURN said_id::uuid;
END;
$$ LANGUAGE plpgsql
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_second_factors"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [migrations.RunSQL(ATTACH, migrations.RunSQL.noop)]
