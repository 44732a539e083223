"""What must have held in a run, looked up in the tables afterwards."""

from dataclasses import dataclass

from clinic.demo.pathway.invariants import answers, bookings, messages
from clinic.demo.pathway.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant of the design: its number, its claim, and a sentence for each breach."""

    number: str
    claim: str
    breaches: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.breaches


def check_all(scenario: Scenario) -> list[Invariant]:
    """Every invariant that this run can show, in the order of their numbers."""
    return [
        Invariant(number, claim, tuple(check(scenario)))
        for number, claim, check in (*ALWAYS, *(AFTER_T0 if scenario.injection.t0 else ()))
    ]


ALWAYS = (
    ("I1", "no resource is held twice", bookings.held_once),
    ("I2", "a cancelled visit holds nothing", bookings.released),
    ("I3", "each change of what the patient was told raised the revision", bookings.revision),
    ("I4", "ordered, booked and performed side agree", bookings.sides),
    ("I6", "nothing left outside its validity or for an old revision", messages.still_true),
    ("I6", "nothing left while the patient sleeps", messages.awake),
    ("I6", "nothing but the cancellation left after cancelling", messages.after_cancelling),
    ("I7", "no text and no mail came twice", messages.once),
    ("I8", "nothing was lost", messages.nothing_lost),
    ("I9", "every text has its receipt", messages.receipts),
    ("I10", "what did not reach the patient is a task", messages.phoned),
    ("I10", "what to do at home was told within minutes", messages.told_at_once),
    ("I10", "a drug that may be paused is a call at once", messages.phoned_about_pause),
    ("I10", "a warning sign was taken by somebody on call", messages.warning_taken),
    ("I11", "no message names diagnosis, procedure, body part or drug", messages.discreet),
    ("I12", "no text came after STOP", messages.silent_after_stop),
    ("I16", "changes and views are written down for good", bookings.audited),
)
AFTER_T0 = (
    ("I13", "the diary holds what was answered", answers.answers),
    ("I14", "the signed label is the rule's own", answers.same_answer),
    ("I15", "signing froze what was seen", answers.frozen),
)
