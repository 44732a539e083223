"""What can stand against a booking, each with what to do about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduling.holds import Opening
    from scheduling.rules.checks import Check


class WrongState(Exception):
    """The visit or order is not in a state that allows this; the sentence says which it is in."""


class SlotTaken(Exception):
    """Somebody or something is not free then. `alternatives` are the next openings, best first."""

    def __init__(self, sentence: str, alternatives: "list[Opening]") -> None:
        super().__init__(sentence)
        self.alternatives = alternatives


class Blocked(Exception):
    """Checks forbid this booking; `checks` holds those that nobody may, or has yet to, override."""

    def __init__(self, checks: "list[Check]") -> None:
        super().__init__(" ".join(check.sentence for check in checks))
        self.checks = checks
