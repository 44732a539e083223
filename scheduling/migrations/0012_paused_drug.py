"""One more kind of task: a drug that may be paused for an injection that is not as it was."""

import scheduling.fields
from django.db import migrations

TABLES = ("scheduling_task", "scheduling_taskevent")
BEFORE = [
    "planned",
    "check",
    "unplannable",
    "other_side",
    "link_locked",
    "change_wanted",
    "opted_out",
    "wrong_number",
    "unknown_sender",
    "patient_note",
    "red_flag",
    "flare",
    "new_data",
]
AFTER = [*BEFORE[:-1], "paused_drug", "new_data"]


def checks(kinds):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_kind_check, "
        f"ADD CONSTRAINT {table}_kind_check CHECK (kind IN ({words}))"
        for table in TABLES
    ]


def field():
    choices = [(kind, kind.replace("_", " ").capitalize()) for kind in AFTER]
    return scheduling.fields.WordField(choices=choices, max_length=24)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_plain_names")]

    operations = [
        migrations.RunSQL(checks(AFTER), checks(BEFORE)),
        migrations.AlterField(model_name="task", name="kind", field=field()),
        migrations.AlterField(model_name="taskevent", name="kind", field=field()),
    ]
