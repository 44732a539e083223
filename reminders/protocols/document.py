"""The shape of a protocol file and of its texts, and how each table becomes a rule."""

from collections.abc import Callable
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from reminders.rules.plan.conditions import Condition, parse
from reminders.rules.plan.steps import Audience, Chase, Late, Slot, Step
from reminders.rules.plan.timing import Anchor, Until, When, duration
from reminders.rules.protocol import BlockRule
from reminders.rules.response.diary import Respondent
from reminders.rules.response.windows import Window
from reminders.rules.text.texts import BlockText, EmailText, Texts
from scheduling.documents import SettingTable, Source, Table
from scheduling.rules.procedure import Channel, InjectionState, Purpose
from scheduling.rules.wall_clock import clock

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def text_read_by(reader: Callable[[str], T]) -> BeforeValidator:
    """A key whose text is turned into a value by `reader`, which raises ValueError."""

    def validate(value: Any) -> T:
        if not isinstance(value, str):
            raise ValueError(f"expected str, found {value!r}")
        return reader(value)

    return BeforeValidator(validate)


def word_of(kind: type[E]) -> BeforeValidator:
    """A key that holds one word of a closed vocabulary."""

    def read_word(text: str) -> E:
        if text not in list(kind):
            raise ValueError(f"{text!r} is unknown: choose {', '.join(kind)}")
        return kind(text)

    return text_read_by(read_word)


Clock = Annotated[time, text_read_by(clock)]
Duration = Annotated[timedelta, text_read_by(duration)]
Conditions = list[Annotated[Condition, text_read_by(parse)]]
States = list[Annotated[InjectionState, word_of(InjectionState)]]
Channels = list[Annotated[Channel, word_of(Channel)]]
AudienceWord = Annotated[Audience, word_of(Audience)]


class PlaceholderTable(Table):
    """A gap that texts may have."""

    meaning: str
    longest: str


class WindowTable(Table):
    """When an anaesthetic works: pairs of durations after T0."""

    core: list[Duration]
    outer: list[Duration]
    source: Source

    @model_validator(mode="after")
    def refuse_impossible_ranges(self) -> "WindowTable":
        for name, ends in (("core", self.core), ("outer", self.outer)):
            if len(ends) != 2 or ends[0] >= ends[1]:
                raise ValueError(f'{name}: expected two durations, such as ["15min", "4h"]')
        if self.core[0] < self.outer[0] or self.core[1] > self.outer[1]:
            raise ValueError("core: lies outside the outer window")
        return self

    def rule(self) -> Window:
        return Window(core=_minutes(self.core), outer=_minutes(self.outer))


def _minutes(ends: list[timedelta]) -> tuple[int, int]:
    minute = timedelta(minutes=1)
    return ends[0] // minute, ends[1] // minute


class TimedTable(Table):
    """What slots and steps share: a name, a source, and when they are due."""

    id: str
    title: str
    anchor: Annotated[Anchor, word_of(Anchor)]
    before: Duration = timedelta()
    after: Duration = timedelta()
    days_before: int = 0
    days_after: int = 0
    at: Clock | None = None
    not_before: Clock | None = None
    evening_before: Clock | None = None
    when: Conditions = []
    source: Source

    @model_validator(mode="after")
    def refuse_two_ways_of_counting(self) -> "TimedTable":
        if self.at and (self.before or self.after):
            raise ValueError("at: a wall-clock step has no before or after")
        if self.days_after != self.days_before and not self.at:
            raise ValueError("at: a step counted in days needs a time of day")
        return self

    def timing(self) -> When:
        return When(
            anchor=self.anchor,
            offset=self.after - self.before,
            days=self.days_after - self.days_before,
            at=self.at,
            not_before=self.not_before,
            evening_before=self.evening_before,
        )


class SlotTable(TimedTable):
    """One `[[slots]]` table; `tolerance` stands for `early` and `late` where they are equal."""

    tolerance: Duration | None = None
    early: Duration | None = None
    late: Duration | None = None
    who: Annotated[Respondent, word_of(Respondent)]
    states: States = [InjectionState.COMPLETED]
    diary: bool = False
    recall_period: Duration | None = None
    vitals: bool = False
    together_with: str = ""
    again: Duration | None = None
    phone: Duration | None = None

    @model_validator(mode="after")
    def need_a_tolerance(self) -> "SlotTable":
        if self.tolerance is None and (self.early is None or self.late is None):
            raise ValueError("tolerance: is missing (or give early and late)")
        if self.anchor is Anchor.MISSED:
            raise ValueError("anchor: a slot cannot be missed")
        return self

    def rule(self) -> Slot:
        both = self.tolerance or timedelta()
        return Slot(
            id=self.id,
            title=self.title,
            timing=self.timing(),
            early=both if self.early is None else self.early,
            late=both if self.late is None else self.late,
            who=self.who,
            when=tuple(self.when),
            states=frozenset(self.states),
            diary=self.diary,
            recall_period=self.recall_period,
            vitals=self.vitals,
            together_with=self.together_with,
            again=self.again,
            phone=self.phone,
        )


