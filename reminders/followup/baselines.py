"""The provoked baseline, taken before the needle: kept, judged, asked about while there is time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from reminders.followup import slots, surveys
from reminders.followup.surveys import AlreadyAnswered
from reminders.models import AnswerChannel, Context, EnteredBy, Survey
from reminders.rules.protocol import Protocol
from reminders.rules.response.baseline import BaselineLevel, baseline_level
from scheduling import bookings
from scheduling.bookings import JointFacts
from scheduling.models import Injection, Joint
from scheduling.staff import User


@transaction.atomic
def take(
    *, injection: Injection, joints: Sequence[JointFacts], by: User | None, at: datetime
) -> None:
    """Keep the provoked score of each booked joint, with its time and activity.

    It answers the slot of the baseline; taken again, it takes the place of the one before.
    """
    survey = Survey.objects.get(injection=injection, slot=slots.BASELINE)
    scores = {each.side: each.baseline for each in joints if each.baseline is not None}
    try:
        surveys.answer(
            survey=survey,
            scores=scores,
            context=Context.MOVEMENT,
            activity_done=True,
            observed_at=min((each.baseline_at or at for each in joints), default=at),
            channel=AnswerChannel.VISIT,
            entered_by=EnteredBy.STAFF,
            by=by,
            at=at,
        )
    except AlreadyAnswered as held:
        for reading in held.readings:
            if reading.score != scores[reading.side]:
                surveys.correct(reading=reading, score=scores[reading.side], by=by, at=at)
    bookings.take_baseline(injection=injection, joints=joints, by=by, at=at)


def advice(injection: Injection) -> list[str]:
    """What to tell whoever took the baselines of a diagnostic injection; none if all are fine."""
    if not injection.order.intent.is_diagnostic:
        return []
    thresholds = slots.protocol_of(injection).thresholds
    words = {
        BaselineLevel.LOW: f"is below {thresholds.baseline_warn_below}: steps will be coarse.",
        BaselineLevel.TOO_LOW: f"is below {thresholds.baseline_block_below}: "
        "ask the physician before the needle.",
    }
    levels = [
        (joint, baseline_level(joint.baseline, thresholds))
        for joint in injection.joints.order_by("side")
        if joint.baseline is not None
    ]
    return [
        f"The {joint.side.value} baseline, {joint.baseline}, {words[level]}"
        for joint, level in levels
        if level in words
    ]


def too_low(injections: Collection[int], protocols: Mapping[int, Protocol]) -> frozenset[int]:
    """Injections with a baseline that cannot be read, by the protocol of each."""
    rows = Joint.objects.filter(injection__in=injections).exclude(baseline=None)
    return frozenset(
        injection
        for injection, baseline in rows.values_list("injection_id", "baseline")
        if injection in protocols and baseline is not None
        if baseline_level(baseline, protocols[injection].thresholds) is BaselineLevel.TOO_LOW
    )
