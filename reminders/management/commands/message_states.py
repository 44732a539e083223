"""Write docs/message-states.md from the table of states, or check that it is up to date."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminders.rules.plan.drawing import document


class Command(BaseCommand):
    help = "Write docs/message-states.md from the table of states; --check compares instead."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the document differs")

    def handle(self, *, check: bool, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "message-states.md"
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(document(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != document():
            raise CommandError(f"{path.name} is out of date: run manage.py message_states.")
        self.stdout.write(f"docs/{path.name} {'is up to date' if check else 'written'}")
