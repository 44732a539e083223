from django.apps import AppConfig

from clinic import checks, history


class ClinicConfig(AppConfig):
    """Wiring: settings, addresses, roles, the start page, commands."""

    name = "clinic"

    def ready(self) -> None:
        history.install()
        checks.install()
