from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The demonstration's carrier, mailbox and time machine. Absent outside demo mode."""

    name = "clinic.demo.sandbox"
    default_auto_field = "django.db.models.BigAutoField"
