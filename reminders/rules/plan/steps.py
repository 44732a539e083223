"""The lines of a protocol: steps that say something, slots that ask for a score."""

from dataclasses import dataclass
from datetime import timedelta

from reminders.rules.plan.conditions import Condition
from reminders.rules.plan.timing import Until, When
from reminders.rules.response.diary import Respondent
from scheduling.rules.procedure import Channel, InjectionState, Purpose, Word


class Late(Word):
    """What happens to a step whose time had passed when the injection was booked."""

    FOLD = "fold"
    TASK = "task"
    DROP = "drop"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One moment for which a score is wanted; `early`/`late` are its tolerances.

    `vitals`: temperature is asked for, and blood sugar where diabetes meets a steroid.
    `recall_period` is how far back the question looks, as an average; None asks about the moment.
    """

    id: str
    title: str
    timing: When
    early: timedelta
    late: timedelta
    who: Respondent
    when: tuple[Condition, ...]
    states: frozenset[InjectionState]
    diary: bool
    recall_period: timedelta | None
    vitals: bool
    together_with: str
    again: timedelta | None
    phone: timedelta | None

    @property
    def is_average(self) -> bool:
        """Whether it asks about several days and not about the moment."""
        return self.recall_period is not None

    def delay(self, chase: Chase) -> timedelta | None:
        """How long after the slot is due this moment comes; None: it never does."""
        return {Chase.ASK: timedelta(), Chase.AGAIN: self.again, Chase.PHONE: self.phone}[chase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the protocol. `slots` makes one occurrence each; `doses` one per premed dose.

    A message that cannot leave is `listed_in` another step's, or a task that `falls_to` a role if
    it `is_phoned`.
    `follows` names the message that work for staff comes after, where days allow it.
    `checks` are the codes of booking checks that open the same work: one of them is enough.
    `retry_when_unknown`: an attempt of which nobody knows the end is made again.
    `confirms_time`: a patient who answers "C" to its text confirms the time it told.
    `discharge`: its link opens what to do at home after the injection.
    `urgent`: every hour counts for its task. `page`: whoever is on call is paged about it.
    `alert`: its open task stands on the review page.
    """

    id: str
    title: str
    audience: Audience
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
    retry_when_unknown: bool
    preparation: bool
    carrier: bool
    slides: bool
    slots: tuple[str, ...]
    chase: Chase
    missed: tuple[str, ...]
    in_a_row: int
    doses: bool
    checks: tuple[str, ...]
    follows: str
    confirms_time: bool
    discharge: bool
    urgent: bool
    page: bool
    alert: bool
    sms: str
    sms_bilateral: str
    sms_evening: str
    email: str
    email_evening: str

    @property
    def is_message(self) -> bool:
        return self.audience is Audience.PATIENT

    def is_phoned(self, slot: Slot | None) -> bool:
        """Whether a person phones when the message cannot go.

        So it is where it prepares the visit, and where it asks for a score that the answer needs
        and that nobody phones about later.
        """
        return self.preparation or (slot is not None and slot.phone is None)

    @property
    def sms_texts(self) -> tuple[str, ...]:
        """The key of every text message that this step may use."""
        return tuple(filter(None, (self.sms, self.sms_bilateral, self.sms_evening)))

    @property
    def email_texts(self) -> tuple[str, ...]:
        """The key of every e-mail that this step may use."""
        return tuple(filter(None, (self.email, self.email_evening)))
