"""The options of a run: read from the command line, refused when they contradict each other."""

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
    """One run. `scores` are minutes after T0 with a score for each joint, in order of time.

    `stop_at` is when the patient texts STOP, in minutes after T0; None: never. `red_flag` is what
    the patient texts an hour after the end.
    """

    side: Side
    baselines: Mapping[Side, int]
    agents: tuple[Agent, ...]
    scores: tuple[tuple[int, Mapping[Side, int]], ...]
    late: bool = False
    stop_at: int | None = None
    cancel: bool = False
    move: bool = False
    hold: bool = False
    sedated: bool = False
    abort: bool = False
    red_flag: str = ""

    @property
    def by_link(self) -> bool:
        """Two joints, or answers that come late, need the page."""
        return self.late or self.side is Side.BILATERAL


def read_options(arguments: Mapping[str, Any]) -> PathwayOptions:
    """What these arguments of the command ask for. Raises `ValueError` with a sentence."""
    if not arguments["side"]:
        raise ValueError("--side is missing: write --side left, --side right or --side bilateral.")
    side = parse("--side", notation.side, arguments["side"])
    stop = arguments["stop_at"]
    options = PathwayOptions(
        side=side,
        baselines=baselines(side, arguments["baseline"]),
        agents=agents(arguments["agent"]),
        scores=scores(side, arguments["score"]),
        late=arguments["late"],
        stop_at=parse("--stop-at", notation.minutes, stop) if stop else None,
        cancel=arguments["cancel"],
        move=arguments["move"],
        hold=arguments["hold"],
        sedated=arguments["sedated"],
        abort=arguments["abort"],
        red_flag=arguments["red_flag"] or "",
    )
    refuse_contradictions(options)
    return options


def parse(name: str, reader: Callable[[str], Read], text: str) -> Read:
    """One value; the `ValueError` of its reader names the option."""
    try:
        return reader(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None


def baselines(side: Side, texts: Iterable[str]) -> dict[Side, int]:
    """One provoked baseline for each joint."""
    said: dict[Side, int] = {}
    for text in texts:
        joint, score = parse("--baseline", lambda t: notation.joint_number(t, "score", 10), text)
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
    said = tuple(parse("--agent", notation.agent, text) for text in texts)
    if not any(agent.agent_class is AgentClass.LOCAL_ANAESTHETIC for agent in said):
        raise ValueError("--agent needs a local anaesthetic: add --agent bupivacaine.")
    return said


def scores(side: Side, texts: Iterable[str]) -> tuple[tuple[int, Mapping[Side, int]], ...]:
    """Scores by time; both joints of a bilateral case at each time."""
    moments: dict[int, dict[Side, int]] = {}
    for text in texts:
        reading = parse("--score", lambda t: notation.reading(t, side), text)
        refuse_marks(text, reading)
        by_side = moments.setdefault(reading.minute, {})
        if reading.side in by_side:
            raise ValueError(f"--score: {text!r} comes twice; a check-in is answered once.")
        by_side[reading.side] = reading.score or 0
    for minute, by_side in moments.items():
        for joint in side.joints:
            if joint not in by_side:
                when = notation.spoken(minute)
                raise ValueError(f"--score: at {when} the {joint.value} joint is missing.")
    return tuple(sorted(moments.items()))


def refuse_marks(text: str, reading: Reading) -> None:
    """Refuse all but a plain number within the day's check-ins or the next morning."""
    if reading.score is None or reading != Reading(reading.side, reading.score, reading.minute):
        raise ValueError(f"--score: {text!r} has marks; this command takes plain numbers, as 1h=3.")
    if not (FIRST <= reading.minute <= LAST or MORNING[0] <= reading.minute <= MORNING[1]):
        raise ValueError(
            f"--score: {text!r} fits no check-in; use 15min to 8h, or 24h for the next morning."
        )


def refuse_contradictions(options: PathwayOptions) -> None:
    """Refuse options that cannot go together."""
    diary = {"--score": options.scores, "--late": options.late, "--stop-at": options.stop_at}
    surplus = [name for name, said in diary.items() if said]
    if options.abort and surplus:
        raise ValueError(f"An aborted injection has no diary: leave out {' and '.join(surplus)}.")
    if options.cancel and (options.abort or options.red_flag):
        raise ValueError("A cancelled visit does not happen: leave out --abort and --red-flag.")
    if options.cancel and surplus:
        raise ValueError(f"A cancelled visit has no diary: leave out {' and '.join(surplus)}.")
    if options.late and not options.scores:
        raise ValueError("--late needs scores to be late with: add --score 1h=2.")
    if options.late and options.scores[-1][0] > LAST:
        raise ValueError("--late is for the first day: leave out the next morning's score.")
    if options.stop_at is not None and not 0 < options.stop_at <= LAST:
        raise ValueError("--stop-at: use a time within 8 hours after T0, as 3h.")
