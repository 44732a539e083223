"""The lines of a protocol: steps that say something, slots that ask for a score."""

from dataclasses import dataclass
from datetime import timedelta

from reminders.rules.conditions import Condition, parse
from reminders.rules.table import Table, duration
from reminders.rules.timing import Anchor, Until, When
from scheduling.rules.procedure import Channel, InjectionState, Purpose, Word


class Late(Word):
    """What happens to a step whose time had passed when the visit was promised."""

    FOLD = "fold"
    TASK = "task"
    DROP = "drop"


class Twice(Word):
    """Whether an attempt of unknown outcome may be repeated."""

    BETTER_THAN_NEVER = "better_than_never"
    NEVER = "never"


class Role(Word):
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


class Who(Word):
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
    who: Who
    when: tuple[Condition, ...]
    states: frozenset[InjectionState]
    diary: bool
    together_with: str
    again: timedelta | None
    phone: timedelta | None
    source: str

    @classmethod
    def read(cls, table: Table) -> "Slot":
        """From one `[[slots]]` table; unknown keys are errors."""
        tolerance = table.read("tolerance", duration)
        early, late = table.read("early", duration), table.read("late", duration)
        slot = cls(
            id=table.take("id", str),
            title=table.take("title", str),
            timing=When.read(table),
            early=_either(early, tolerance, table),
            late=_either(late, tolerance, table),
            who=table.word("who", Who),
            when=table.each("when", parse),
            states=states(table, "completed"),
            diary=table.take("diary", bool, False),
            together_with=table.take("together_with", str, ""),
            again=table.read("again", duration),
            phone=table.read("phone", duration),
            source=table.take("source", str),
        )
        table.done()
        return slot

    def delay(self, chase: Chase) -> timedelta | None:
        """How long after the slot is due this moment comes; None: it never does."""
        return {Chase.ASK: timedelta(), Chase.AGAIN: self.again, Chase.PHONE: self.phone}[chase]


def _either(own: timedelta | None, both: timedelta | None, table: Table) -> timedelta:
    value = own if own is not None else both
    if value is None:
        raise table.fail("tolerance", "is missing (or give early and late)")
    return value


def states(table: Table, default: str) -> frozenset[InjectionState]:
    """The visit states in which a line of the protocol applies."""
    words: list[str] = table.take("states", list, [default])
    for word in words:
        if word not in list(InjectionState):
            raise table.fail("states", f"{word!r} is unknown: choose {', '.join(InjectionState)}")
    return frozenset(InjectionState(word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the protocol. `slots` makes one occurrence each; `doses` one per premed dose.

    A message that cannot leave is `listed_in` another step's, or a task that `falls_to` a role.
    `checks` are the codes of booking checks that open the same work: one of them is enough.
    """

    id: str
    title: str
    role: Role
    falls_to: Role
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
        return self.role is Role.PATIENT

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text key this step may use."""
        keys = (self.sms, self.sms_bilateral, self.sms_evening, self.email, self.email_evening)
        return tuple(key for key in keys if key)

    @classmethod
    def read(cls, table: Table) -> "Step":
        """From one `[[steps]]` table; unknown keys are errors."""
        prefer, both = table.each("prefer", Channel), table.each("both", Channel)
        step = cls(
            id=table.take("id", str),
            title=table.take("title", str),
            role=table.word("role", Role, Role.PATIENT),
            falls_to=table.word("falls_to", Role, Role.DESK),
            listed_in=table.take("listed_in", str, ""),
            timing=When.read(table),
            until=table.read("until", Until.parse) or Until.parse("start"),
            when=table.each("when", parse),
            states=states(table, "booked"),
            min_days_ahead=table.take("min_days_ahead", int, 0),
            channels=prefer or both,
            both=bool(both),
            purpose=table.word("purpose", Purpose, Purpose.REMINDERS),
            late=table.word("late", Late, Late.DROP),
            twice=table.word("twice", Twice, Twice.NEVER),
            preparation=table.take("preparation", bool, False),
            carrier=table.take("carrier", bool, False),
            slides=table.take("slides", bool, True),
            slots=table.each("slots", str),
            chase=table.word("chase", Chase, Chase.ASK),
            missed=table.each("missed", str),
            in_a_row=table.take("in_a_row", int, 0),
            doses=table.take("doses", bool, False),
            checks=table.each("checks", str),
            sms=table.take("sms", str, ""),
            sms_bilateral=table.take("sms_bilateral", str, ""),
            sms_evening=table.take("sms_evening", str, ""),
            email=table.take("email", str, ""),
            email_evening=table.take("email_evening", str, ""),
            source=table.take("source", str),
        )
        table.done()
        _check(step, table, bool(prefer) and bool(both))
        return step


def _check(step: Step, table: Table, doubly: bool) -> None:
    """Refuse a step that contradicts itself."""
    if doubly:
        raise table.fail("both", "give prefer or both, not both of them")
    if Channel.PHONE in step.channels:
        raise table.fail("prefer", "a call is a task: give it a role instead")
    if step.is_message == (not step.channels):
        raise table.fail("prefer", "a message needs channels and a task has none")
    if not step.is_message and step.late is Late.FOLD:
        raise table.fail("late", "a task cannot be folded into a message: choose task or drop")
    for channel, key in ((Channel.SMS, step.sms), (Channel.EMAIL, step.email)):
        if channel in step.channels and not key:
            raise table.fail(channel.value, "names no text")
    if (step.timing.anchor is Anchor.MISSED) != bool(step.missed):
        raise table.fail("missed", "anchor missed and a list of missed slots come together")
    if step.both and (step.slots or step.missed or step.doses):
        raise table.fail("both", "a step with slots or doses prefers one channel")
