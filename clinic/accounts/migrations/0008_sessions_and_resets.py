"""Sessions that are ended elsewhere, who ended them, and second factors that two people reset."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import scheduling.fields
from django.conf import settings
from django.db import migrations, models


BEFORE = [
    "signed_in",
    "failed",
    "signed_out",
    "factor_added",
    "factor_removed",
    "factor_reset",
]


def check(kinds):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        "ALTER TABLE accounts_signinevent DROP CONSTRAINT accounts_signinevent_kind_check, "
        f"ADD CONSTRAINT accounts_signinevent_kind_check CHECK (kind IN ({words}))"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_security_alerts"),
    ]

    operations = [
        migrations.RunSQL(check([*BEFORE, "session_ended"]), check(BEFORE)),
        migrations.AddField(
            model_name="signinevent",
            name="by",
            field=models.ForeignKey(
                help_text="Where somebody else did it",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="signinevent",
            name="kind",
            field=scheduling.fields.WordField(
                choices=[
                    ("signed_in", "Signed in"),
                    ("failed", "Failed"),
                    ("signed_out", "Signed out"),
                    ("factor_added", "Factor added"),
                    ("factor_removed", "Factor removed"),
                    ("factor_reset", "Factor reset"),
                    ("session_ended", "Session ended"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="FactorReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="factor_resets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_by", models.F("user")), _negated=True),
                            models.Q(("confirmed_by", models.F("user")), _negated=True),
                            models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                        ),
                        name="factor_reset_by_two_others",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("confirmed_by", None)),
                            models.Q(
                                ("confirmed_at__isnull", False), ("confirmed_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="factor_reset_confirmed_by_somebody",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="factorreset",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="48704cc5f9e6f894ad09f0daaf8c25cde5f11062",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_9da34",
                    table="accounts_factorreset",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="factorreset",
            trigger=pgtrigger.compiler.Trigger(
                name="confirmed_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."confirmed_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1af6b025ae5d4c2e99c771778d5ba65bfe52701d",
                    operation="UPDATE",
                    pgid="pgtrigger_confirmed_once_f74ac",
                    table="accounts_factorreset",
                    when="BEFORE",
                ),
            ),
        ),
    ]
