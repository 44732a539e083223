"""What is measured on arrival, and the kind of task that asks a physician about it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import scheduling.fields
from django.conf import settings
from django.db import migrations, models


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
    "paused_drug",
    "new_data",
]
AFTER = [*BEFORE, "assessment"]


def checks(kinds):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_kind_check, "
        f"ADD CONSTRAINT {table}_kind_check CHECK (kind IN ({words}))"
        for table in TABLES
    ]


def kind():
    choices = [(word, word.replace("_", " ").capitalize()) for word in AFTER]
    return scheduling.fields.WordField(choices=choices, max_length=24)


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("scheduling", "0017_task_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(checks(AFTER), checks(BEFORE)),
        migrations.AlterField(model_name="task", name="kind", field=kind()),
        migrations.AlterField(model_name="taskevent", name="kind", field=kind()),
        migrations.CreateModel(
            name="ArrivalAssessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "systolic",
                    models.PositiveSmallIntegerField(blank=True, help_text="mmHg", null=True),
                ),
                (
                    "diastolic",
                    models.PositiveSmallIntegerField(blank=True, help_text="mmHg", null=True),
                ),
                (
                    "glucose",
                    models.PositiveSmallIntegerField(blank=True, help_text="mg/dL", null=True),
                ),
                (
                    "pregnancy_test",
                    scheduling.fields.WordField(
                        blank=True,
                        choices=[("negative", "Negative"), ("positive", "Positive")],
                        max_length=24,
                        null=True,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "injection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessment",
                        to="scheduling.injection",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArrivalAssessmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "systolic",
                    models.PositiveSmallIntegerField(blank=True, help_text="mmHg", null=True),
                ),
                (
                    "diastolic",
                    models.PositiveSmallIntegerField(blank=True, help_text="mmHg", null=True),
                ),
                (
                    "glucose",
                    models.PositiveSmallIntegerField(blank=True, help_text="mg/dL", null=True),
                ),
                (
                    "pregnancy_test",
                    scheduling.fields.WordField(
                        blank=True,
                        choices=[("negative", "Negative"), ("positive", "Positive")],
                        max_length=24,
                        null=True,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "injection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.injection",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="scheduling.arrivalassessment",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="arrivalassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("diastolic", None), ("systolic", None)),
                    models.Q(
                        ("diastolic__isnull", False),
                        ("systolic__gt", models.F("diastolic")),
                        ("systolic__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="blood_pressure_is_two_numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrivalassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("glucose", None), ("pregnancy_test", None), ("systolic", None), _negated=True
                ),
                name="an_assessment_measures_something",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="arrivalassessment",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_arrivalassessmentevent" ("at", "by_id", "diastolic", "glucose", "id", "injection_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pregnancy_test", "systolic") VALUES (NEW."at", NEW."by_id", NEW."diastolic", NEW."glucose", NEW."id", NEW."injection_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pregnancy_test", NEW."systolic"); RETURN NULL;',
                    hash="11d0cce45115ac68566a6c7f8f1c5ed8f0f57c64",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_03e1c",
                    table="scheduling_arrivalassessment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="arrivalassessment",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_arrivalassessmentevent" ("at", "by_id", "diastolic", "glucose", "id", "injection_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pregnancy_test", "systolic") VALUES (NEW."at", NEW."by_id", NEW."diastolic", NEW."glucose", NEW."id", NEW."injection_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pregnancy_test", NEW."systolic"); RETURN NULL;',
                    hash="250362433baa9760be4a9e94d67ce99af398d6e6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b14e1",
                    table="scheduling_arrivalassessment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="arrivalassessmentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="290d3bcc12422483a2404ddbc3e8b8d9ec770745",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_62a70",
                    table="scheduling_arrivalassessmentevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
