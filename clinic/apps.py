from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """Wiring: settings, addresses, roles, engines, commands."""

    name = "clinic"
