"""A mark of what this database is for, so that demonstration and production cannot be crossed."""

import scheduling.fields
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

OF_DEMONSTRATIONS = "sandbox_journey"  # a table that only demonstrations have


def mark(apps, schema_editor):
    """A database that is in use says what it is for; an empty one becomes what is starting."""
    installation = apps.get_model("accounts", "Installation")
    in_use = apps.get_model("accounts", "User").objects.exists()
    with schema_editor.connection.cursor() as cursor:
        tables = schema_editor.connection.introspection.table_names(cursor)
    demo = OF_DEMONSTRATIONS in tables or (settings.DEMO and not in_use)
    mode = "demo" if demo else "production"
    installation.objects.create(pk=1, mode=mode, since=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mode",
                    scheduling.fields.WordField(
                        choices=[("demo", "Demo"), ("production", "Production")], max_length=24
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_installation")
                ]
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
