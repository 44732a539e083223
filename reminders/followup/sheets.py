"""All that a physician reads about one injection: strips, chart, rows, alerts, earlier blocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from reminders.followup import responses, reviews, snapshots
from reminders.followup.slots import minute
from reminders.models import Analgesic, Reading, Review, Vital
from reminders.rules.protocol import Protocol
from reminders.rules.response.classifier import Response
from reminders.rules.response.labels import Label
from reminders.rules.response.measures import ReliefDuration
from reminders.rules.response.notation import spoken
from scheduling.models import Injection, Joint, OptOut, Task, TaskKind
from scheduling.rules.procedure import InjectionState, Side

ALERTS = (TaskKind.RED_FLAG, TaskKind.FLARE, TaskKind.PATIENT_NOTE)
CONFIRM = "Usual next: a confirmatory block with another anaesthetic, or a therapeutic injection."
NEXT_STEPS = {
    Label.POSITIVE_80: CONFIRM,
    Label.POSITIVE_75: CONFIRM,
    Label.PARTIAL: "Usual next: a repeat with fixes, or a look at other sources.",
    Label.NEGATIVE: "Usual next: look elsewhere (hip, facet, disc, radicular, inflammatory).",
    Label.INDETERMINATE: "Usual next: a repeat with higher baseline, no sedation, diary coaching.",
    Label.NOT_EVALUABLE: "Nothing was proved either way.",
}


@dataclass(frozen=True, slots=True)
class JointSheet:
    """The answer of one joint with what was signed about it."""

    joint: Joint | None
    response: Response
    reviews: tuple[Review, ...]
    reopened: bool
    facts: str
    next_steps: str

    @property
    def signed(self) -> Review | None:
        return self.reviews[-1] if self.reviews else None

    @property
    def to_sign(self) -> bool:
        """Whether a signature is awaited: the first, or an addendum about what came since."""
        return self.response.is_block and (self.signed is None or self.reopened)

    @property
    def lasting(self) -> list[tuple[int, str]]:
        """Durations as ranges, by percent."""
        found = ((50, self.response.duration_50), (75, self.response.duration_75))
        return [(percent, span(lasting)) for percent, lasting in found if lasting]

    @property
    def onset(self) -> str:
        first = self.response.first_pass
        return "" if first is None else f"{spoken(first)} after T0"


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One line of the raw table: a score, or a slot without one."""

    slot: str
    side: Side
    moment: datetime  # when it was felt, or should be
    reading: Reading | None
    after: str
    superseded: bool = False
    left_out: str = ""
    to_come: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    injection: Injection
    strips: tuple[JointSheet, ...]
    rows: tuple[DiaryRow, ...]
    analgesics: tuple[tuple[Analgesic, str], ...]
    vitals: tuple[Vital, ...]
    alerts: tuple[Task, ...]
    silenced: bool
    earlier: tuple["Earlier", ...]
    void: tuple[Review, ...]  # signed about a joint that was not injected after all
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Earlier:
    """An injection of the same side before this one."""

    injection: Injection
    response: Response
    review: Review | None
    lasting: str


def sheet(injection: Injection, at: datetime) -> Sheet:
    """The review page, at this time, of an injection that was loaded by `responses.load`."""
    protocol = responses.protocols_of([injection.pk])[injection.pk]
    answers = _answers(injection, protocol)
    return Sheet(
        injection=injection,
        strips=tuple(_strip(injection, answer) for answer in answers),
        rows=tuple(_rows(injection, answers, at)),
        vitals=tuple(injection.vitals.all()),
        analgesics=tuple(
            (each, _after(each.taken_at, injection)) for each in injection.analgesics.all()
        ),
        alerts=tuple(_alerts(injection, protocol)),
        silenced=_silenced(injection),
        earlier=tuple(_earlier(injection)),
        void=tuple(_void(injection)),
        protocol=protocol,
    )


def _alerts(injection: Injection, protocol: Protocol) -> QuerySet[Task]:
    """Open tasks that a physician who judges the injection must know of."""
    steps = [step.id for step in protocol.steps if step.alert]
    return Task.objects.filter(
        Q(kind__in=ALERTS) | Q(step__in=steps), injection=injection, done_at=None
    )


