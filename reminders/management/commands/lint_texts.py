"""Check every text a patient may get: length, words, invitations, reading grade."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reminders.protocols.reading import shipped
from reminders.rules.text.lint import lint
from scheduling.documents import DocumentError


class Command(BaseCommand):
    help = (
        "Checks the texts of the shipped protocol with the longest values: one SMS part, no "
        "clinical word outside the page, no reply that a carrier takes for itself, no word to stop "
        "a medicine without an order, reading grade 6 at most. Ends non-zero with a list of faults."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            protocol = shipped()
        except DocumentError as problem:
            raise CommandError(str(problem)) from None
        complaints = lint(protocol)
        for complaint in complaints:
            self.stderr.write(str(complaint))
        if complaints:
            raise CommandError(f"{len(complaints)} faults in the texts of {protocol.version}")
        texts = sum(len(list(each.bodies())) for each in protocol.texts.values())
        self.stdout.write(f"{texts} texts of {protocol.version}: no fault found")
