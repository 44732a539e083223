"""How long each local anaesthetic may be expected to work after T0 (needle out), in minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduling.rules.procedure import AgentClass, Drug


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes after T0, both ends included: `core` when it surely works, `outer` when it may."""

    core: tuple[int, int]
    outer: tuple[int, int]

    def __post_init__(self) -> None:
        if not 0 <= self.outer[0] <= self.core[0] < self.core[1] <= self.outer[1]:
            raise ValueError(
                f"A window needs its core {self.core} inside its outer range {self.outer}, "
                "in minutes after T0, start before end."
            )

    def holds(self, minute: int) -> bool:
        """Whether a minute lies in the outer window."""
        return self.outer[0] <= minute <= self.outer[1]

    def core_holds(self, minute: int) -> bool:
        return self.core[0] <= minute <= self.core[1]

    def __or__(self, other: "Window") -> "Window":
        return Window(_hull(self.core, other.core), _hull(self.outer, other.outer))


def _hull(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], other[0]), max(one[1], other[1])


def window_for(drugs: Iterable[Drug], windows: Mapping[Drug, Window]) -> Window | None:
    """The window that these drugs open: a mixture opens the union of its anaesthetics' windows.

    None when no local anaesthetic is among them. Raises ValueError when one has no window.
    """
    union: Window | None = None
    for drug in drugs:
        if drug.agent_class is AgentClass.LOCAL_ANAESTHETIC:
            opened = _window_of(drug, windows)
            union = union | opened if union else opened
    return union


def _window_of(drug: Drug, windows: Mapping[Drug, Window]) -> Window:
    if drug not in windows:
        raise ValueError(f"No window is stated for {drug.value}: add it to the protocol.")
    return windows[drug]