def _void(injection: Injection) -> Iterable[Review]:
    done = injection.effective_side.joints
    return (each for each in injection.reviews.all() if each.side not in done)


def strips(injection: Injection) -> tuple[JointSheet, ...]:
    """The answers of one loaded injection with what was signed about them."""
    protocol = responses.protocols_of([injection.pk])[injection.pk]
    return tuple(_strip(injection, answer) for answer in _answers(injection, protocol))


def _answers(injection: Injection, protocol: Protocol) -> tuple[Response, ...]:
    return responses.classify(injection, protocol) if injection.performed_side else ()


def _strip(injection: Injection, answer: Response) -> JointSheet:
    signed = sorted(
        (each for each in injection.reviews.all() if each.side is answer.side),
        key=lambda each: (each.signed_at, each.pk),
    )
    facts = snapshots.inputs(injection, answer.side)
    joints = (each for each in injection.joints.all() if each.side is answer.side)
    return JointSheet(
        joint=next(joints, None),
        response=answer,
        reviews=tuple(signed),
        reopened=answer.is_block and bool(signed) and signed[-1].seen["inputs"] != facts,
        facts=snapshots.fingerprint(facts),
        next_steps=NEXT_STEPS[answer.label],
    )


def span(lasting: ReliefDuration) -> str:
    """A duration as a range, never one false-precise number: `1 h 30 min to 3 h 30 min`."""
    start = f"from {spoken(lasting.start)}"
    if lasting.upper is None:
        return f"at least {spoken(lasting.lower)} {start}, end not seen"
    return f"{spoken(lasting.lower)} to {spoken(lasting.upper)}, {start}"


def _after(at: datetime, injection: Injection) -> str:
    return spoken(minute(at, injection.t0)) if injection.t0 else ""


def _rows(injection: Injection, answers: Sequence[Response], at: datetime) -> list[DiaryRow]:
    """Every score and every slot that has none, in the order of time."""
    readings = injection.readings.all()
    superseded = {each.supersedes_id for each in readings}
    why = {(a.side, x.minute): x.why.label.lower() for a in answers for x in a.excluded}
    found = [_scored(each, injection, each.pk in superseded, why) for each in readings]
    answered = {(each.survey_id, each.side) for each in readings}
    found += [
        DiaryRow(
            slot=survey.slot,
            side=side,
            moment=survey.due_at,
            reading=None,
            after=_after(survey.due_at, injection),
            to_come=at <= survey.closes_at,
        )
        for survey in injection.surveys.all()
        for side in injection.effective_side.joints
        if (survey.pk, side) not in answered
    ]
    return sorted(found, key=lambda row: (row.moment, row.side))


def _scored(
    reading: Reading, injection: Injection, superseded: bool, why: Mapping[tuple[Side, int], str]
) -> DiaryRow:
    survey = reading.survey
    minutes = minute(reading.observed_at, injection.t0) if injection.t0 else None
    left_out = "" if minutes is None else why.get((reading.side, minutes), "")
    return DiaryRow(
        slot=survey.slot if survey else "",
        side=reading.side,
        moment=reading.observed_at,
        reading=reading,
        after=_after(reading.observed_at, injection),
        superseded=superseded,
        left_out="" if superseded else left_out,
    )


def _silenced(injection: Injection) -> bool:
    """Whether the patient's telephone has asked for silence since the visit was booked."""
    numbers = injection.patient.contacts.filter(active=True).values("value")
    return OptOut.objects.filter(value__in=numbers, lifted_at=None).exists()


def _earlier(injection: Injection) -> Iterable[Earlier]:
    """Injections of the same joints that were done before this one, latest first."""
    before = Injection.objects.filter(
        patient=injection.patient, state=InjectionState.COMPLETED, t0__lt=injection.t0
    )
    sides = set(injection.effective_side.joints)
    found = responses.load(before.values_list("pk", flat=True)).order_by("-t0")
    known = responses.protocols_of(each.pk for each in found)
    for each in found:
        for answer in responses.classify(each, known[each.pk]):
            if answer.side in sides:
                lasting = span(answer.duration_75) if answer.duration_75 else ""
                yield Earlier(each, answer, reviews.latest(each, answer.side), lasting)
