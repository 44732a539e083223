"""Everything the classifier is told about one injection and its diary. Minutes count from T0."""

from dataclasses import dataclass

from reminders.rules.response.diary import DiarySlot
from scheduling.rules.procedure import (
    Agent,
    AgentClass,
    InjectionState,
    Intent,
    Sedation,
    Side,
    Target,
    Word,
)


class Context(Word):
    """What the patient was doing when scoring."""

    MOVEMENT = "movement"
    REST = "rest"


class EnteredBy(Word):
    PATIENT = "patient"
    STAFF = "staff"
    PROXY = "proxy"


class AnswerChannel(Word):
    """How a reading reached us."""

    LINK = "link"
    SMS = "sms"
    PHONE = "phone"
    PAPER = "paper"
    VISIT = "visit"


class Mark(Word):
    """What a person noted about the case; each becomes a flag."""

    STEROID_PREMED = "STEROID_PREMED"
    SIDE_CHANGED = "SIDE_CHANGED"
    T0_ESTIMATED = "T0_ESTIMATED"
    NEW_PAIN_SITE = "NEW_PAIN_SITE"
    PAPER_TRANSCRIBED = "PAPER_TRANSCRIBED"


def whole_score(score: object, what: str) -> int:
    """The score if it is a whole number from 0 to 10. Raises ValueError otherwise."""
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= 10:
        raise ValueError(f"{what} is {score}: give a whole number from 0 to 10.")
    return score


@dataclass(frozen=True, slots=True)
class Reading:
    """One score (0-10) of one joint, observed `minute` minutes after T0.

    `side` is BILATERAL when one number was given for both joints. `score` is None only for a
    reading that was slept through. `late` and `recall` come from binding the answer to its slot.
    `reexam` says that staff repeated the provocation tests for this score.
    `average` says that the last 7 days were asked about, not the moment.
    `patient_gave_number` matters for proxies: None is unknown and counts as no.
    """

    side: Side
    score: int | None
    minute: int
    slot: str | None = None
    context: Context = Context.MOVEMENT
    activity_done: bool | None = None
    recall: bool = False
    slept: bool = False
    late: bool = False
    channel: AnswerChannel | None = None
    entered_by: EnteredBy = EnteredBy.PATIENT
    patient_gave_number: bool | None = None
    reexam: bool = False
    average: bool = False

    def __post_init__(self) -> None:
        if not (self.score is None and self.slept):
            whole_score(self.score, f"The {self.side.value} score at minute {self.minute}")

    @property
    def is_provoked(self) -> bool:
        """Whether the score is about movement: asked so, or the index activity was done."""
        return self.context is Context.MOVEMENT or self.activity_done is True

    @property
    def is_by_proxy(self) -> bool:
        return self.entered_by is EnteredBy.PROXY

    @property
    def is_staff_reexam(self) -> bool:
        return self.reexam and self.entered_by is EnteredBy.STAFF


@dataclass(frozen=True, slots=True)
class Analgesic:
    """A pain medicine the patient took, `minute` minutes after T0 (before T0: negative)."""

    name: str
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """One injected joint: its provoked baseline (None: not taken) and what is known of the needle.

    `at_rest` and `average_before` are the pain at rest and the average of the 7 days before, None
    when not taken. `intra_articular` is None when nobody stated it. `patient_percent` is the
    patient's own estimate of relief, 0-100.
    """

    side: Side
    baseline: int | None
    same_day: bool
    at_rest: int | None = None
    average_before: int | None = None
    intra_articular: bool | None = None
    patient_percent: int | None = None

    def before(self, *, average: bool) -> int | None:
        """The score before the injection that one since is compared with: an average with an
        average, a moment with the provoked one. Scores of two kinds say nothing about each other.
        """
        return self.average_before if average else self.baseline

    def __post_init__(self) -> None:
        if self.side is Side.BILATERAL:
            raise ValueError("A joint is left or right: state the two of a bilateral case apart.")
        before = {
            "baseline": self.baseline,
            "score at rest": self.at_rest,
            "average before": self.average_before,
        }
        for what, score in before.items():
            if score is not None:
                whole_score(score, f"The {self.side.value} {what}")
        if self.patient_percent is not None and not 0 <= self.patient_percent <= 100:
            raise ValueError(
                f"The {self.side.value} patient's percent is {self.patient_percent}: "
                "give a whole number from 0 to 100."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One injection as performed, with its diary.

    `intent` is why: without a test there is no block to judge.
    `agents` went into each joint; empty is unknown. `sedation` None is unknown; `sedated_until`
    is the minute the patient was alert again, None unknown or not sedated. `expected` are the
    diary's slots, empty when unknown. `asked` are the joints the diary asked about, empty when
    unknown. `target` is where the needle was to go. `combined_score` says that one number was
    taken for both joints.
    Raises ValueError when a performed joint is missing.
    """

    performed: Side
    state: InjectionState
    joints: tuple[Joint, ...]
    intent: Intent = Intent.DIAGNOSTIC
    agents: tuple[Agent, ...] = ()
    readings: tuple[Reading, ...] = ()
    analgesics: tuple[Analgesic, ...] = ()
    sedation: Sedation | None = None
    sedated_until: int | None = None
    expected: tuple[DiarySlot, ...] = ()
    marks: frozenset[Mark] = frozenset()
    asked: tuple[Side, ...] = ()
    target: Target = Target.INTRA_ARTICULAR
    combined_score: bool = False

    def __post_init__(self) -> None:
        stated = sorted(joint.side for joint in self.joints)
        if stated != sorted(self.performed.joints):
            raise ValueError(
                f"The injection was {self.performed.value} but joints are stated for "
                f"{', '.join(stated) or 'none'}: state each performed joint once."
            )

    def missed(self, joint: Joint) -> bool:
        """Whether the agents are known to have gone elsewhere than meant."""
        return self.target.in_joint and joint.intra_articular is False

    def joint(self, side: Side) -> Joint:
        return next(joint for joint in self.joints if joint.side is side)

    @property
    def has_steroid(self) -> bool:
        return any(agent.agent_class is AgentClass.STEROID for agent in self.agents)

    @property
    def first_rescue(self) -> Analgesic | None:
        """The first pain medicine after T0: what is felt later is not the block alone."""
        taken = [analgesic for analgesic in self.analgesics if analgesic.minute >= 0]
        return min(taken, key=lambda analgesic: analgesic.minute, default=None)
