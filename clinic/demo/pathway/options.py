"""What is to be run: read from the command line, refused when it contradicts itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from reminders.rules.response import notation
from reminders.rules.response.case import Reading
from scheduling.rules.procedure import Agent, AgentClass, Side

Read = TypeVar("Read")
FIRST, LAST = 15, 8 * 60 + 30  # minutes after T0 in which the first day's check-ins lie
MORNING = (18 * 60, 32 * 60)  # and the next morning's


@dataclass(frozen=True, slots=True)
class PathwayOptions:
    """One play. `scores` are minutes after T0 with a score for each joint, in order of time.

    `stop_at` is when the patient texts STOP, in minutes after T0; None: never.
    """

    side: Side
    baselines: Mapping[Side, int]
    agents: tuple[Agent, ...]
    scores: tuple[tuple[int, Mapping[Side, int]], ...]
    late: bool = False
    stop_at: int | None = None
    cancel: bool = False
    move: bool = False

    @property
    def by_link(self) -> bool:
        """Two joints, or answers that come late, need the page."""
        return self.late or self.side is Side.BILATERAL


def read_options(options: Mapping[str, Any]) -> PathwayOptions:
    """What these options ask for. Raises `ValueError` with a sentence."""
    if not options["side"]:
        raise ValueError("--side is missing: write --side left, --side right or --side bilateral.")
    side = one("--side", notation.side, options["side"])
    stop = options["stop_at"]
    chosen = PathwayOptions(
        side=side,
        baselines=baselines(side, options["baseline"]),
        agents=agents(options["agent"]),
        scores=scores(side, options["score"]),
        late=options["late"],
        stop_at=one("--stop-at", notation.minutes, stop) if stop else None,
        cancel=options["cancel"],
        move=options["move"],
    )
    coherent(chosen)
    return chosen


def one(name: str, reader: Callable[[str], Read], text: str) -> Read:
    """One value; its complaint names the option."""
    try:
        return reader(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None


def baselines(side: Side, texts: Iterable[str]) -> dict[Side, int]:
    """One provoked baseline for each joint."""
    said: dict[Side, int] = {}
    for text in texts:
        joint, score = one("--baseline", lambda t: notation.joint_number(t, "score", 10), text)
        if joint in said:
            raise ValueError(f"--baseline: the {joint.value} joint is given twice; say it once.")
        said[joint] = score
    for joint in side.joints:
        if joint not in said:
            raise ValueError(f"--baseline is missing for the {joint.value} joint: add {joint}=7.")
    for joint in said:
        if joint not in side.joints:
            raise ValueError(f"--baseline: the {joint.value} joint is not injected; leave it out.")
    return said


def agents(texts: Iterable[str]) -> tuple[Agent, ...]:
    """What is injected: at least one local anaesthetic, for there is a block to read."""
    said = tuple(one("--agent", notation.agent, text) for text in texts)
    if not any(agent.agent_class is AgentClass.LOCAL_ANAESTHETIC for agent in said):
        raise ValueError("--agent needs a local anaesthetic: add --agent bupivacaine.")
    return said


def scores(side: Side, texts: Iterable[str]) -> tuple[tuple[int, Mapping[Side, int]], ...]:
    """Scores by time; both joints of a bilateral case at each time."""
    moments: dict[int, dict[Side, int]] = {}
    for text in texts:
        reading = one("--score", lambda t: notation.reading(t, side), text)
        plain(text, reading)
        told = moments.setdefault(reading.minute, {})
        if reading.side in told:
            raise ValueError(f"--score: {text!r} comes twice; a check-in is answered once.")
        told[reading.side] = reading.score or 0
    for minute, told in moments.items():
        for joint in side.joints:
            if joint not in told:
                when = notation.spoken(minute)
                raise ValueError(f"--score: at {when} the {joint.value} joint is missing.")
    return tuple(sorted(moments.items()))


def plain(text: str, reading: Reading) -> None:
    """A number within the day's check-ins or the next morning, and nothing more."""
    if reading.score is None or reading != Reading(reading.side, reading.score, reading.minute):
        raise ValueError(f"--score: {text!r} has marks; the play takes plain numbers, as 1h=3.")
    if not (FIRST <= reading.minute <= LAST or MORNING[0] <= reading.minute <= MORNING[1]):
        raise ValueError(
            f"--score: {text!r} fits no check-in; use 15min to 8h, or 24h for the next morning."
        )


def coherent(chosen: PathwayOptions) -> None:
    """Refuse what cannot be played together."""
    diary = {"--score": chosen.scores, "--late": chosen.late, "--stop-at": chosen.stop_at}
    surplus = [name for name, said in diary.items() if said]
    if chosen.cancel and surplus:
        raise ValueError(f"A cancelled visit has no diary: leave out {' and '.join(surplus)}.")
    if chosen.late and not chosen.scores:
        raise ValueError("--late needs scores to be late with: add --score 1h=2.")
    if chosen.late and chosen.scores[-1][0] > LAST:
        raise ValueError("--late is for the first day: leave out the next morning's score.")
    if chosen.stop_at is not None and not 0 < chosen.stop_at <= LAST:
        raise ValueError("--stop-at: use a time within 8 hours after T0, as 3h.")
