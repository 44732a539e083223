"""The provoked baseline is taken before the needle, and what is low is asked about in time."""

from datetime import timedelta

import pytest

from reminders.followup import baselines, responses, slots, surveys
from reminders.messaging.planning import outbox
from reminders.models import AnswerChannel, Context, EnteredBy, Reading
from reminders.protocols.reading import shipped
from reminders.rules.response.baseline import BaselineLevel, baseline_level
from reminders.rules.response.labels import Label
from scheduling import bookings, worklist
from scheduling.bookings import JointFacts
from scheduling.rules.procedure import Intent, Side
from tests import world
from tests.reminders.diaries import T0, answered, at, laid_out, slot

pytestmark = pytest.mark.django_db
BEFORE = T0 - timedelta(minutes=30)


def an_arrival(**ordered):
    injection = world.a_booking(**ordered)
    bookings.arrive(injection=injection, by=None, at=BEFORE)
    return laid_out(injection, BEFORE)


def taken(injection, *scores: int, **facts):
    """The baselines of the booked sides, left then right."""
    known = {"baseline_at": BEFORE, "index_activity": "climbing stairs"} | facts
    joints = [
        JointFacts(side, score, **known)
        for side, score in zip(injection.side.joints, scores, strict=True)
    ]
    baselines.take(injection=injection, joints=joints, by=None, at=BEFORE)
    injection.refresh_from_db()
    return injection


def asked(injection) -> set[str]:
    return set(worklist.open_tasks().filter(injection=injection).values_list("step", flat=True))


def typed(injection, score: int, context=Context.MOVEMENT):
    """A score that somebody types in for the slot just before the needle."""
    return surveys.answer(
        survey=slot(injection, "P0"),
        scores={Side.LEFT: score},
        context=context,
        observed_at=BEFORE,
        channel=AnswerChannel.VISIT,
        entered_by=EnteredBy.STAFF,
        by=None,
        at=BEFORE,
    )


@pytest.mark.parametrize(
    ("score", "level"),
    [(0, "too_low"), (2, "too_low"), (3, "low"), (4, "usable"), (10, "usable")],
)
def test_a_baseline_is_judged_by_the_thresholds_of_the_protocol(score, level):
    assert baseline_level(score, shipped().thresholds) is BaselineLevel(level)


def test_each_side_keeps_its_score_time_and_activity_before_the_needle():
    injection = taken(an_arrival(side=Side.BILATERAL), 7, 5, rest_score=2)

    joints = {joint.side: joint.facts for joint in injection.joints.all()}
    assert joints == {
        "left": JointFacts(Side.LEFT, 7, BEFORE, 2, "climbing stairs"),
        "right": JointFacts(Side.RIGHT, 5, BEFORE, 2, "climbing stairs"),
    }
    assert injection.t0 is None


def test_the_baseline_answers_its_slot_so_that_nobody_is_asked_for_it_twice():
    injection = an_arrival()
    outbox.reconcile([injection.pk], BEFORE)
    before = asked(injection)

    taken(injection, 7)
    outbox.reconcile([injection.pk], BEFORE + timedelta(minutes=1))

    assert "score_staff_before" in before
    assert "score_staff_before" not in asked(injection)
    assert "P0" in slots.answered(injection)


def test_a_baseline_that_is_taken_again_takes_the_place_of_the_first():
    injection = taken(an_arrival(), 2)

    taken(injection, 6)

    assert injection.joints.get().baseline == 6
    assert [each.score for each in surveys.current(injection)] == [6]
    assert Reading.objects.count() == 2


def test_a_score_typed_for_the_slot_before_the_needle_is_the_baseline():
    injection = an_arrival()
    typed(injection, 7)

    world.completed(injection, t0=T0, baseline=None)
    laid_out(injection, at(0.1))
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)

    (response,) = responses.responses_of(injection)
    assert (response.baseline, response.label) == (7, Label.POSITIVE_80)
    assert injection.joints.get().baseline_at == BEFORE


def test_a_slip_in_that_score_is_mended_in_the_baseline_too():
    injection = an_arrival()
    (reading,) = typed(injection, 2)

    surveys.correct(reading=reading, score=7, by=None, at=BEFORE)

    assert injection.joints.get().baseline == 7


def test_a_score_at_rest_is_no_baseline():
    injection = an_arrival()

    typed(injection, 7, Context.REST)

    assert not injection.joints.exists()


def test_what_was_taken_before_the_needle_stands_unless_another_is_said():
    facts = {"t0": T0, "agents": [world.BUPIVACAINE], "side": Side.LEFT, "by": None, "at": at(0.2)}
    kept, changed = taken(an_arrival(), 7), taken(an_arrival(), 7)

    bookings.complete(injection=kept, joints=[JointFacts(Side.LEFT, None)], **facts)
    bookings.complete(injection=changed, joints=[JointFacts(Side.LEFT, 5, BEFORE)], **facts)

    assert kept.joints.get().facts == JointFacts(Side.LEFT, 7, BEFORE, None, "climbing stairs")
    assert changed.joints.get().baseline == 5


def test_of_a_side_that_was_not_injected_no_baseline_remains():
    injection = taken(an_arrival(side=Side.BILATERAL), 7, 5)

    world.completed(injection, t0=T0, side=Side.LEFT, baseline=None)

    assert [(joint.side, joint.baseline) for joint in injection.joints.all()] == [("left", 7)]


@pytest.mark.parametrize(
    ("score", "sentences"),
    [
        (2, ["The left baseline, 2, is below 3: ask the physician before the needle."]),
        (3, ["The left baseline, 3, is below 4: steps will be coarse."]),
        (4, []),
    ],
)
def test_a_low_baseline_is_told_to_whoever_took_it(score, sentences):
    assert baselines.advice(taken(an_arrival(), score)) == sentences


@pytest.mark.parametrize(("score", "wanted"), [(2, True), (3, False), (7, False)])
def test_a_baseline_that_is_too_low_is_the_physicians_before_the_needle(score, wanted):
    injection = taken(an_arrival(), score)

    outbox.reconcile([injection.pk], BEFORE)

    task = worklist.open_tasks().filter(injection=injection, step="baseline_low").first()
    assert bool(task) is wanted
    assert not wanted or (task.queue, task.urgent) == ("physician", True)


def test_one_side_of_two_is_enough_to_ask():
    injection = taken(an_arrival(side=Side.BILATERAL), 7, 2)

    outbox.reconcile([injection.pk], BEFORE)

    assert "baseline_low" in asked(injection)


@pytest.mark.parametrize("again", ["taken", "completed"])
def test_the_question_closes_when_it_is_answered_by_what_happens(again):
    injection = taken(an_arrival(), 2)
    outbox.reconcile([injection.pk], BEFORE)

    taken(injection, 6) if again == "taken" else world.completed(injection, t0=T0)
    outbox.reconcile([injection.pk], at(0.2))

    assert "baseline_low" not in asked(injection)


def test_a_treatment_asks_nobody_about_a_low_baseline():
    injection = taken(an_arrival(intent=Intent.THERAPEUTIC), 2)

    outbox.reconcile([injection.pk], BEFORE)

    assert baselines.advice(injection) == []
    assert "baseline_low" not in asked(injection)
