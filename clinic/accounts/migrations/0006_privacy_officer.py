"""One more role: the privacy officer, who reads who opened what."""

import scheduling.fields
from django.db import migrations

TABLES = ("accounts_user", "accounts_userevent")
BEFORE = ["desk", "nurse", "physician", "administrator"]
AFTER = [*BEFORE, "privacy_officer"]


def checks(roles):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{role}'" for role in roles)
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_role_check, "
        f"ADD CONSTRAINT {table}_role_check CHECK (role IN ({words}))"
        for table in TABLES
    ]


def field():
    choices = [(role, role.replace("_", " ").capitalize()) for role in AFTER]
    return scheduling.fields.WordField(choices=choices, default="desk", max_length=24)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_contexts_kept")]

    operations = [
        migrations.RunSQL(checks(AFTER), checks(BEFORE)),
        migrations.AlterField(model_name="user", name="role", field=field()),
        migrations.AlterField(model_name="userevent", name="role", field=field()),
    ]
