from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """What we say, whether it arrived, what they answered, what it proves."""

    name = "reminders"
    default_auto_field = "django.db.models.BigAutoField"
