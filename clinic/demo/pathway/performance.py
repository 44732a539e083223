"""Puts a script on stage: builds the clinic, opens the house, plays, proves, and reports."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management import call_command

from clinic.demo import supervisor
from clinic.demo.pathway import proofs, scenes, stage
from clinic.demo.pathway.opening import opening
from clinic.demo.pathway.patient import Stuck
from clinic.demo.pathway.play import Play, wait
from clinic.demo.pathway.proofs import Proof
from clinic.demo.pathway.script import Script
from clinic.env import env
from reminders.models import Message, Reading
from reminders.rules.response.classifier import Response
from scheduling.models import Injection

LOG_TAIL = 15  # lines of the house's log shown when the play breaks off


@dataclass(frozen=True, slots=True)
class Report:
    """What a play came to."""

    play: Play
    responses: tuple[Response, ...]
    proofs: list[Proof]

    @property
    def broken(self) -> list[Proof]:
        return [proof for proof in self.proofs if not proof.holds]

    def as_json(self) -> dict[str, Any]:
        """Everything, in JSON's own types."""
        return {
            "events": self.play.teller.as_json(),
            "messages": [message(row) for row in Message.objects.order_by("send_at", "pk")],
            "diary": [entry(row) for row in diary(self.play.injection)],
            "responses": [response.as_json() for response in self.responses],
            "signed": [{"side": row.side, "label": row.decided} for row in self.play.signed()],
            "proofs": [asdict(proof) | {"holds": proof.holds} for proof in self.proofs],
        }


def perform(script: Script, say: Callable[[str], None]) -> Report:
    """Play in the present environment, which must be an empty house of its own."""
    say("Setting the stage: an empty database, a clinic, web, worker and carrier ...")
    with stage.house(env) as log:
        try:
            call_command("collectstatic", verbosity=0, interactive=False)
            wait(lambda: supervisor.answers(f"http://{stage.HOST}:{env.port}/"), "the pages")
            play = opening(script, say)
            scenes.perform(play)
        except Stuck as stuck:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL:])
            raise Stuck(f"{stuck}\nThe house's log {log} ends:\n{tail}") from None
        play.injection.refresh_from_db()
        answers = play.responses() if play.injection.t0 else ()
        return Report(play, answers, proofs.all_of(play))


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
