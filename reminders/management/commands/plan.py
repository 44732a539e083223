"""Show what an injection with these facts would be sent, when, and why not. Needs no database."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminders.management.injection_options import FLAGS, VALUES, OptionError, injection_facts
from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.planner import plan
from reminders.rules.protocol import Protocol
from reminders.rules.text.preparation import blocks
from reminders.rules.text.texts import WordingError

HELP = """\
Shows what an injection with these facts would be sent, when, through what, and why or why not.
Times without an offset are wall-clock times in the clinic's --zone. Answers go to standard output.

A left diagnostic block, booked three weeks ahead, on the morning the clocks change:

  manage.py plan --start 2026-11-01T09:30 --zone America/New_York \\
      --booked 2026-10-10T12:00 --side left --intent diagnostic

Booked the evening before, with sedation: what is told at once, and what a person must decide:

  manage.py plan --start 2026-11-03T10:00 --zone America/Chicago --booked 2026-11-02T18:30 \\
      --side right --intent both --sedation moderate_iv --steroid --diabetes

After the injection, with the hourly diary (6 hours here) and two answers, as JSON:

  manage.py plan --start 2026-11-03T10:00 --zone America/Chicago --booked 2026-10-10T12:00 \\
      --side bilateral --intent diagnostic --t0 2026-11-03T10:20 --diary-consent \\
      --answered D45,D60 --policy diary_hours=6 --json

A signed order to pause one drug, and the page the patient would read:

  manage.py plan --start 2026-11-03T10:00 --zone America/Denver --booked 2026-10-10T12:00 \\
      --side left --intent therapeutic --anticoagulant --hold-drug DRUG \\
      --hold-last-dose 2026-10-30T08:00 --hold-restart 2026-11-04T08:00 --hold-by NAME \\
      --page --clinic "Lakeside Care Team" --phone 555-555-0100 --address "Suite 300"
"""

HEADINGS = {
    EntryOutcome.SEND: "Sent to the patient",
    EntryOutcome.TASK: "For a person to do",
    EntryOutcome.FOLD: "Told as part of another message",
    EntryOutcome.DROP: "Too late to send",
    EntryOutcome.OFF: "Not needed",
}


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # The examples keep their lines.
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        for name, (text, required) in VALUES.items():
            parser.add_argument(f"--{name}", help=text + ("; required" if required else ""))
        for name, text in FLAGS.items():
            parser.add_argument(f"--{name}", action="store_true", help=text)
        parser.add_argument(
            "--policy", action="append", default=[], help="as diary_hours=6; repeat"
        )
        parser.add_argument("--all", action="store_true", help="also what is not needed, and why")
        parser.add_argument("--page", action="store_true", help="also the preparation page")
        parser.add_argument("--json", action="store_true", help="machine output, everything")

    def handle(self, *args: Any, **options: Any) -> None:
        protocol = shipped()
        if options["page"] and not all(options[name] for name in ("clinic", "phone", "address")):
            raise CommandError("--page names the clinic: give --clinic, --phone and --address")
        try:
            facts = injection_facts(options, protocol)
            parts = blocks(facts, protocol, facts.settled_at) if options["page"] else ()
        except (OptionError, WordingError) as problem:
            raise CommandError(str(problem)) from None
        entries = sorted(plan(facts, protocol), key=_by_time)
        if options["json"]:
            page = [{"key": part.key, "title": part.title, "text": part.text} for part in parts]
            document = {**_head(facts, protocol), "plan": [_row(e, facts) for e in entries]}
            self.stdout.write(json.dumps(document | ({"page": page} if page else {}), indent=2))
            return
        self.stdout.write(_story(entries, facts, everything=options["all"]))
        for part in parts:
            self.stdout.write(f"\n{part.title} ({part.key})\n  {part.text}")


def _by_time(entry: PlanEntry) -> tuple[bool, str, str, str]:
    return entry.send_at is None, str(entry.send_at or ""), entry.step, entry.occurrence


def _head(facts: InjectionFacts, protocol: Protocol) -> dict[str, Any]:
    return {
        "protocol": protocol.version,
        "start": _both(facts.start, facts),
        "zone": facts.zone,
        "patient_zone": facts.lives_in,
        "state": facts.state,
        "revision": facts.revision,
    }


def _both(instant: datetime | None, facts: InjectionFacts) -> dict[str, str] | None:
    """The same moment as the clinic's clock shows it and in UTC."""
    if instant is None:
        return None
    local = instant.astimezone(ZoneInfo(facts.zone))
    utc = instant.astimezone(ZoneInfo("UTC"))
    return {
        "wall": f"{local:%Y-%m-%dT%H:%M}",
        "weekday": f"{local:%A}",
        "zone": local.tzname() or facts.zone,
        "utc": f"{utc:%Y-%m-%dT%H:%M:%SZ}",
    }


def _row(entry: PlanEntry, facts: InjectionFacts) -> dict[str, Any]:
    return {
        "step": entry.step,
        "occurrence": entry.occurrence,
        "outcome": entry.outcome,
        "title": entry.title,
        "why": entry.why,
        "audience": entry.audience,
        "channels": list(entry.channels),
        "purpose": entry.purpose,
        "send_at": _both(entry.send_at, facts),
        "expires_at": _both(entry.expires_at, facts),
        "sms": entry.sms,
        "email": entry.email,
        "into": entry.into,
        "carries": list(entry.carries),
        "preparation": entry.preparation,
        "retry_when_unknown": entry.retry_when_unknown,
    }


def _story(entries: list[PlanEntry], facts: InjectionFacts, *, everything: bool) -> str:
    local = facts.start.astimezone(ZoneInfo(facts.zone))
    lines = [
        f"Visit on {local:%A %Y-%m-%d at %H:%M %Z} ({facts.zone}), {facts.state.label.lower()}"
    ]
    for outcome, heading in HEADINGS.items():
        chosen = [entry for entry in entries if entry.outcome is outcome]
        if outcome is EntryOutcome.OFF and not everything:
            lines += ["", f"{heading}: {len(chosen)} entries (--all shows them)"]
        elif chosen:
            lines += ["", heading, *(_line(entry, facts) for entry in chosen)]
    return "\n".join(lines)


def _line(entry: PlanEntry, facts: InjectionFacts) -> str:
    """When, through what or who, what, and why."""
    local = entry.send_at and entry.send_at.astimezone(ZoneInfo(facts.zone))
    when = f"{local:%a %Y-%m-%d %H:%M %Z}" if local else "-"
    through = ", else ".join(each.label for each in entry.channels) or entry.audience.label
    name = f"{entry.step}/{entry.occurrence}" if entry.occurrence else entry.step
    carries = f" (carries {', '.join(entry.carries)})" if entry.carries else ""
    return f"  {when:25} {through:17} {name:24} {entry.title}{carries}\n  {'':25} {entry.why}"
