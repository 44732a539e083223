from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Staff and what each role may open."""

    name = "clinic.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clinic.accounts import sign_ins

        sign_ins.install()
