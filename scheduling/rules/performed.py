"""What was done in a procedure, as values, and what has to be asked before it is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from scheduling.rules.procedure import Agent, Sedation, Side


@dataclass(frozen=True, slots=True)
class JointFacts:
    """What is known about one joint that was injected. None is unknown.

    Scores are 0-10; `baseline` is provoked, on the day, before T0.
    """

    side: Side
    baseline: int | None
    baseline_at: datetime | None = None
    rest_score: int | None = None
    index_activity: str = ""
    intra_articular: bool | None = None


def merged(said: JointFacts, known: JointFacts | None) -> JointFacts:
    """What is said of a joint now; where nothing is said, what was known before."""
    if known is None:
        return said
    measured = said if said.baseline is not None else known
    inside = said.intra_articular
    return JointFacts(
        side=said.side,
        baseline=measured.baseline,
        baseline_at=measured.baseline_at,
        rest_score=known.rest_score if said.rest_score is None else said.rest_score,
        index_activity=said.index_activity.strip() or known.index_activity,
        intra_articular=known.intra_articular if inside is None else inside,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What was done: T0 (needle out), performed side, sedation given (None is unknown), the agents
    that went into each joint, and the joints.
    """

    t0: datetime
    t0_estimated: bool
    side: Side
    sedation: Sedation | None
    agents: tuple[Agent, ...]
    joints: tuple[JointFacts, ...]


def side_question(performed: Side, booked: Side, known: Collection[Side] = ()) -> str:
    """What to ask before this performed side is kept; empty when nothing is to be asked.

    `known` are sides about which somebody has answered already.
    """
    if performed is booked or performed in known:
        return ""
    return (
        f"Booked is {booked.label.lower()}, and {performed.label.lower()} is said to be done. "
        "Look at the marked side, then say that it is so."
    )
