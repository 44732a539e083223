"""The time-out before the needle: who this is, which side, and who takes the patient home.

Two identifiers: Joint Commission, NPSG.01.01.01. The side with the patient: Universal Protocol.
"""

from collections.abc import Collection

from scheduling.rules.procedure import Side, Word

IDENTIFIERS = 2


class Identifier(Word):
    """What tells one patient from another; a room or a bed does not."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    MRN = "mrn"
    ADDRESS = "address"
    PHONE = "phone"

    @property
    def label(self) -> str:
        return "MRN" if self is Identifier.MRN else super().label


def identifiers_fault(checked: Collection[Identifier]) -> str:
    """What is wrong with the identifiers, or nothing: at least two different ones."""
    if len(set(checked)) < IDENTIFIERS:
        return "Check two identifiers with the patient, such as name and birth date."
    return ""


def said_side_fault(said: Side, booked: Side) -> str:
    """What is wrong with the side that the patient says, or nothing: it is the booked one."""
    if said is booked:
        return ""
    return (
        f"Booked is {booked.label.lower()}, and the patient says {said.label.lower()}: stop. "
        "The physician decides, and the booked side is changed before anything else."
    )
