from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """Who, what, where, when, and who still has to do something about it."""

    name = "scheduling"
    default_auto_field = "django.db.models.BigAutoField"
