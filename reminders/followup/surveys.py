"""Answers: the only way in which a pain score comes in, whoever brings it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet

from reminders.followup import alarms, signatures, slots
from reminders.models import (
    Analgesic,
    AnswerChannel,
    Context,
    EnteredBy,
    InboundText,
    Reading,
    Survey,
    Vital,
)
from reminders.rules.response import diary
from reminders.rules.response.case import whole_score
from reminders.rules.vitals import Vitals
from scheduling import bookings
from scheduling.bookings import JointFacts
from scheduling.bookings.changes import local_day
from scheduling.models import Injection
from scheduling.rules.procedure import Side, Word
from scheduling.rules.provocation import Provocation
from scheduling.staff import User

NONE_MEASURED: Vitals = MappingProxyType({})
NOT_REPEATED: Mapping[Side, Provocation] = MappingProxyType({})
SKEW = timedelta(minutes=2)
"""How far ahead of our clock a stated time may run before it counts as the future."""


class Unacceptable(ValueError):
    """The answer cannot be kept; the sentence says why and how to mend it."""


class AlreadyAnswered(Unacceptable):
    """The slot has its answer; only a correction may follow. `readings` holds the present ones."""

    def __init__(self, readings: list[Reading]) -> None:
        super().__init__("This check-in has been answered. You can correct the answer.")
        self.readings = readings


class TextAnswer(Word):
    """What became of a number sent by text."""

    SAVED = "saved"
    ASK_BY_LINK = "ask_by_link"
    NO_OPEN_DIARY = "no_open_diary"


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """`next_at` is when the next check-in is due, None after the last; `slot` where it went.

    To be asked by link, `slot` is what the number may have been about; empty where nothing says.
    """

    result: TextAnswer
    next_at: datetime | None = None
    slot: str = ""


class AnswerDetails(TypedDict, total=False):
    """What may be said beside the scores; what is left out stays unknown."""

    activity_done: bool | None
    slept: bool
    patient_gave_number: bool | None
    patient_percent: int | None
    comment: str
    inbound: InboundText | None


@transaction.atomic
def answer(
    *,
    survey: Survey,
    scores: Mapping[Side, int],
    context: Context,
    observed_at: datetime,
    channel: AnswerChannel,
    entered_by: EnteredBy,
    by: User | None,
    at: datetime,
    analgesic: tuple[str, datetime] | None = None,
    vitals: Vitals = NONE_MEASURED,
    recall: bool = False,
    provocation: Mapping[Side, Provocation] = NOT_REPEATED,
    **said: Unpack[AnswerDetails],
) -> list[Reading]:
    """Keep one score (0-10) for each treated side of one slot that has none.

    Given after the slot closed, the answer is kept as late and from memory, out of the automatic
    result. `provocation` are the tests that staff repeated for this score, by side. Raises
    `AlreadyAnswered`, or `Unacceptable` for a missing side, a score that is none, a time before the
    needle or ahead of now, or tests that somebody else reports.
    """
    injection = _lock(survey.injection_id)
    missing = _check(injection, survey, scores, observed_at, at)
    if any(provocation.values()) and entered_by is not EnteredBy.STAFF:
        raise Unacceptable("Only staff repeat the tests: choose who said the number again.")
    enough = slots.protocol_of(injection).thresholds.reexam_tests
    told = {"context": context, "channel": channel, "entered_by": entered_by, **said}
    told |= {"observed_at": observed_at, "received_at": at, "entered_by_user": by}
    readings = [
        Reading(injection=injection, survey=survey, side=side, score=scores[side], **told)
        for side in missing
    ]
    for reading in readings:
        reading.late = slots.is_late(survey, reading)
        reading.recall = recall or reading.late
        _examine(reading, provocation.get(reading.side, {}), enough)
    Reading.objects.bulk_create(readings)
    if analgesic:
        _note_analgesic(injection, *analgesic, at)
    _note_vitals(injection, vitals, at)
    _follow_up(injection, readings, at)
    return readings


def _examine(reading: Reading, results: Provocation, enough: int) -> None:
    """Keep the tests that were repeated; so many of them are a re-examination."""
    reading.tests_positive = [test for test, positive in results.items() if positive]
    reading.tests_negative = [test for test, positive in results.items() if not positive]
    reading.reexam = len(results) >= enough


def _lock(injection: int) -> Injection:
    """Answers of one injection take turns; whoever only writes rows that name it need not wait.

    A round holds its preparation while it writes such rows, and an answer asks for that next.
    """
    return Injection.objects.select_for_update(no_key=True).get(pk=injection)


def _check(
    injection: Injection,
    survey: Survey,
    scores: Mapping[Side, int],
    observed_at: datetime,
    at: datetime,
) -> list[Side]:
    """The treated sides that wait for a score; raises what `answer` raises."""
    joints = injection.effective_side.joints
    held = {each.side: each for each in current(injection).filter(survey=survey, side__in=joints)}
    missing = [side for side in joints if side not in held]
    if not set(missing) <= set(scores) <= set(joints):
        sides = " and ".join(side.value for side in missing)
        raise Unacceptable(f"Give one score for each treated side: {sides}.")
    for side, score in scores.items():
        _score(score, f"The {side.value} score")
    if observed_at > at + SKEW:
        raise Unacceptable("That time has not come yet. Give the time at which you felt it.")
    if injection.t0 and survey.due_at >= injection.t0 > observed_at:
        raise Unacceptable("That time is before the injection. Give a time after it.")
    if not missing:
        raise AlreadyAnswered(list(held.values()))
    for side in held.keys() & scores.keys():
        if held[side].score != scores[side]:
            raise Unacceptable(f"The {side.value} side has its score: {held[side].score}.")
    return missing


def _score(score: object, what: str) -> None:
    try:
        whole_score(score, what)
    except ValueError as wrong:
        raise Unacceptable(str(wrong)) from None


@transaction.atomic
def add_beside(
    *,
    injection: Injection,
    comment: str,
    key: str,
    analgesic: tuple[str, datetime] | None,
    vitals: Vitals = NONE_MEASURED,
    at: datetime,
) -> None:
    """Keep what a second form says beside a score that has its answer; `key` names its words.

    What was measured is judged; a pain medicine may put a signature in question; a comment reaches
    a nurse.
    """
    injection = _lock(injection.pk)
    if comment.strip():
        alarms.pass_on(injection, comment, key, at)
    _note_vitals(injection, vitals, at)
    if analgesic and _note_analgesic(injection, *analgesic, at):
        Injection.objects.filter(pk=injection.pk).update(changed_at=at)
        signatures.reopen(injection, at)


def _note_analgesic(injection: Injection, name: str, taken_at: datetime, at: datetime) -> bool:
    """Whether this dose was not known before."""
    _, new = Analgesic.objects.get_or_create(
        injection=injection, name=name.strip(), taken_at=taken_at, defaults={"noted_at": at}
    )
    return new


def _note_vitals(injection: Injection, vitals: Vitals, at: datetime) -> None:
    """Keep what was measured, and tell whoever acts on it."""
    rows = [
        Vital(injection=injection, sign=sign, value=value, noted_at=at)
        for sign, value in vitals.items()
    ]
    if rows:
        alarms.judge(injection, Vital.objects.bulk_create(rows), at)


def _follow_up(injection: Injection, readings: list[Reading], at: datetime) -> None:
    """An answer changes what the plan still asks; it may be the baseline, alarm somebody, or reopen
    a signature.
    """
    _note_baseline(injection, readings, at)
    Injection.objects.filter(pk=injection.pk).update(changed_at=at)
    alarms.raise_for(injection, readings, at)


def _note_baseline(injection: Injection, readings: list[Reading], at: datetime) -> None:
    """A provoked score of the slot before the needle is the joint's baseline."""
    provoked = [
        JointFacts(reading.side, reading.score, reading.observed_at)
        for reading in readings
        if reading.survey and reading.survey.slot == slots.BASELINE
        if reading.context is Context.MOVEMENT
    ]
    if provoked:
        bookings.take_baseline(
            injection=injection, joints=provoked, by=readings[0].entered_by_user, at=at
        )


