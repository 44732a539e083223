"""A protocol: the versioned document that says what patients are told, asked and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from reminders.rules.plan.conditions import Condition
from reminders.rules.plan.steps import Slot, Step
from reminders.rules.plan.timing import Anchor
from reminders.rules.policy import Policy
from reminders.rules.response.diary import DiarySlot
from reminders.rules.response.thresholds import Thresholds
from reminders.rules.response.windows import Window
from reminders.rules.text.texts import Texts
from scheduling.rules.procedure import Drug

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BlockRule:
    """When a block of the preparation page is shown."""

    id: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """Immutable once read. `texts` is by language; `windows` by drug.

    `placeholders` maps each gap of a text to the longest value that must still fit.
    """

    version: str
    title: str
    policy: Policy
    thresholds: Thresholds
    windows: Mapping[Drug, Window]
    slots: Mapping[str, Slot]
    steps: tuple[Step, ...]
    blocks: tuple[BlockRule, ...]
    placeholders: Mapping[str, str]
    texts: Mapping[str, Texts]

    @property
    def diary(self) -> tuple[DiarySlot, ...]:
        """The slots of a block that are due so many minutes after T0, if no facility asks less."""
        return tuple(
            _timed(slot)
            for slot in self.slots.values()
            if slot.timing.anchor is Anchor.T0 and slot.timing.at is None
        )

    def step(self, step_id: str) -> Step:
        """The step of this id; KeyError when there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(f"protocol {self.version} has no step {step_id!r}")

    def words(self, language: str) -> Texts:
        """The texts of this language, else English: never an unreviewed translation."""
        return self.texts.get(language) or self.texts["en"]


def _timed(slot: Slot) -> DiarySlot:
    tolerance = max(slot.early, slot.late)
    return DiarySlot(slot.id, slot.timing.offset // MINUTE, tolerance // MINUTE, slot.who)
