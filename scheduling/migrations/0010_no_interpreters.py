"""Interpreters are no resources: no page could book one. The screening answer says who is booked."""

import scheduling.fields
from django.db import migrations

FORGET = """
DELETE FROM scheduling_weeklyhours h USING scheduling_resource r
    WHERE h.resource_id = r.id AND r.kind = 'interpreter';
DELETE FROM scheduling_closure c USING scheduling_resource r
    WHERE c.resource_id = r.id AND r.kind = 'interpreter';
DELETE FROM scheduling_resource WHERE kind = 'interpreter'
"""
KINDS = ["physician", "suite", "c_arm", "nurse", "bay"]


def check(kinds):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""
    ALTER TABLE scheduling_resource
        DROP CONSTRAINT scheduling_resource_kind_check,
        ADD CONSTRAINT scheduling_resource_kind_check CHECK (kind IN ({words}))
    """


class Migration(migrations.Migration):
    atomic = False  # rows of a table that was just written to could not be checked anew at once

    dependencies = [("scheduling", "0009_task_causes_only")]

    operations = [
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        migrations.RunSQL(check(KINDS), check([*KINDS, "interpreter"])),
        migrations.AlterField(
            model_name="resource",
            name="kind",
            field=scheduling.fields.WordField(
                choices=[
                    ("physician", "Physician"),
                    ("suite", "Suite"),
                    ("c_arm", "C-arm"),
                    ("nurse", "Nurse"),
                    ("bay", "Bay"),
                ],
                max_length=24,
            ),
        ),
    ]
