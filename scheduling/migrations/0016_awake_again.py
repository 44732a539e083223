"""When the sedation of an injection had worn off; empty is unknown."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0015_time_out"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="injection",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="injection",
            name="update_update",
        ),
        migrations.AddField(
            model_name="injection",
            name="awake_at",
            field=models.DateTimeField(
                blank=True, help_text="When sedation had worn off; empty is unknown", null=True
            ),
        ),
        migrations.AddField(
            model_name="injectionevent",
            name="awake_at",
            field=models.DateTimeField(
                blank=True, help_text="When sedation had worn off; empty is unknown", null=True
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="injection",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_injectionevent" ("arrived_at", "awake_at", "booked_at", "changed_at", "confirmed_at", "confirmed_how", "driver_name", "driver_phone", "during", "id", "location_id", "order_id", "patient_id", "performed_side", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promised_at", "reason", "reference", "revision", "sedation_given", "side", "state", "state_at", "t0", "t0_estimated", "time_revision") VALUES (NEW."arrived_at", NEW."awake_at", NEW."booked_at", NEW."changed_at", NEW."confirmed_at", NEW."confirmed_how", NEW."driver_name", NEW."driver_phone", NEW."during", NEW."id", NEW."location_id", NEW."order_id", NEW."patient_id", NEW."performed_side", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promised_at", NEW."reason", NEW."reference", NEW."revision", NEW."sedation_given", NEW."side", NEW."state", NEW."state_at", NEW."t0", NEW."t0_estimated", NEW."time_revision"); RETURN NULL;',
                    hash="527d578b5e1a969041fa01ce176dd38e8240d5df",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_33a6b",
                    table="scheduling_injection",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="injection",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_injectionevent" ("arrived_at", "awake_at", "booked_at", "changed_at", "confirmed_at", "confirmed_how", "driver_name", "driver_phone", "during", "id", "location_id", "order_id", "patient_id", "performed_side", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promised_at", "reason", "reference", "revision", "sedation_given", "side", "state", "state_at", "t0", "t0_estimated", "time_revision") VALUES (NEW."arrived_at", NEW."awake_at", NEW."booked_at", NEW."changed_at", NEW."confirmed_at", NEW."confirmed_how", NEW."driver_name", NEW."driver_phone", NEW."during", NEW."id", NEW."location_id", NEW."order_id", NEW."patient_id", NEW."performed_side", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promised_at", NEW."reason", NEW."reference", NEW."revision", NEW."sedation_given", NEW."side", NEW."state", NEW."state_at", NEW."t0", NEW."t0_estimated", NEW."time_revision"); RETURN NULL;',
                    hash="90363200ff472eff115a0df0baf39c684361c8cd",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a6f8e",
                    table="scheduling_injection",
                    when="AFTER",
                ),
            ),
        ),
    ]
