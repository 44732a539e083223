"""Patients are seen where they were registered or treated; in an emergency by others too."""

import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# Where a patient was treated first; where the clinic has one location, there. Others stay unknown.
FILL = [
    """
    UPDATE scheduling_patient SET location_id = (
        SELECT injection.location_id FROM scheduling_injection injection
        WHERE injection.patient_id = scheduling_patient.id ORDER BY injection.id LIMIT 1
    )
    WHERE id IN (SELECT patient_id FROM scheduling_injection)
    """,
    """
    UPDATE scheduling_patient SET location_id = (SELECT id FROM scheduling_location)
    WHERE location_id IS NULL AND (SELECT count(*) FROM scheduling_location) = 1
    """,
]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0020_cosignature"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EmergencyAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "emergency accesses",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="update_update",
        ),
        migrations.AddField(
            model_name="patient",
            name="location",
            field=models.ForeignKey(
                blank=True,
                help_text="Where the patient was registered; empty is unknown",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patients",
                to="scheduling.location",
            ),
        ),
        migrations.AddField(
            model_name="patientevent",
            name="location",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Where the patient was registered; empty is unknown",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="scheduling.location",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_patientevent" ("birth_date", "created_at", "deceased_at", "family_name", "given_name", "id", "language", "location_id", "mrn", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "zone") VALUES (NEW."birth_date", NEW."created_at", NEW."deceased_at", NEW."family_name", NEW."given_name", NEW."id", NEW."language", NEW."location_id", NEW."mrn", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reference", NEW."zone"); RETURN NULL;',
                    hash="1c5ad951c39e361acf24238644cede4bbb470d28",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b49cd",
                    table="scheduling_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_patientevent" ("birth_date", "created_at", "deceased_at", "family_name", "given_name", "id", "language", "location_id", "mrn", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "zone") VALUES (NEW."birth_date", NEW."created_at", NEW."deceased_at", NEW."family_name", NEW."given_name", NEW."id", NEW."language", NEW."location_id", NEW."mrn", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reference", NEW."zone"); RETURN NULL;',
                    hash="7a32b09973bd088b6b08ecece99dcf971b323ee5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_24073",
                    table="scheduling_patient",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="emergency_accesses",
                to="scheduling.patient",
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="emergencyaccess",
            index=models.Index(fields=["user", "patient", "until"], name="emergency_of_user"),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("at"))), name="ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="an_emergency_says_why"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6330c0cd020ac9b1ae808700c21ab475505ffe82",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_cc17b",
                    table="scheduling_emergencyaccess",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                django.db.models.functions.text.Upper("mrn"), name="patient_mrn_any_case"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
