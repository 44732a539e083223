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
