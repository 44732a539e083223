"""The words of one sacroiliac joint injection: its sides, intents, agents and states.

Values are what the database stores; `label` is what a person reads.
"""

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """A closed vocabulary: unknown text is an error, never a default."""

    @property
    def label(self) -> str:
        """What a person reads: `left_behind` -> "Left behind"."""
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs of (stored value, label), for models and forms."""
        return [(word.value, word.label) for word in cls]


class Side(Word):
    """Which joint. Never defaulted: a side that nobody stated is an error."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"

    @property
    def joints(self) -> "tuple[Side, ...]":
        """The single joints meant: bilateral is left and right, scored apart."""
        return (Side.LEFT, Side.RIGHT) if self is Side.BILATERAL else (self,)


class Intent(Word):
    """Why the joint is injected: to learn, to treat, or both."""

    DIAGNOSTIC = "diagnostic"
    THERAPEUTIC = "therapeutic"
    BOTH = "both"

    @property
    def is_diagnostic(self) -> bool:
        return self is not Intent.THERAPEUTIC


class Block(Word):
    """Where a diagnostic injection stands in a two-block comparison."""

    FIRST = "first"
    CONFIRMATORY = "confirmatory"
    NOT_APPLICABLE = "not_applicable"


class Target(Word):
    INTRA_ARTICULAR = "intra_articular"
    POSTERIOR_LIGAMENT = "posterior_ligament"
    LATERAL_BRANCH = "lateral_branch"
    RFA = "rfa"

    @property
    def label(self) -> str:
        names = {Target.RFA: "Radiofrequency ablation", Target.INTRA_ARTICULAR: "Intra-articular"}
        return names.get(self) or super().label

    @property
    def in_joint(self) -> bool:
        """Whether the agents are meant to stay inside the joint; elsewhere nobody asks for it."""
        return self is Target.INTRA_ARTICULAR


class Guidance(Word):
    FLUOROSCOPY = "fluoroscopy"
    CT = "ct"
    ULTRASOUND = "ultrasound"
    NONE = "none"

    @property
    def label(self) -> str:
        return "CT" if self is Guidance.CT else super().label


class Sedation(Word):
    NONE = "none"
    ORAL_ANXIOLYTIC = "oral_anxiolytic"
    MODERATE_IV = "moderate_iv"
    DEEP_MAC = "deep_mac"

    @property
    def label(self) -> str:
        names = {Sedation.MODERATE_IV: "Moderate (IV)", Sedation.DEEP_MAC: "Deep (MAC)"}
        return names.get(self) or super().label

    @property
    def needs_fasting(self) -> bool:
        """Fasting applies to IV and deep sedation only (ASA fasting guideline)."""
        return self in (Sedation.MODERATE_IV, Sedation.DEEP_MAC)


class DriverRule(Word):
    """When a patient must bring a driver. Sedation always needs one."""

    SEDATION = "sedation"
    ALWAYS = "always"


class AgentClass(Word):
    LOCAL_ANAESTHETIC = "local_anaesthetic"
    STEROID = "steroid"
    CONTRAST = "contrast"


class Drug(Word):
    """Agents that may be injected. The windows they open live in the protocol."""

    LIDOCAINE = "lidocaine"
    LIDOCAINE_EPINEPHRINE = "lidocaine_epinephrine"
    BUPIVACAINE = "bupivacaine"
    ROPIVACAINE = "ropivacaine"
    METHYLPREDNISOLONE = "methylprednisolone"
    TRIAMCINOLONE = "triamcinolone"
    DEXAMETHASONE = "dexamethasone"
    BETAMETHASONE = "betamethasone"
    IOHEXOL = "iohexol"
    GADOLINIUM = "gadolinium"

    @property
    def agent_class(self) -> AgentClass:
        if self in (Drug.IOHEXOL, Drug.GADOLINIUM):
            return AgentClass.CONTRAST
        if self in STEROIDS:
            return AgentClass.STEROID
        return AgentClass.LOCAL_ANAESTHETIC


STEROIDS = frozenset(
    (Drug.METHYLPREDNISOLONE, Drug.TRIAMCINOLONE, Drug.DEXAMETHASONE, Drug.BETAMETHASONE)
)


@dataclass(frozen=True, slots=True)
class Agent:
    """One drug drawn up for one joint.

    `concentration` is in percent (mg/mL / 10), `volume` in mL, `dose` in mg; None is unknown.
    """

    drug: Drug
    concentration: float | None = None
    volume: float | None = None
    dose: float | None = None
    preservative_free: bool | None = None

    @property
    def agent_class(self) -> AgentClass:
        return self.drug.agent_class


class InjectionState(Word):
    """Where a booked injection stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @property
    def label(self) -> str:
        return "No-show" if self is InjectionState.NO_SHOW else super().label

    @property
    def is_live(self) -> bool:
        """Whether it keeps its resources reserved."""
        return self not in (InjectionState.CANCELLED, InjectionState.NO_SHOW)


class Purpose(Word):
    """What a patient agreed to be written to about (consent scope)."""

    REMINDERS = "reminders"
    DIARY = "diary"
    WAITLIST = "waitlist"
    DETAILED_CONTENT = "detailed_content"


class Channel(Word):
    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"

    @property
    def label(self) -> str:
        return {Channel.SMS: "SMS", Channel.EMAIL: "E-mail", Channel.PHONE: "Phone"}[self]


class HoldDecision(Word):
    """What a prescriber decided about a blood thinner before the injection."""

    CONTINUE = "continue"
    HOLD = "hold"