class StepTable(TimedTable):
    """One `[[steps]]` table."""

    audience: AudienceWord = Audience.PATIENT
    falls_to: AudienceWord = Audience.DESK
    listed_in: str = ""
    until: Annotated[Until, text_read_by(Until.parse)] = Until.parse("start")
    states: States = [InjectionState.BOOKED]
    min_days_ahead: int = 0
    prefer: Channels = []
    both: Channels = []
    purpose: Annotated[Purpose, word_of(Purpose)] = Purpose.REMINDERS
    late: Annotated[Late, word_of(Late)] = Late.DROP
    retry_when_unknown: bool = False
    preparation: bool = False
    carrier: bool = False
    slides: bool = True
    slots: list[str] = []
    chase: Annotated[Chase, word_of(Chase)] = Chase.ASK
    missed: list[str] = []
    in_a_row: int = 0
    doses: bool = False
    checks: list[str] = []
    follows: str = ""
    confirms_time: bool = False
    discharge: bool = False
    urgent: bool = False
    page: bool = False
    alert: bool = False
    sms: str = ""
    sms_bilateral: str = ""
    sms_evening: str = ""
    email: str = ""
    email_evening: str = ""

    @model_validator(mode="after")
    def refuse_contradictions(self) -> "StepTable":
        for is_wrong, complaint in self._contradictions():
            if is_wrong:
                raise ValueError(complaint)
        return self

    def _contradictions(self) -> list[tuple[bool, str]]:
        channels, is_message = self.prefer or self.both, self.audience is Audience.PATIENT
        repeats = bool(self.slots or self.missed or self.doses)
        return [
            (bool(self.prefer and self.both), "both: give prefer or both, not both of them"),
            (Channel.PHONE in channels, "prefer: a call is a task: name its audience instead"),
            (is_message != bool(channels), "prefer: a message needs channels and a task has none"),
            (
                not is_message and self.late is Late.FOLD,
                "late: a task cannot be folded into a message: choose task or drop",
            ),
            (Channel.SMS in channels and not self.sms, "sms: names no text"),
            (Channel.EMAIL in channels and not self.email, "email: names no text"),
            (
                (self.anchor is Anchor.MISSED) != bool(self.missed),
                "missed: anchor missed and a list of missed slots come together",
            ),
            (
                bool(self.both) and repeats,
                "both: a step with slots or doses prefers one channel",
            ),
        ]

    def rule(self) -> Step:
        same = (
            *("id", "title", "audience", "falls_to", "listed_in", "until", "min_days_ahead"),
            *("purpose", "late", "retry_when_unknown", "preparation", "carrier", "slides", "chase"),
            *("in_a_row", "doses", "follows", "sms", "sms_bilateral", "sms_evening", "email"),
            *("email_evening", "confirms_time", "discharge", "urgent", "page", "alert"),
        )
        return Step(
            timing=self.timing(),
            when=tuple(self.when),
            states=frozenset(self.states),
            channels=tuple(self.prefer or self.both),
            both=bool(self.both),
            slots=tuple(self.slots),
            missed=tuple(self.missed),
            checks=tuple(self.checks),
            **{name: getattr(self, name) for name in same},
        )


class BlockTable(Table):
    """When a part of the preparation page is shown."""

    id: str
    when: Conditions = []
    source: Source

    def rule(self) -> BlockRule:
        return BlockRule(self.id, tuple(self.when))


class Document(Table):
    """A whole protocol file. `format` is the shape of the document; older ones are upgraded."""

    format: Literal[6]
    version: str
    title: str
    policy: dict[str, SettingTable]
    thresholds: dict[str, SettingTable]
    windows: dict[str, WindowTable]
    placeholders: dict[str, PlaceholderTable]
    slots: list[SlotTable] = Field(default=[])
    steps: list[StepTable] = Field(default=[])
    blocks: list[BlockTable] = Field(default=[])

    @model_validator(mode="after")
    def refuse_an_id_used_twice(self) -> "Document":
        for name in ("slot", "step", "block"):
            ids = [each.id for each in getattr(self, f"{name}s")]
            for used in ids:
                if ids.count(used) > 1:
                    raise ValueError(f"{name} {used}: id is used twice")
        return self

    @model_validator(mode="after")
    def refuse_to_follow_nothing(self) -> "Document":
        known = {step.id for step in self.steps}
        for step in self.steps:
            if step.follows and step.follows not in known:
                raise ValueError(f"step {step.id}: follows: {step.follows!r} is no step")
        return self


class EmailTable(Table):
    """Subject and body of an e-mail."""

    subject: str
    body: str

    def rule(self) -> EmailText:
        return EmailText(self.subject, " ".join(self.body.split()))


class BlockTextTable(Table):
    """Title and text of a part of the page."""

    title: str
    text: str

    def rule(self) -> BlockText:
        return BlockText(self.title, " ".join(self.text.split()))


class TextsDocument(Table):
    """A whole file of texts in one language."""

    language: str
    clinical_words: list[str] = Field(default=[])
    sms: dict[str, str] = Field(default={})
    email: dict[str, EmailTable] = Field(default={})
    blocks: dict[str, BlockTextTable] = Field(default={})

    def rule(self) -> Texts:
        return Texts(
            language=self.language,
            sms=self.sms,
            email={key: table.rule() for key, table in self.email.items()},
            blocks={key: table.rule() for key, table in self.blocks.items()},
            clinical_words=tuple(self.clinical_words),
        )
