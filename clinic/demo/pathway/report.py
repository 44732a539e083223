"""The result of a run as text and as JSON: messages, diary, its reading, invariants."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from clinic.demo.pathway.invariants import Invariant
from clinic.demo.pathway.scenario import Scenario
from reminders.models import Message, Reading
from reminders.rules.response.classifier import Response
from scheduling.models import Injection


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of a run."""

    scenario: Scenario
    responses: tuple[Response, ...]
    invariants: list[Invariant]

    @property
    def broken(self) -> list[Invariant]:
        return [invariant for invariant in self.invariants if not invariant.holds]

    def as_text(self) -> str:
        """The diary, what it proves, and which invariants held."""
        return "\n".join(lines(self))

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


def lines(report: RunReport) -> Iterator[str]:
    if report.scenario.injection.t0:
        yield from diary_lines(report)
    for response in report.responses:
        yield f"\nThe answer, {response.side.label.lower()} joint: {response.label.label}"
        yield from (f"  {sentence}" for sentence in response.sentences)
    yield "\nWhat held"
    for invariant in report.invariants:
        yield f"  {'✓' if invariant.holds else '✗'} {invariant.number:<4} {invariant.claim}"
        yield from (f"         {breach}" for breach in invariant.breaches)


def diary_lines(report: RunReport) -> Iterator[str]:
    """One line a score, by the clinic's wall clock."""
    zone = ZoneInfo(report.scenario.place.zone)
    yield "\nThe diary"
    for row in diary(report.scenario.injection):
        slot = row.survey.slot if row.survey else ""
        mark = ", late" if row.late else ""
        at = row.observed_at.astimezone(zone)
        score = f"{row.side.value:<5} {row.score:>2}"
        yield f"  {at:%a %H:%M}  {slot:<4} {score}  by {row.channel}{mark}"


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
