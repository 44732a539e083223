"""The chart's data: what of an injection and its answers is drawn, joint by joint."""

from collections.abc import Iterable
from datetime import timedelta

from reminders.followup import responses
from reminders.followup.chart import Dot, Panel
from reminders.followup.slots import minute
from reminders.models import Context
from reminders.rules.response import Response
from scheduling.models import Injection
from scheduling.rules.procedure import AgentClass

HOURS = (-timedelta(hours=1), timedelta(hours=12))
"""The stretch of the chart in which pain medicines are drawn."""


def panels(injection: Injection, answers: Iterable[Response]) -> list[Panel]:
    """The chart's data, a panel a joint."""
    return [_panel(injection, answer) for answer in answers] if injection.t0 else []


def _panel(injection: Injection, answer: Response) -> Panel:
    joint = next((each for each in injection.joints.all() if each.side is answer.side), None)
    based = joint.baseline_at if joint else None
    steroid = any(line.agent.agent_class is AgentClass.STEROID for line in injection.agents.all())
    return Panel(
        title=f"{answer.side.label} joint",
        baseline=answer.baseline,
        baseline_minute=minute(based, injection.t0) if based else None,
        dots=tuple(_dots(injection, answer)),
        core=answer.window.core if answer.window else None,
        outer=answer.window.outer if answer.window else None,
        analgesics=tuple(
            minute(each.taken_at, injection.t0)
            for each in injection.analgesics.all()
            if HOURS[0] <= each.taken_at - injection.t0 <= HOURS[1]
        ),
        steroid=steroid,
    )


def _dots(injection: Injection, answer: Response) -> Iterable[Dot]:
    left_out = {each.minute for each in answer.excluded}
    for reading in responses.standing(injection):
        at = minute(reading.observed_at, injection.t0)
        if reading.side is answer.side and at >= 0:
            counted = at not in left_out and not (reading.late or reading.recall or reading.slept)
            yield Dot(at, reading.score, reading.context is Context.MOVEMENT, counted)
