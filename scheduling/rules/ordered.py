"""What an order asks for, as the rules read it."""

from dataclasses import dataclass, field

from scheduling.rules.cosignature import Signature
from scheduling.rules.procedure import (
    AgentClass,
    Drug,
    Guidance,
    Intent,
    Sedation,
    Side,
    Target,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The facts of one order that booking rules look at.

    `premedication` are the hours before the start at which contrast premedication is taken (13, 7,
    1). `screening` are answers by question, see `scheduling.rules.screening`; a missing answer is
    unknown.
    """

    side: Side | None
    intent: Intent
    target: Target = Target.INTRA_ARTICULAR
    guidance: Guidance = Guidance.FLUOROSCOPY
    sedation: Sedation = Sedation.NONE
    premedication: tuple[int, ...] = ()
    drugs: tuple[Drug, ...] = ()
    screening: dict[str, str] = field(default_factory=dict)
    hold: bool = False  # a prescriber has signed a hold of the blood thinner
    decided: bool = False  # a prescriber has signed any decision about it
    signature: Signature = Signature.SIGNED

    def includes(self, kind: AgentClass) -> bool:
        """Whether an agent of this class is planned."""
        return any(drug.agent_class is kind for drug in self.drugs)

    @property
    def xray(self) -> bool:
        """Guidance that exposes the pelvis to radiation."""
        return self.guidance in (Guidance.FLUOROSCOPY, Guidance.CT)

    @property
    def sedated(self) -> bool:
        return self.sedation is not Sedation.NONE

    @property
    def diagnostic(self) -> bool:
        return self.intent.is_diagnostic

    def answer(self, question: str) -> str:
        """The answer given, else `unknown`."""
        return self.screening.get(question, "unknown")
