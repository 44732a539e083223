"""Secrets of second factors are encrypted, and nobody stands above the roles."""

from django.db import migrations, models


def encrypt(apps, schema_editor):
    """What was kept in clear until now."""
    from clinic.accounts.factors import SECRETS, Factors

    authenticator = apps.get_model("mfa", "Authenticator")
    for row in authenticator.objects.exclude(type="webauthn"):
        clear = {name: row.data[name] for name in SECRETS if name in row.data}
        row.data |= {name: Factors().encrypt(text) for name, text in clear.items()}
        row.save(update_fields=["data"])


def lower(apps, schema_editor):
    """Who was a superuser keeps what the role of administrator opens."""
    apps.get_model("accounts", "User").objects.filter(is_superuser=True).update(is_superuser=False)


class Migration(migrations.Migration):
    dependencies = [
        ("mfa", "0003_authenticator_type_uniq"),
        ("accounts", "0003_sign_ins"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunPython(encrypt),
        migrations.RunPython(lower, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_superuser", False)), name="nobody_above_the_roles"
            ),
        ),
    ]