@transaction.atomic
def correct(
    *,
    reading: Reading,
    score: int,
    by: User | None,
    at: datetime,
    channel: AnswerChannel = AnswerChannel.LINK,
) -> Reading:
    """Put a new score in the place of an answer; the old one stays on record, superseded.

    A correction is of the moment and the kind of its answer, and as late as that was, whenever it
    comes and whoever types it: nothing but the score can change what the diary proves.
    Raises `Unacceptable` if the score is none or the answer was corrected meanwhile.
    """
    _score(score, "The score")
    injection = _lock(reading.injection_id)
    if Reading.objects.filter(supersedes=reading).exists():
        raise Unacceptable("This answer was corrected meanwhile. Look at the page again.")
    fresh = Reading.objects.get(pk=reading.pk)
    fresh.pk = fresh.id = None
    fresh._state.adding = True
    fresh.supersedes = reading
    fresh.score, fresh.received_at, fresh.channel = score, at, channel
    fresh.entered_by_user = by
    fresh.save(force_insert=True)
    _follow_up(injection, [fresh], at)
    return fresh


def current(injection: Injection) -> QuerySet[Reading]:
    """The readings that stand: those no correction has superseded."""
    return Reading.objects.filter(injection=injection, superseded_by=None)


@transaction.atomic
def answer_text(
    *, injection: Injection, score: int, inbound: InboundText, at: datetime
) -> AnswerOutcome:
    """File a bare number sent by text, by the open prompt and the time.

    Only an unambiguous number about one treated side is filed; else the patient is asked by link.
    """
    injection = _lock(injection.pk)
    surveys = {survey.slot: survey for survey in Survey.objects.filter(injection=injection)}
    t0 = injection.t0
    if t0 is None or all(at > survey.closes_at for survey in surveys.values()):
        return AnswerOutcome(TextAnswer.NO_OPEN_DIARY)
    binding = _bind(injection, t0, surveys, at)
    if len(injection.effective_side.joints) > 1 or binding.slot is None or binding.ask_by_link:
        return AnswerOutcome(TextAnswer.ASK_BY_LINK, slot=binding.slot.id if binding.slot else "")
    answer(
        survey=surveys[binding.slot.id],
        scores={injection.effective_side: score},
        # The diary's first page asks for the score while doing what usually hurts.
        context=Context.MOVEMENT,
        observed_at=at,
        channel=AnswerChannel.SMS,
        entered_by=EnteredBy.PATIENT,
        by=None,
        at=at,
        inbound=inbound,
    )
    return AnswerOutcome(
        TextAnswer.SAVED, next_due(injection, surveys.values(), at), binding.slot.id
    )


def _bind(
    injection: Injection, t0: datetime, surveys: Mapping[str, Survey], at: datetime
) -> diary.Binding:
    protocol = slots.protocol_of(injection)
    prompts = slots.prompted(injection)
    return diary.bind(
        [slots.diary_slot(survey, t0, protocol) for survey in surveys.values()],
        slots.answered(injection),
        {slot: slots.minute(sent, t0) for slot, sent in prompts.items()},
        slots.minute(at, t0),
    )


def next_due(injection: Injection, surveys: Iterable[Survey], at: datetime) -> datetime | None:
    """When the patient is asked next today, or None: a clock time alone names no other day."""
    done, today = slots.answered(injection), local_day(injection.location, at)
    waiting = [each.due_at for each in surveys if each.due_at > at and each.slot not in done]
    soonest = min(waiting, default=None)
    return soonest if soonest and local_day(injection.location, soonest) == today else None
