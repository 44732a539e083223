"""Orders say who entered them and which physician signed; older ones were never asked."""

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
    "assessment",
]
AFTER = [*BEFORE, "cosignature", "order_declined"]


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
        ("scheduling", "0019_access_kind"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="order",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="order",
            name="update_update",
        ),
        migrations.AddField(
            model_name="order",
            name="entered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="entered_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who entered what it says now",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="signature",
            field=scheduling.fields.WordField(
                choices=[
                    ("not_asked", "Not asked"),
                    ("waiting", "Waiting"),
                    ("signed", "Signed"),
                    ("declined", "Declined"),
                ],
                default="not_asked",
                max_length=24,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="order",
            name="signature_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="signature_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The physician who signed or declined",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="orderevent",
            name="entered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orderevent",
            name="entered_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Who entered what it says now",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="orderevent",
            name="signature",
            field=scheduling.fields.WordField(
                choices=[
                    ("not_asked", "Not asked"),
                    ("waiting", "Waiting"),
                    ("signed", "Signed"),
                    ("declined", "Declined"),
                ],
                default="not_asked",
                max_length=24,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="orderevent",
            name="signature_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orderevent",
            name="signature_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The physician who signed or declined",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(checks(AFTER), checks(BEFORE)),
        migrations.AlterField(model_name="task", name="kind", field=kind()),
        migrations.AlterField(model_name="taskevent", name="kind", field=kind()),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="signed_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.signature IN ('signed', 'declined') AND (OLD.entered_by_id, OLD.entered_at) IS NOT DISTINCT FROM (NEW.entered_by_id, NEW.entered_at) AND (OLD.signature, OLD.signature_by_id, OLD.signature_at) IS DISTINCT FROM (NEW.signature, NEW.signature_by_id, NEW.signature_at))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="0db39a415422f486e4f7f61a532e11a945d9342c",
                    operation="UPDATE",
                    pgid="pgtrigger_signed_once_d2b4c",
                    table="scheduling_order",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_orderevent" ("amended_why", "block", "entered_at", "entered_by_id", "guidance", "id", "intent", "ordered_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "physician_id", "premedication", "reference", "screening", "sedation", "side", "signature", "signature_at", "signature_by_id", "state", "target") VALUES (NEW."amended_why", NEW."block", NEW."entered_at", NEW."entered_by_id", NEW."guidance", NEW."id", NEW."intent", NEW."ordered_at", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."physician_id", NEW."premedication", NEW."reference", NEW."screening", NEW."sedation", NEW."side", NEW."signature", NEW."signature_at", NEW."signature_by_id", NEW."state", NEW."target"); RETURN NULL;',
                    hash="ecaeea287e0ef59758fa35942f9b154a01209a77",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ba265",
                    table="scheduling_order",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_orderevent" ("amended_why", "block", "entered_at", "entered_by_id", "guidance", "id", "intent", "ordered_at", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "physician_id", "premedication", "reference", "screening", "sedation", "side", "signature", "signature_at", "signature_by_id", "state", "target") VALUES (NEW."amended_why", NEW."block", NEW."entered_at", NEW."entered_by_id", NEW."guidance", NEW."id", NEW."intent", NEW."ordered_at", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."physician_id", NEW."premedication", NEW."reference", NEW."screening", NEW."sedation", NEW."side", NEW."signature", NEW."signature_at", NEW."signature_by_id", NEW."state", NEW."target"); RETURN NULL;',
                    hash="e08968fb97e8a99e30ef2ab793da7d78050875a7",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d400c",
                    table="scheduling_order",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("signature__in", ["signed", "declined"]),
                        ("signature_at__isnull", False),
                        ("signature_by__isnull", False),
                    ),
                    models.Q(
                        models.Q(("signature__in", ["signed", "declined"]), _negated=True),
                        ("signature_at", None),
                        ("signature_by", None),
                    ),
                    _connector="OR",
                ),
                name="a_signature_has_an_author_and_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entered_at", None), ("entered_by", None), ("signature", "not_asked")
                    ),
                    models.Q(
                        models.Q(("signature", "not_asked"), _negated=True),
                        ("entered_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="an_order_says_when_it_was_entered",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signature", "declined"), _negated=True),
                    ("state", "withdrawn"),
                    _connector="OR",
                ),
                name="a_declined_order_is_withdrawn",
            ),
        ),
    ]
