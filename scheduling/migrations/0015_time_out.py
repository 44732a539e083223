"""What is checked with the patient before the needle: identifiers, side, driver."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import scheduling.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("scheduling", "0014_sedation_given"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TimeOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "identifiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=scheduling.fields.WordField(
                            choices=[
                                ("name", "Name"),
                                ("birth_date", "Birth date"),
                                ("mrn", "MRN"),
                                ("address", "Address"),
                                ("phone", "Phone"),
                            ],
                            max_length=24,
                        ),
                        size=None,
                    ),
                ),
                (
                    "side",
                    scheduling.fields.WordField(
                        choices=[("left", "Left"), ("right", "Right"), ("bilateral", "Bilateral")],
                        help_text="As the patient says it",
                        max_length=24,
                    ),
                ),
                (
                    "driver_seen",
                    models.BooleanField(blank=True, help_text="Empty is unknown", null=True),
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
                        related_name="time_out",
                        to="scheduling.injection",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TimeOutEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "identifiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=scheduling.fields.WordField(
                            choices=[
                                ("name", "Name"),
                                ("birth_date", "Birth date"),
                                ("mrn", "MRN"),
                                ("address", "Address"),
                                ("phone", "Phone"),
                            ],
                            max_length=24,
                        ),
                        size=None,
                    ),
                ),
                (
                    "side",
                    scheduling.fields.WordField(
                        choices=[("left", "Left"), ("right", "Right"), ("bilateral", "Bilateral")],
                        help_text="As the patient says it",
                        max_length=24,
                    ),
                ),
                (
                    "driver_seen",
                    models.BooleanField(blank=True, help_text="Empty is unknown", null=True),
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
                        to="scheduling.timeout",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="timeout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "identifiers__contained_by",
                        ["name", "birth_date", "mrn", "address", "phone"],
                    ),
                    ("identifiers__len__gte", 2),
                ),
                name="two_identifiers_at_least",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeout",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_timeoutevent" ("at", "by_id", "driver_seen", "id", "identifiers", "injection_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "side") VALUES (NEW."at", NEW."by_id", NEW."driver_seen", NEW."id", NEW."identifiers", NEW."injection_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."side"); RETURN NULL;',
                    hash="79d2e78c6a291dd41258ee97ab69f73acc858b9e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_bd010",
                    table="scheduling_timeout",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeout",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_timeoutevent" ("at", "by_id", "driver_seen", "id", "identifiers", "injection_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "side") VALUES (NEW."at", NEW."by_id", NEW."driver_seen", NEW."id", NEW."identifiers", NEW."injection_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."side"); RETURN NULL;',
                    hash="0e7fa4baaa494909cddfbc8680f745799f8c6c76",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_43f69",
                    table="scheduling_timeout",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timeoutevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b3c502d3f4708e229a5d25e921d2b3ccb3e94017",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4ca93",
                    table="scheduling_timeoutevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
