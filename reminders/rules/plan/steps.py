"""The lines of a protocol: steps that say something, slots that ask for a score."""

from dataclasses import dataclass
from datetime import timedelta

from reminders.rules.plan.conditions import Condition
from reminders.rules.plan.timing import Until, When
from scheduling.rules.procedure import Channel, InjectionState, Purpose, Word


class Late(Word):
    """What happens to a step whose time had passed when the injection was booked."""

    FOLD = "fold"
    TASK = "task"
    DROP = "drop"


class Twice(Word):
    """Whether an attempt of unknown outcome may be repeated."""

    BETTER_THAN_NEVER = "better_than_never"
    NEVER = "never"


class Audience(Word):
    """Who does a task; `patient` marks a message."""

    PATIENT = "patient"
    DESK = "desk"
    NURSE = "nurse"
    PHYSICIAN = "physician"


class Chase(Word):
    """Which moment of a slot a step belongs to: the asking, the reminder, the phone call."""

    ASK = "ask"
    AGAIN = "again"
    PHONE = "phone"


class Respondent(Word):
    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One moment for which a score is wanted; `early`/`late` are its tolerances."""

    id: str
    title: str
    timing: When
    early: timedelta
    late: timedelta
    who: Respondent
    when: tuple[Condition, ...]
    states: frozenset[InjectionState]
    diary: bool
    together_with: str
    again: timedelta | None
    phone: timedelta | None
    source: str

    def delay(self, chase: Chase) -> timedelta | None:
        """How long after the slot is due this moment comes; None: it never does."""
        return {Chase.ASK: timedelta(), Chase.AGAIN: self.again, Chase.PHONE: self.phone}[chase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the protocol. `slots` makes one occurrence each; `doses` one per premed dose.

    A message that cannot leave is `listed_in` another step's, or a task that `falls_to` a role.
    `checks` are the codes of booking checks that open the same work: one of them is enough.
    """

    id: str
    title: str
    role: Audience
    falls_to: Audience
    listed_in: str
    timing: When
    until: Until
    when: tuple[Condition, ...]
    states: frozenset[InjectionState]
    min_days_ahead: int
    channels: tuple[Channel, ...]
    both: bool
    purpose: Purpose
    late: Late
    twice: Twice
    preparation: bool
    carrier: bool
    slides: bool
    slots: tuple[str, ...]
    chase: Chase
    missed: tuple[str, ...]
    in_a_row: int
    doses: bool
    checks: tuple[str, ...]
    sms: str
    sms_bilateral: str
    sms_evening: str
    email: str
    email_evening: str
    source: str

    @property
    def is_message(self) -> bool:
        return self.role is Audience.PATIENT

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text key this step may use."""
        keys = (self.sms, self.sms_bilateral, self.sms_evening, self.email, self.email_evening)
        return tuple(key for key in keys if key)
