"""The texts of a protocol in rows of their own, one for each language."""

import tomllib

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


def forward(apps, schema_editor):
    texts = apps.get_model("reminders", "ProtocolTexts")
    for version in apps.get_model("reminders", "ProtocolVersion").objects.all():
        document = version.english_texts
        language = tomllib.loads(document).get("language", "en")
        texts.objects.create(version=version, language=language, document=document)


def backward(apps, schema_editor):
    """Older code knows English alone: texts in other languages are lost to it."""
    table = apps.get_model("reminders", "ProtocolVersion")._meta.db_table
    schema_editor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # a version never changes
    for texts in apps.get_model("reminders", "ProtocolTexts").objects.filter(language="en"):
        texts.version.english_texts = texts.document
        texts.version.save(update_fields=["english_texts"])
    schema_editor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0010_texts_by_their_meaning"),
    ]

    operations = [
        migrations.RenameField("protocolversion", "texts", "english_texts"),
        migrations.CreateModel(
            name="ProtocolTexts",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(help_text="BCP 47: en, es", max_length=8)),
                ("document", models.TextField(help_text="TOML: texts")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="reminders.protocolversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "language"), name="one_text_file_a_language"
                    )
                ],
            },
        ),
        migrations.AlterField("protocolversion", "english_texts", models.TextField(null=True)),
        migrations.RunPython(forward, backward),
        migrations.RemoveField("protocolversion", "english_texts"),
        pgtrigger.migrations.AddTrigger(
            model_name="protocoltexts",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="83e8f37979466c26b9d633fbfd4f23ffcfd15a7a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_immutable_9fec3",
                    table="reminders_protocoltexts",
                    when="BEFORE",
                ),
            ),
        ),
    ]
