"""`manage.py audit_chain`: make the next digest of what is kept, or verify what digests cover."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling import clock

PAUSE = 2  # seconds between two lines about long work


def midnight(text: str) -> datetime:
    """A day as `2026-11-30`: its beginning in UTC."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Rows that are kept for good (history, views of patients, sign-ins, signatures) are "
        "covered by a chain of digests. `close` makes the next digest, which beat does every hour; "
        "`verify` computes them all again and ends with status 1 if something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("close", help="make the next digest")
        verify = actions.add_parser("verify", help="compute the digests again and compare")
        verify.add_argument(
            "--since",
            type=midnight,
            metavar="YYYY-MM-DD",
            help="verify rows of digests made since that day (UTC) only; the chain of digests is "
            "always verified as a whole",
        )
        verify.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="DIGEST",
            help="a digest kept elsewhere, from a line audit_closed of the log; may be repeated",
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        self.told = time.monotonic()
        if action == "close":
            self.close()
        else:
            self.verify(options["since"], options["expect"])

    def close(self) -> None:
        from clinic.accounts import audit_digests

        digest = audit_digests.close(clock.now(), self.progress)
        if digest is None:
            raise CommandError(
                "No digest was made: another is being made, or the last is not 10 minutes old."
            )
        rows = sum(part["rows"] for part in digest.covered.values())
        self.stdout.write(f"Digest {digest.number} covers {rows} rows: {digest.digest}")

    def verify(self, since: datetime | None, expected: list[str]) -> None:
        from clinic.accounts import audit_digests

        found = list(audit_digests.verify(clock.now(), since, expected, self.progress))
        for finding in found:
            if not finding.fault:
                self.stdout.write(str(finding))
        if faults := [str(finding) for finding in found if finding.fault]:
            raise CommandError("\n".join(faults))
        self.stdout.write("No difference was found.")

    def progress(self, table: str, rows: int) -> None:
        """A line now and then, so that long work is seen to go on."""
        if time.monotonic() - self.told > PAUSE:
            self.told = time.monotonic()
            self.stderr.write(f"Reading {table}: {rows} rows so far")
