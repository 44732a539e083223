"""`manage.py demo`: one positive block, from the order to the signed answer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.demo import missing_extra

TITLE = """\
One patient's way, from the order to the signed answer.

A left diagnostic block with bupivacaine. Before it, climbing stairs hurts 7 of 10. While the joint
is numb the patient answers by text; then the physician reads what that proves. Time is moved; all
else is real: PostgreSQL, Redis, a Celery worker, SMTP, and a carrier that speaks Twilio's API.
"""
SCORES = (
    *("15min=3", "0.5h=1", "0.75h=1", "1h=1", "2h=1", "3h=1"),
    *("4h=2", "5h=4", "6h=6", "7h=7", "8h=7", "24h=7"),
)


class Command(BaseCommand):
    help = "Run `manage.py pathway` once and show its messages, diary and answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="machine output")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        from django.conf import settings

        if not settings.DEMO:
            raise CommandError("The demonstration runs in demo mode only, and this is production.")
        if sentence := missing_extra():
            raise CommandError(sentence)
        from clinic.demo.pathway.environment import run

        if not json:
            self.stdout.write(TITLE)
            self.stdout.flush()
        scores = [word for score in SCORES for word in ("--score", score)]
        arguments = ["--side", "left", "--baseline", "left=7", "--agent", "bupivacaine", *scores]
        run(["pathway", *arguments, *(["--json"] if json else [])])
