"""`manage.py database_roles`: what the role that runs Blockwise may do, after each `migrate`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from clinic import database_roles


class Command(BaseCommand):
    help = (
        "Give the role of web processes and workers what they need on each table, and nothing "
        "more: rows that are kept can be read and added, never changed or removed. Run it as the "
        "owner of the tables after each migrate; a second run changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--running", required=True, metavar="ROLE", help="the role in DATABASE_URL"
        )

    def handle(self, *args: Any, running: str, **options: Any) -> None:
        with database_roles.as_owner():
            for line in self.grant(running):
                self.stdout.write(line)

    def grant(self, running: str) -> list[str]:
        """Grant, look again, and return what the role may do now."""
        if reasons := database_roles.objections(running):
            raise CommandError(f"{running} cannot run Blockwise: {', '.join(reasons)}.")
        try:
            lines = database_roles.apply(running)
        except DatabaseError as error:
            raise CommandError(f"Nothing was changed; run it as the owner: {error}") from None
        if left := database_roles.surplus(running) + database_roles.lacking(running):
            raise CommandError(f"{running} still differs from what it needs: {'; '.join(left)}")
        return lines
