"""Runs a scenario: starts the processes, builds the clinic, acts, checks the invariants."""

from collections.abc import Callable

from django.core.management import call_command

from clinic.demo import supervisor
from clinic.demo.pathway import environment, invariants, steps
from clinic.demo.pathway.options import PathwayOptions
from clinic.demo.pathway.patient import ScenarioStopped
from clinic.demo.pathway.report import RunReport
from clinic.demo.pathway.scenario import wait
from clinic.demo.pathway.start import start_scenario
from clinic.env import env

LOG_TAIL = 15  # lines of the processes' log shown when a run breaks off


def run_scenario(options: PathwayOptions, say: Callable[[str], None]) -> RunReport:
    """Run in the present environment, which must be an empty one of its own."""
    say("Setting up: an empty database, a clinic, web, worker and carrier ...")
    with environment.running_processes(env) as process_log:
        try:
            call_command("collectstatic", verbosity=0, interactive=False)
            wait(lambda: supervisor.answers(f"http://{environment.HOST}:{env.port}/"), "the pages")
            scenario = start_scenario(options, say)
            steps.run_scenario(scenario)
        except ScenarioStopped as stopped:
            tail = "\n".join(process_log.read_text(errors="replace").splitlines()[-LOG_TAIL:])
            raise ScenarioStopped(f"{stopped}\nThe log {process_log} ends:\n{tail}") from None
        scenario.injection.refresh_from_db()
        answers = scenario.responses() if scenario.injection.t0 else ()
        return RunReport(scenario, answers, invariants.check_all(scenario))
