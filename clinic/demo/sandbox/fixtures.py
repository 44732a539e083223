"""Who is in the demonstration: made-up people, with names that say so, and what each came for."""

from dataclasses import dataclass, field
from datetime import date

from scheduling.rules.procedure import (
    Agent,
    Drug,
    Intent,
    Sedation,
    Side,
    Word,
)

ZONE = "America/New_York"
CLEAR = {
    "anticoagulant": "none",
    "diabetes": "none",
    "contrast_reaction": "none",
    "la_reaction": "none",
    "steroid_reaction": "none",
    "pregnancy": "no",
    "infection": "no",
    "antibiotics": "none",
    "prone": "can",
    "red_flag": "no",
}
BUPIVACAINE = Agent(Drug.BUPIVACAINE, concentration=0.5, volume=1.5, dose=7.5)
LIDOCAINE = Agent(Drug.LIDOCAINE, concentration=2, volume=1.5, dose=30)
STEROID = Agent(Drug.METHYLPREDNISOLONE, volume=1, dose=40)
CONTRAST = Agent(Drug.IOHEXOL, volume=0.5)


class Progress(Word):
    """How far a patient has come when the demonstration opens."""

    REGISTERED = "registered"
    ORDERED = "ordered"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DIARY = "diary"
    REVIEW = "review"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPatient:
    """One patient. `days` is how far ahead the visit is booked; `scores` answer slots by side.

    The telephone number is one of those kept for fiction, ending in `line`.
    """

    family: str
    given: str
    born: date
    line: int
    progress: Progress
    side: Side = Side.LEFT
    intent: Intent = Intent.DIAGNOSTIC
    sedation: Sedation = Sedation.NONE
    agents: tuple[Agent, ...] = (BUPIVACAINE, CONTRAST)
    days: int = 0
    zone: str = ZONE
    mail: bool = True
    texts: bool = True
    entered_by: str = "physician"
    screening: dict[str, str] = field(default_factory=dict)
    baseline: dict[Side, int] = field(default_factory=dict)
    scores: dict[str, dict[Side, int]] = field(default_factory=dict)


def left(*scores: int) -> dict[str, dict[Side, int]]:
    """Scores of the left joint, slot after slot."""
    return {slot: {Side.LEFT: score} for slot, score in zip(SLOTS, scores, strict=False)}


SLOTS = ("D15", "D30", "D45", "D60", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "N1")
BOTH = {
    slot: {Side.LEFT: score, Side.RIGHT: other}
    for slot, score, other in zip(
        SLOTS,
        (3, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 8),
        (6, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6),
        strict=True,
    )
}

PATIENTS = (
    DemoPatient(
        family="Example",
        given="Ada",
        born=date(1961, 4, 12),
        line=101,
        progress=Progress.REVIEW,
        baseline={Side.LEFT: 7},
        scores=left(2, 1, 1, 1, 1, 2, 4, 5, 6, 7, 7, 7),
    ),
    DemoPatient(
        family="Sample",
        given="Bo",
        born=date(1975, 11, 3),
        line=102,
        progress=Progress.DIARY,
        baseline={Side.LEFT: 6},
        scores=left(4, 3, 3, 2, 2, 2, 3, 4, 4, 5, 5, 6),
    ),
    DemoPatient(
        family="Testwell",
        given="Cleo",
        born=date(1958, 1, 30),
        line=103,
        progress=Progress.REVIEW,
        side=Side.BILATERAL,
        baseline={Side.LEFT: 8, Side.RIGHT: 6},
        scores=BOTH,
    ),
    DemoPatient(
        family="Demo",
        given="Dora",
        born=date(1949, 7, 21),
        line=104,
        progress=Progress.SIGNED,
        agents=(LIDOCAINE, CONTRAST),
        baseline={Side.LEFT: 8},
        scores=left(2, 1, 2, 3, 5, 6, 7, 8, 8, 8, 8, 8),
    ),
    DemoPatient(
        family="Mockford",
        given="Eli",
        born=date(1983, 9, 9),
        line=105,
        progress=Progress.CONFIRMED,
        side=Side.RIGHT,
        days=1,
    ),
    DemoPatient(
        family="Placeholder",
        given="Fern",
        born=date(1968, 2, 29),
        line=106,
        progress=Progress.BOOKED,
        days=2,
        intent=Intent.BOTH,
        agents=(BUPIVACAINE, STEROID, CONTRAST),
        screening={"diabetes": "type2", "insulin": "no"},
    ),
    DemoPatient(
        family="Specimen",
        given="Gus",
        born=date(1955, 12, 5),
        line=107,
        progress=Progress.BOOKED,
        days=9,
        intent=Intent.THERAPEUTIC,
        sedation=Sedation.MODERATE_IV,
        agents=(STEROID, LIDOCAINE, CONTRAST),
        side=Side.BILATERAL,
        screening={"glp1": "no"},
    ),
    DemoPatient(
        family="Makebelieve",
        given="Hope",
        born=date(1990, 6, 17),
        line=108,
        progress=Progress.BOOKED,
        days=4,
        zone="America/Denver",
    ),
    DemoPatient(
        family="Pretend",
        given="Ivo",
        born=date(1972, 3, 8),
        line=109,
        progress=Progress.BOOKED,
        days=6,
        mail=False,
        side=Side.RIGHT,
        entered_by="nurse",
    ),
    DemoPatient(
        family="Fictional",
        given="June",
        born=date(1964, 10, 2),
        line=110,
        progress=Progress.ORDERED,
        screening={"anticoagulant": "doac"},
        entered_by="desk",
    ),
    DemoPatient(
        family="Imaginary",
        given="Kit",
        born=date(1979, 5, 25),
        line=111,
        progress=Progress.CANCELLED,
        days=5,
    ),
    DemoPatient(
        family="Invented",
        given="Lou",
        born=date(1947, 8, 14),
        line=112,
        progress=Progress.REGISTERED,
        texts=False,
    ),
)
STAFF = (
    ("desk", "Desk", "Dana", "Deskwell", ""),
    ("nurse", "Nurse", "Nora", "Nursely", "RN"),
    ("physician", "Physician", "Paul", "Physick", "MD"),
    ("physician2", "Physician", "Petra", "Placid", "MD"),
    ("administrator", "Administrator", "Alex", "Admin", ""),
    ("privacy_officer", "Privacy_officer", "Priya", "Privately", ""),
)
