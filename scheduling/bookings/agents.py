"""Agents as rows: planned by an order, or given in an injection."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from scheduling.models import AgentLine
from scheduling.rules.procedure import Agent, Drug
from scheduling.validation import word

MOST = 1000  # mL, mg or percent; far above any agent, and what the columns can hold


def fault(agents: Sequence[Agent]) -> str:
    """What is wrong with a list of agents, or nothing: one or more, each once, amounts above 0."""
    if not agents:
        return "List at least one agent."
    drugs = [word(Drug, agent.drug, "agents") for agent in agents]
    if len(set(drugs)) < len(drugs):
        return "An agent is listed twice."
    for agent in agents:
        if not all(amount is None or 0 < amount < MOST for amount in _amounts(agent)):
            return f"The amounts of {agent.drug} must be above 0 and below {MOST}."
    return ""


def rows(agents: Sequence[Agent], **of: Any) -> list[AgentLine]:
    """Unsaved rows; `of` is the order that plans them or the injection that gave them."""
    return [
        AgentLine(
            drug=agent.drug,
            preservative_free=agent.preservative_free,
            **dict(zip(("concentration", "volume", "dose"), _exact(agent), strict=True)),
            **of,
        )
        for agent in agents
    ]


def _amounts(agent: Agent) -> tuple[float | None, float | None, float | None]:
    return agent.concentration, agent.volume, agent.dose


def _exact(agent: Agent) -> list[Decimal | None]:
    """Amounts as people wrote them: 0.1 is a tenth, not the float next to it."""
    return [None if amount is None else Decimal(str(amount)) for amount in _amounts(agent)]
