"""`manage.py migrate`, as the owner of the tables if `DATABASE_OWNER_URL` names one."""

from typing import Any

from django.core.management.commands import migrate

from clinic import database_roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with database_roles.as_owner():
            super().handle(*args, **options)
