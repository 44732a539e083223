"""What was done with a patient's data; what is there already were views."""

import scheduling.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0018_arrival_assessment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="access",
            name="kind",
            field=scheduling.fields.WordField(
                choices=[
                    ("view", "View"),
                    ("search", "Search"),
                    ("print", "Print"),
                    ("export", "Export"),
                    ("feed", "Calendar file"),
                ],
                default="view",
                max_length=24,
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(fields=["user", "at"], name="access_by_user"),
        ),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(fields=["at"], name="access_at"),
        ),
    ]
