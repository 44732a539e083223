"""What must hold of the diary, its reading and the signature."""

from datetime import timedelta
from functools import partial

from clinic.demo.pathway.invariants.breaches import Breach, changeable
from clinic.demo.pathway.scenario import Scenario
from reminders.followup import slots, snapshots
from reminders.models import AnswerChannel, Reading, Review
from reminders.protocols.reading import shipped
from reminders.rules.response import case
from reminders.rules.response.classifier import Response, classify
from reminders.rules.response.diary import DiarySlot, nearest
from scheduling.rules.procedure import InjectionState

PUNCTUAL = timedelta(minutes=5)  # between asking, answering and filing


def answers(scenario: Scenario) -> Breach:
    """The diary holds each given score, of its side and time, and nothing else."""
    kept = list(Reading.objects.filter(injection=scenario.injection, superseded_by=None))
    for minute, channel, scores in scenario.given:
        moment = scenario.injection.needle_out + timedelta(minutes=minute)
        for side, score in scores.items():
            found = [
                row
                for row in kept
                if (row.side, row.score, row.channel) == (side, score, channel)
                and abs(row.observed_at - moment) <= PUNCTUAL
            ]
            if len(found) != 1:
                yield f"{side} {score} at minute {minute} is kept {len(found)} times"
    if len(kept) != sum(len(scores) for _, _, scores in scenario.given):
        yield f"{len(kept)} scores are kept"


def same_answer(scenario: Scenario) -> Breach:
    """The signed label is the rule's, computed from what was answered alone."""
    expected = {answer.side: answer.label for answer in by_the_rule(scenario)}
    signed = {row.side: row.decided for row in scenario.signed()}
    for side, label in expected.items():
        if signed.get(side) != label:
            yield f"{side}: signed {signed.get(side)}, the rule says {label}"


def by_the_rule(scenario: Scenario) -> tuple[Response, ...]:
    """The classifier on what was asked and what was given, whatever is kept of the answers."""
    late, expected = scenario.options.late, asked(scenario)
    readings = [
        case.Reading(
            side,
            score,
            minute,
            slot=slot.id if (slot := nearest(expected, minute)) else None,
            late=late and channel is AnswerChannel.LINK,
            recall=late and channel is AnswerChannel.LINK,
            entered_by=case.EnteredBy.STAFF
            if channel is AnswerChannel.VISIT
            else case.EnteredBy.PATIENT,
            reexam=channel is AnswerChannel.VISIT,
        )
        for minute, channel, scores in scenario.given
        for side, score in scores.items()
    ]
    joints = [
        case.Joint(side=side, baseline=score, same_day=True, intra_articular=True)
        for side, score in scenario.options.baselines.items()
    ]
    return classify(
        case.Case(
            performed=scenario.options.side,
            state=InjectionState.COMPLETED,
            joints=tuple(joints),
            agents=scenario.options.agents,
            readings=tuple(readings),
            expected=expected,
        ),
        shipped().thresholds,
        shipped().windows,
    )


def asked(scenario: Scenario) -> tuple[DiarySlot, ...]:
    """The slots that the diary asked for; none before T0 is known."""
    t0 = scenario.injection.t0
    if t0 is None:
        return ()
    surveys = scenario.injection.surveys.filter(due_at__gt=t0)
    return tuple(slots.diary_slot(survey, t0, shipped()) for survey in surveys)


def frozen(scenario: Scenario) -> Breach:
    """The signature keeps what was seen, and nobody can change it."""
    for row in scenario.signed():
        if snapshots.fingerprint(row.seen) != row.seen_sha256:
            yield f"what was seen of the {row.side} joint does not match its fingerprint"
        if changeable(partial(Review.objects.filter(pk=row.pk).update, remark="changed")):
            yield f"the signature of the {row.side} joint could be changed"
