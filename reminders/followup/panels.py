"""The chart's data: what of an injection and its answers is drawn, joint by joint."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from reminders.followup import responses
from reminders.followup.chart import Dot, Panel
from reminders.followup.slots import minute
from reminders.models import Context
from reminders.rules.response.classifier import Response
from scheduling.models import AgentLine, Injection
from scheduling.rules.procedure import AgentClass

HOURS = (-timedelta(hours=1), timedelta(hours=12))
"""The stretch of the chart in which pain medicines are drawn."""


def panels(injection: Injection, answers: Iterable[Response]) -> list[Panel]:
    """The chart's data, a panel a joint."""
    t0 = injection.t0
    return [_panel(injection, t0, answer) for answer in answers] if t0 else []


def _panel(injection: Injection, t0: datetime, answer: Response) -> Panel:
    joint = next((each for each in injection.joints.all() if each.side is answer.side), None)
    based = joint.baseline_at if joint else None
    taken = [each.taken_at for each in injection.analgesics.all()]
    return Panel(
        title=f"{answer.side.label} joint",
        baseline=answer.baseline,
        baseline_minute=minute(based, t0) if based else None,
        dots=tuple(_dots(injection, t0, answer)),
        core=answer.window.core if answer.window else None,
        outer=answer.window.outer if answer.window else None,
        analgesics=tuple(minute(at, t0) for at in taken if HOURS[0] <= at - t0 <= HOURS[1]),
        steroid=any(_is_steroid(line) for line in injection.agents.all()),
    )


def _is_steroid(line: AgentLine) -> bool:
    return line.agent.agent_class is AgentClass.STEROID


def _dots(injection: Injection, t0: datetime, answer: Response) -> Iterable[Dot]:
    left_out = {each.minute for each in answer.excluded}
    for reading in responses.standing(injection):
        at = minute(reading.observed_at, t0)
        if reading.side is answer.side and at >= 0:
            counted = at not in left_out and not (reading.late or reading.recall or reading.slept)
            yield Dot(at, reading.score, reading.context is Context.MOVEMENT, counted)
