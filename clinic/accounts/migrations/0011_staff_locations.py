"""Staff work at named locations; whoever is here already, at all of them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


EVERYWHERE = """
INSERT INTO accounts_user_locations (user_id, location_id)
SELECT staff.id, place.id FROM accounts_user staff CROSS JOIN scheduling_location place
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_unassigned_role"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("scheduling", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="locations",
            field=models.ManyToManyField(
                blank=True,
                help_text="Where this person works. Without any, no patient is shown",
                related_name="staff",
                to="scheduling.location",
            ),
        ),
        migrations.CreateModel(
            name="WorksAtEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="scheduling.location",
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
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WorksAt",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.user_locations",),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worksatevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="18575f7caf2cf739088ca48bc78063656294b522",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_31620",
                    table="accounts_worksatevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worksat",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_worksatevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "user_id") VALUES (NEW."id", NEW."location_id", _pgh_attach_context(), NOW(), \'insert\', NEW."user_id"); RETURN NULL;',
                    hash="3139ae3f494ede3e8ee108a0b7be7b8cc6490b78",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_22f27",
                    table="accounts_user_locations",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worksat",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_worksatevent" ("id", "location_id", "pgh_context_id", "pgh_created_at", "pgh_label", "user_id") VALUES (OLD."id", OLD."location_id", _pgh_attach_context(), NOW(), \'delete\', OLD."user_id"); RETURN NULL;',
                    hash="dc3ba77385d0892a4a69228dc542a2866b9b8975",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_0cbd8",
                    table="accounts_user_locations",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(EVERYWHERE, migrations.RunSQL.noop),
    ]
