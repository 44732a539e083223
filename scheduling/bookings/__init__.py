"""An injection and what it reserves, changed together or not at all. The only writer of these rows.

`booking` is everything up to the day, `amendments` an order that changes, `procedure_day` the day
itself, `assessments` what is measured on arrival, `time_outs` what is checked with
the patient, `procedures` what was done and its
corrections, `booking_checks` the checks that found something and the work they open,
`cosignatures` the signature under an order that somebody else entered.
`reservations` locks and reserves resources; `changes` is what all of these share.
"""

from scheduling.bookings.amendments import amend_side, follow
from scheduling.bookings.assessments import assess
from scheduling.bookings.booking import book, cancel, confirm, move, name_driver
from scheduling.bookings.changes import live, lock_order
from scheduling.bookings.procedure_day import (
    abort,
    arrive,
    mark_signed,
    no_show,
    undo_arrival,
)
from scheduling.bookings.procedures import complete, correct, note_awake, take_baseline
from scheduling.bookings.time_outs import time_out
from scheduling.errors import Blocked, SlotTaken, WrongState
from scheduling.finding.proposals import durations
from scheduling.finding.resources import ResourceSet
from scheduling.rules.checks import Check
from scheduling.rules.durations import Durations
from scheduling.rules.performed import JointFacts

__all__ = [
    "Blocked",
    "Check",
    "Durations",
    "JointFacts",
    "ResourceSet",
    "SlotTaken",
    "WrongState",
    "abort",
    "amend_side",
    "arrive",
    "assess",
    "book",
    "cancel",
    "complete",
    "confirm",
    "correct",
    "durations",
    "follow",
    "live",
    "lock_order",
    "mark_signed",
    "move",
    "name_driver",
    "no_show",
    "note_awake",
    "take_baseline",
    "time_out",
    "undo_arrival",
]
