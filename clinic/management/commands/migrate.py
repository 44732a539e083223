"""`manage.py migrate`, as the owner of the tables if `DATABASE_OWNER_URL` names one."""

from typing import Any

from django.core.management.commands import migrate

from clinic import database_roles


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """The checks before it, too."""
        with database_roles.as_owner():
            return super().execute(*args, **options)
