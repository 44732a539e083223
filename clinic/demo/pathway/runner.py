"""Runs a scenario: builds the clinic, starts the processes, acts, checks, and reports."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management import call_command

from clinic.demo import supervisor
from clinic.demo.pathway import environment, invariants, steps
from clinic.demo.pathway.invariants import Invariant
from clinic.demo.pathway.options import PathwayOptions
from clinic.demo.pathway.patient import Stuck
from clinic.demo.pathway.scenario import Scenario, wait
from clinic.demo.pathway.start import opening
from clinic.env import env
from reminders.models import Message, Reading
from reminders.rules.response.classifier import Response
from scheduling.models import Injection

LOG_TAIL = 15  # lines of the processes' log shown when the play breaks off


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a play came to."""

    scenario: Scenario
    responses: tuple[Response, ...]
    invariants: list[Invariant]

    @property
    def broken(self) -> list[Invariant]:
        return [invariant for invariant in self.invariants if not invariant.holds]

    def as_json(self) -> dict[str, Any]:
        """Everything, in JSON's own types."""
        return {
            "events": self.scenario.log.as_json(),
            "messages": [message(row) for row in Message.objects.order_by("send_at", "pk")],
            "diary": [entry(row) for row in diary(self.scenario.injection)],
            "responses": [response.as_json() for response in self.responses],
            "signed": [{"side": row.side, "label": row.decided} for row in self.scenario.signed()],
            "invariants": [
                asdict(invariant) | {"holds": invariant.holds} for invariant in self.invariants
            ],
        }


def run_scenario(chosen: PathwayOptions, say: Callable[[str], None]) -> RunReport:
    """Run in the present environment, which must be an empty one of its own."""
    say("Setting up: an empty database, a clinic, web, worker and carrier ...")
    with environment.running_processes(env) as process_log:
        try:
            call_command("collectstatic", verbosity=0, interactive=False)
            wait(lambda: supervisor.answers(f"http://{environment.HOST}:{env.port}/"), "the pages")
            scenario = opening(chosen, say)
            steps.run_scenario(scenario)
        except Stuck as stuck:
            tail = "\n".join(process_log.read_text(errors="replace").splitlines()[-LOG_TAIL:])
            raise Stuck(f"{stuck}\nThe log {process_log} ends:\n{tail}") from None
        scenario.injection.refresh_from_db()
        answers = scenario.responses() if scenario.injection.t0 else ()
        return RunReport(scenario, answers, invariants.all_of(scenario))


def diary(injection: Injection) -> list[Reading]:
    rows = Reading.objects.filter(injection=injection, superseded_by=None)
    return list(rows.select_related("survey").order_by("observed_at", "side"))


def message(row: Message) -> dict[str, Any]:
    return {
        "step": row.step,
        "occurrence": row.occurrence,
        "revision": row.revision,
        "send_at": row.send_at.isoformat(),
        "state": row.state,
        "reason": row.reason,
        "attempts": [[each.channel, each.state] for each in row.attempts.all()],
    }


def entry(row: Reading) -> dict[str, Any]:
    return {
        "side": row.side,
        "score": row.score,
        "slot": row.survey.slot if row.survey else None,
        "observed_at": row.observed_at.isoformat(),
        "channel": row.channel,
        "late": row.late,
    }
