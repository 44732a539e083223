"""Columns for what the keys of tasks hid: step, revision and occurrence."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_turns")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="task",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="task",
            name="update_update",
        ),
        migrations.RemoveConstraint(
            model_name="task",
            name="one_task_a_cause",
        ),
        migrations.AddField(
            model_name="task",
            name="occurrence",
            field=models.CharField(blank=True, help_text="Which time of this step", max_length=40),
        ),
        migrations.AddField(
            model_name="task",
            name="revision",
            field=models.PositiveIntegerField(
                blank=True, help_text="The revision of the injection it is about", null=True
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="step",
            field=models.CharField(
                blank=True,
                help_text="Step of the protocol, or code of the booking check",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="taskevent",
            name="occurrence",
            field=models.CharField(blank=True, help_text="Which time of this step", max_length=40),
        ),
        migrations.AddField(
            model_name="taskevent",
            name="revision",
            field=models.PositiveIntegerField(
                blank=True, help_text="The revision of the injection it is about", null=True
            ),
        ),
        migrations.AddField(
            model_name="taskevent",
            name="step",
            field=models.CharField(
                blank=True,
                help_text="Step of the protocol, or code of the booking check",
                max_length=40,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="task",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "scheduling_taskevent" ("detail", "done_at", "done_by_id", "due_at", "id", "injection_id", "key", "kind", "occurrence", "opened_at", "outcome", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue", "revision", "step", "title", "urgent") VALUES (NEW."detail", NEW."done_at", NEW."done_by_id", NEW."due_at", NEW."id", NEW."injection_id", NEW."key", NEW."kind", NEW."occurrence", NEW."opened_at", NEW."outcome", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue", NEW."revision", NEW."step", NEW."title", NEW."urgent"); RETURN NULL;',
                    hash="dd2729f8bfc081f6f721fb7bd7385ea871a6d7d4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cb77e",
                    table="scheduling_task",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="task",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "scheduling_taskevent" ("detail", "done_at", "done_by_id", "due_at", "id", "injection_id", "key", "kind", "occurrence", "opened_at", "outcome", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue", "revision", "step", "title", "urgent") VALUES (NEW."detail", NEW."done_at", NEW."done_by_id", NEW."due_at", NEW."id", NEW."injection_id", NEW."key", NEW."kind", NEW."occurrence", NEW."opened_at", NEW."outcome", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue", NEW."revision", NEW."step", NEW."title", NEW."urgent"); RETURN NULL;',
                    hash="8bb0dfa8c007163fa322f3e1b0a9e0a5753c9015",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8fa2a",
                    table="scheduling_task",
                    when="AFTER",
                ),
            ),
        ),
    ]
