from django.apps import AppConfig
from django.contrib.admin import apps as admin

from clinic import checks, history


class ClinicConfig(AppConfig):
    """Wiring: settings, addresses, roles, the start page, commands."""

    name = "clinic"

    def ready(self) -> None:
        history.install()
        checks.install()


class AdministrationConfig(admin.AdminConfig):
    """Django's administration, with a site of ours."""

    default = False  # of this package
    default_site = "clinic.administration.Administration"
