"""`manage.py pathway`: one patient from order to signed answer, through the real system."""

import json
import os
import sys
from argparse import SUPPRESS, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.demo import missing_extra

HELP = """\
Takes one patient from order to signed answer through the real system on a moving clock: web, worker
and carrier run as processes of their own on an empty database; the patient answers by text and by
the links in the messages; staff type, review and sign. At the end every invariant that can be seen
is checked; the command ends non-zero when one is broken, and names it.

A left block with bupivacaine; the pain of 7 falls to 1, which is 85.7 %:

  manage.py pathway --side left --baseline left=7 --agent bupivacaine \\
      --score 0.5h=1 --score 1h=1 --score 2h=1 --score 3h=2 --score 4h=4

Both joints, answered by link:

  manage.py pathway --side bilateral --baseline left=8 --baseline right=6 --agent bupivacaine \\
      --score left@1h=1 --score right@1h=5 --score left@2h=1 --score right@2h=5

What can go wrong:

  --late           the patient fills everything in at night, too late to count
  --stop-at 3h     the patient texts STOP three hours after the injection
  --move           the patient asks for another time, and staff move the visit
  --cancel         staff cancel the visit three days before
  --hold           a physician signs a pause of a blood thinner; it has begun by the --move
  --sedated        moderate sedation: fasting, a driver, no driving afterwards
  --abort          the injection is stopped before its end
  --red-flag TEXT  an hour after it the patient texts a warning sign; the first on call is silent

Scores up to 44min are taken and typed in by the nurse. Without --score the patient never answers.
Demo mode only.
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # The examples keep their lines.
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--side", help="left, right or bilateral; required")
        for name, text in REPEATED.items():
            parser.add_argument(f"--{name}", action="append", default=[], help=f"{text}; repeat")
        parser.add_argument("--late", action="store_true", help="answers come too late")
        parser.add_argument("--stop-at", help="when the patient texts STOP, as 3h after T0")
        parser.add_argument("--cancel", action="store_true", help="the visit is cancelled")
        parser.add_argument("--move", action="store_true", help="the visit is moved")
        parser.add_argument("--hold", action="store_true", help="a drug is paused by order")
        parser.add_argument("--sedated", action="store_true", help="with moderate sedation")
        parser.add_argument("--abort", action="store_true", help="stopped before its end")
        parser.add_argument("--red-flag", metavar="TEXT", help="the patient texts a warning sign")
        parser.add_argument("--json", action="store_true", help="machine output")
        parser.add_argument("--in-environment", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The pathway runs in demo mode only, and this is production. "
                "Run it where no address is set, or with DEMO=1."
            )
        if options["in_environment"]:
            return self.run_scenario(options)
        self.read_options(options)  # refuse contradictions before anything is started
        if sentence := missing_extra():
            raise CommandError(sentence)
        from clinic.demo.pathway import environment

        environment.run(["pathway", *sys.argv[2:]])

    def read_options(self, arguments: dict[str, Any]) -> Any:
        from clinic.demo.pathway.options import read_options

        try:
            return read_options(arguments)
        except ValueError as fault:
            raise CommandError(str(fault)) from None

    def run_scenario(self, options: dict[str, Any]) -> None:
        from clinic.demo.pathway import runner
        from clinic.demo.pathway.patient import ScenarioStopped

        os.environ.setdefault("PYTHONUNBUFFERED", "1")
        aside = self.stderr if options["json"] else self.stdout
        try:
            report = runner.run_scenario(self.read_options(options), lambda line: say(aside, line))
        except ScenarioStopped as stopped:
            raise CommandError(str(stopped)) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was left running.", returncode=130) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self.stdout.write(report.as_text())
        if report.broken:
            named = "; ".join(f"{broken.number} ({broken.claim})" for broken in report.broken)
            raise CommandError(f"Broken: {named}")


def say(stream: Any, line: str) -> None:
    stream.write(line)
    stream.flush()


REPEATED = {
    "baseline": "provoked pain before, as left=7",
    "agent": "what is injected into each joint, as bupivacaine or bupivacaine:1.5ml",
    "score": "an answer of the patient, as 0.5h=1 or left@0.5h=1",
}
