"""Names that say what they mean: a column, and the texts that answer patients."""

from django.db import migrations, models

# Answers that are still to leave; what has left keeps the key of the text that went.
ANSWERS = {
    "SMS09": "confirmed",
    "SMS10": "change_wanted",
    "SMS13": "score_saved",
    "SAVED": "last_score_saved",
    "SMS14": "not_understood",
    "SMS15": "check_in_link",
    "LINK-ONLY": "link_only",
    "SMS20": "not_read_live",
    "SMS21": "opted_out",
    "SMS22": "help",
    "SMS23": "opt_in",
}


def _rename(apps, keys):
    waiting = apps.get_model("reminders", "Message").objects.filter(reply=True)
    for old, new in keys:
        waiting.filter(sms_key=old, state__in=["queued", "sending"]).update(sms_key=new)


def forward(apps, schema_editor):
    _rename(apps, ANSWERS.items())


def backward(apps, schema_editor):
    _rename(apps, [(new, old) for old, new in ANSWERS.items()])


class Migration(migrations.Migration):
    dependencies = [("reminders", "0009_message_reference_without_index")]

    operations = [
        migrations.RenameField("message", "twice_is_better", "retry_when_unknown"),
        migrations.AlterField(
            "message",
            "retry_when_unknown",
            models.BooleanField(
                default=False, help_text="Sent again when nobody knows whether it arrived"
            ),
        ),
        migrations.RunPython(forward, backward),
    ]
