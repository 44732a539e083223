"""Tasks are told apart by their columns, and kinds are a closed vocabulary."""

import scheduling.fields
from django.db import migrations, models

# Django writes the CHECK of a column of words when it adds the column, not when it alters one.
TABLES = ("scheduling_task", "scheduling_taskevent")
KINDS = """
ALTER TABLE {table} ADD CONSTRAINT {table}_kind_check CHECK (kind IN (
    'planned', 'check', 'unplannable', 'other_side', 'link_locked', 'change_wanted', 'opted_out',
    'wrong_number', 'unknown_sender', 'patient_note', 'red_flag', 'flare', 'new_data'))
"""
ANY_KIND = "ALTER TABLE {table} DROP CONSTRAINT {table}_kind_check"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_task_causes_filled")]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="key",
            field=models.CharField(
                blank=True, help_text="What else tells causes apart", max_length=80
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=scheduling.fields.WordField(
                choices=[
                    ("planned", "Planned"),
                    ("check", "Check"),
                    ("unplannable", "Unplannable"),
                    ("other_side", "Other side"),
                    ("link_locked", "Link locked"),
                    ("change_wanted", "Change wanted"),
                    ("opted_out", "Opted out"),
                    ("wrong_number", "Wrong number"),
                    ("unknown_sender", "Unknown sender"),
                    ("patient_note", "Patient note"),
                    ("red_flag", "Red flag"),
                    ("flare", "Flare"),
                    ("new_data", "New data"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="taskevent",
            name="key",
            field=models.CharField(
                blank=True, help_text="What else tells causes apart", max_length=80
            ),
        ),
        migrations.AlterField(
            model_name="taskevent",
            name="kind",
            field=scheduling.fields.WordField(
                choices=[
                    ("planned", "Planned"),
                    ("check", "Check"),
                    ("unplannable", "Unplannable"),
                    ("other_side", "Other side"),
                    ("link_locked", "Link locked"),
                    ("change_wanted", "Change wanted"),
                    ("opted_out", "Opted out"),
                    ("wrong_number", "Wrong number"),
                    ("unknown_sender", "Unknown sender"),
                    ("patient_note", "Patient note"),
                    ("red_flag", "Red flag"),
                    ("flare", "Flare"),
                    ("new_data", "New data"),
                ],
                max_length=24,
            ),
        ),
        migrations.RunSQL(
            [KINDS.format(table=table) for table in TABLES],
            [ANY_KIND.format(table=table) for table in TABLES],
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                fields=("injection", "kind", "step", "revision", "occurrence", "key"),
                name="one_task_a_cause",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("injection__isnull", False),
                        ("kind__in", ["planned", "check"]),
                        models.Q(("step", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("kind__in", ["planned", "check"]), _negated=True),
                        ("occurrence", ""),
                        ("step", ""),
                    ),
                    _connector="OR",
                ),
                name="planned_tasks_and_checks_name_their_step",
            ),
        ),
    ]
