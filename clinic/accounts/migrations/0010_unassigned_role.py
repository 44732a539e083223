"""A role that opens nothing: of accounts that the identity provider made."""

import scheduling.fields
from django.db import migrations

TABLES = ("accounts_user", "accounts_userevent")
BEFORE = ["desk", "nurse", "physician", "administrator", "privacy_officer"]
AFTER = [*BEFORE, "unassigned"]


def checks(roles):
    """Django does not write the CHECK of an altered column anew."""
    words = ", ".join(f"'{role}'" for role in roles)
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_role_check, "
        f"ADD CONSTRAINT {table}_role_check CHECK (role IN ({words}))"
        for table in TABLES
    ]


def role():
    choices = [(word, word.replace("_", " ").capitalize()) for word in AFTER]
    return scheduling.fields.WordField(choices=choices, default="desk", max_length=24)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_audit_chain")]

    operations = [
        migrations.RunSQL(checks(AFTER), checks(BEFORE)),
        migrations.AlterField(model_name="user", name="role", field=role()),
        migrations.AlterField(model_name="userevent", name="role", field=role()),
    ]
