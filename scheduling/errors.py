"""Why something is refused, each with what to do about it."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from scheduling.finding.resources import Opening
    from scheduling.rules.checks import Check


class WrongState(Exception):
    """The injection or order is in a state that forbids this; the sentence says in which."""


class SeenElsewhere(PermissionDenied):
    """The patient is seen at locations where whoever asks does not work."""

    def __init__(self, patient: UUID) -> None:
        super().__init__("This patient is seen at another location.")
        self.patient = patient  # the reference, which names nobody


class SlotTaken(Exception):
    """Somebody or something is not free then; the sentence says who."""

    def __init__(self, sentence: str, look_up: "Callable[[], list[Opening]]") -> None:
        super().__init__(sentence)
        self.look_up = look_up

    @cached_property
    def alternatives(self) -> "list[Opening]":
        """The next openings, earliest first, as free as they are when somebody asks."""
        return self.look_up()


class Blocked(Exception):
    """Checks forbid this booking; `checks` holds those that nobody may, or has yet to, override."""

    def __init__(self, checks: "list[Check]") -> None:
        super().__init__(" ".join(check.sentence for check in checks))
        self.checks = checks
