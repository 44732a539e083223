"""From rows to the rules' `Case` and back: what the diary of an injection proves, side by side."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from reminders import protocols
from reminders.followup.slots import diary_slot, minute
from reminders.models import Analgesic, Reading, Survey
from reminders.protocols.reading import shipped
from reminders.rules.protocol import Protocol
from reminders.rules.response import case, classifier
from reminders.rules.response.diary import DiarySlot
from scheduling.models import Injection, Joint, Premedication
from scheduling.rules.procedure import Side

DAY = timedelta(days=1)


def responses_of(injection: Injection) -> tuple[classifier.Response, ...]:
    """The answer of each performed joint; empty before the injection was done."""
    return responses_by_injection([injection.pk]).get(injection.pk, ())


def responses_by_injection(injections: Iterable[int]) -> dict[int, tuple[classifier.Response, ...]]:
    """The same for many injections in a constant number of queries; those not done are left out."""
    loaded = [each for each in load(injections) if each.performed_side]
    known = protocols_of(each.pk for each in loaded)
    return {each.pk: classify(each, known[each.pk]) for each in loaded}


def load(injections: Iterable[int]) -> QuerySet[Injection]:
    """Injections with everything that `case_of` and the review page read."""
    readings = Reading.objects.select_related("survey", "entered_by_user")
    return (
        Injection.objects.filter(pk__in=list(injections))
        .select_related("order__physician", "location", "patient")
        .prefetch_related(
            "agents",
            "joints",
            "analgesics",
            "surveys",
            "reviews__signed_by",
            Prefetch("readings", queryset=readings),
        )
    )


def protocols_of(injections: Iterable[int]) -> dict[int, Protocol]:
    """The protocol of each injection; the shipped one where none was fixed yet."""
    ids = list(injections)
    return dict.fromkeys(ids, shipped()) | protocols.by_injection(ids)


def standing(injection: Injection) -> list[Reading]:
    """The readings of a loaded injection that no correction has superseded."""
    readings = injection.readings.all()
    superseded = {each.supersedes_id for each in readings}
    return [each for each in readings if each.pk not in superseded]


def classify(injection: Injection, protocol: Protocol) -> tuple[classifier.Response, ...]:
    """Read one loaded injection under the thresholds and windows of its protocol."""
    return classifier.classify(case_of(injection, protocol), protocol.thresholds, protocol.windows)


def case_of(injection: Injection, protocol: Protocol) -> case.Case:
    """Everything the classifier is told. Unknown stays unknown."""
    side, t0 = injection.performed_side, injection.t0
    joints = {joint.side: joint for joint in injection.joints.all()}
    return case.Case(
        performed=side,
        state=injection.state,
        joints=tuple(_joint(each, joints.get(each), injection, protocol) for each in side.joints),
        intent=injection.order.intent,
        agents=tuple(line.agent for line in injection.agents.all()),
        readings=tuple(_reading(each, t0, protocol) for each in standing(injection)) if t0 else (),
        analgesics=tuple(_analgesic(each, t0) for each in injection.analgesics.all()) if t0 else (),
        sedation=injection.effective_sedation,
        sedated_until=_sedated_until(injection, t0),
        expected=tuple(_expected(injection, t0, protocol)) if t0 else (),
        marks=frozenset(_marks(injection)),
        asked=side.joints,
        target=injection.order.target,
    )


def _sedated_until(injection: Injection, t0: datetime | None) -> int | None:
    awake_at = injection.sedated_until
    return minute(awake_at, t0) if awake_at and t0 else None


def _joint(side: Side, row: Joint | None, injection: Injection, protocol: Protocol) -> case.Joint:
    if row is None:
        return case.Joint(side=side, baseline=None, same_day=False)
    return case.Joint(
        side=side,
        baseline=row.baseline,
        same_day=_same_day(row, injection),
        at_rest=row.rest_score,
        average_before=_average_before(side, injection, protocol),
        intra_articular=row.intra_articular,
        patient_percent=_own_percent(side, injection),
    )


def _same_day(row: Joint, injection: Injection) -> bool:
    """Whether the baseline is known to be of the day of the injection, by the clinic's calendar."""
    if row.baseline_at is None or injection.t0 is None:
        return False
    zone = ZoneInfo(injection.location.zone)
    return row.baseline_at.astimezone(zone).date() == injection.t0.astimezone(zone).date()


def _average_before(side: Side, injection: Injection, protocol: Protocol) -> int | None:
    """The average of the 7 days before the injection, as the patient gave it last."""
    t0 = injection.t0
    given = [
        each
        for each in standing(injection)
        if each.side is side and t0 and each.observed_at < t0 and _asked_average(each, protocol)
    ]
    latest = max(given, key=lambda each: (each.observed_at, each.pk), default=None)
    return latest.score if latest else None


def _asked_average(row: Reading, protocol: Protocol) -> bool:
    slot = protocol.slots.get(row.survey.slot) if row.survey else None
    return slot is not None and slot.is_average


def _own_percent(side: Side, injection: Injection) -> int | None:
    """The patient's latest own estimate of the block; one given weeks later is not of it."""
    stated = [
        each
        for each in standing(injection)
        if each.side is side and each.patient_percent is not None and injection.t0
        if each.observed_at <= injection.t0 + 2 * DAY
    ]
    latest = max(stated, key=lambda each: (each.observed_at, each.pk), default=None)
    return latest.patient_percent if latest else None


def _reading(row: Reading, t0: datetime, protocol: Protocol) -> case.Reading:
    return case.Reading(
        side=row.side,
        score=row.score,
        minute=minute(row.observed_at, t0),
        slot=row.survey.slot if row.survey else None,
        context=case.Context(row.context.value),
        activity_done=row.activity_done,
        recall=row.recall,
        slept=row.slept,
        late=row.late,
        channel=case.AnswerChannel(row.channel.value),
        entered_by=case.EnteredBy(row.entered_by.value),
        patient_gave_number=row.patient_gave_number,
        reexam=row.reexam,
        average=_asked_average(row, protocol),
    )


def _analgesic(row: Analgesic, t0: datetime) -> case.Analgesic:
    return case.Analgesic(row.name, minute(row.taken_at, t0))


def _expected(injection: Injection, t0: datetime, protocol: Protocol) -> Iterable[DiarySlot]:
    surveys: Iterable[Survey] = injection.surveys.all()
    return (diary_slot(each, t0, protocol) for each in surveys if each.due_at > t0)


def _marks(injection: Injection) -> Iterable[case.Mark]:
    if injection.order.premedication is not Premedication.NONE:
        yield case.Mark.STEROID_PREMED
    if injection.performed_side is not injection.side:
        yield case.Mark.SIDE_CHANGED
    if injection.t0_estimated:
        yield case.Mark.T0_ESTIMATED
