"""On arrival: what is measured, what is still due, and for which values a physician decides."""

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings, worklist
from scheduling.bookings import WrongState
from scheduling.models import ArrivalAssessment, Location, Queue, TaskKind
from scheduling.policy import shipped
from scheduling.rules.assessment import Measured, PregnancyTest, due, findings
from scheduling.rules.ordered import Ordered
from scheduling.rules.procedure import Intent, Side
from tests.world import START, a_booking, a_user


def codes(**measured):
    return [each.code for each in findings(Measured(**measured), shipped())]


@pytest.mark.parametrize(
    ("measured", "found"),
    [
        ({"systolic": 179, "diastolic": 109}, []),
        ({"systolic": 180, "diastolic": 80}, ["SF-18"]),
        ({"systolic": 150, "diastolic": 110}, ["SF-18"]),
        ({"glucose": 200}, []),
        ({"glucose": 201}, ["SF-05"]),
        ({"glucose": 301}, ["SF-05"]),
        ({"pregnancy_test": PregnancyTest.NEGATIVE}, []),
        ({"pregnancy_test": PregnancyTest.POSITIVE}, ["SF-11"]),
        ({"systolic": 200, "diastolic": 90, "glucose": 400}, ["SF-18", "SF-05"]),
    ],
)
def test_a_physician_decides_from_the_limits_on(measured, found):
    assert codes(**measured) == found


@pytest.mark.parametrize(
    ("glucose", "words"),
    [(201, "tell the physician"), (300, "tell the physician"), (301, "postpone")],
)
def test_a_very_high_glucose_postpones(glucose, words):
    (finding,) = findings(Measured(glucose=glucose), shipped())

    assert words in finding.sentence


@pytest.mark.parametrize("answer", ["none", "unknown", "type1", "type2"])
@pytest.mark.parametrize("pregnancy", ["no", "unknown", "possible"])
def test_what_is_due_follows_the_screening(answer, pregnancy):
    screening = {"diabetes": answer, "pregnancy": pregnancy}
    ordered = Ordered(side=Side.LEFT, intent=Intent.DIAGNOSTIC, screening=screening)

    left = due(ordered, Measured())

    assert ("glucose" in left) is (answer in ("type1", "type2"))
    assert ("urine pregnancy test" in left) is (pregnancy == "possible")
    assert "blood pressure" in left


def test_what_is_measured_is_not_due_any_more():
    screening = {"diabetes": "type2", "pregnancy": "possible"}
    ordered = Ordered(side=Side.LEFT, intent=Intent.DIAGNOSTIC, screening=screening)
    every = Measured(systolic=120, diastolic=70, glucose=90, pregnancy_test=PregnancyTest.NEGATIVE)

    assert due(ordered, every) == []


def arrived(**policy):
    injection = a_booking()
    Location.objects.filter(pk=injection.location_id).update(policy=policy)
    return bookings.arrive(injection=injection, by=None, at=START)


def assess(injection, at=START, by=None, **measured):
    return bookings.assess(injection=injection, **measured, by=by, at=at)


def questions():
    return [task.title for task in worklist.open_tasks(Queue.PHYSICIAN)]


@pytest.mark.django_db
def test_what_was_measured_is_kept_with_who_and_when():
    nurse, injection = a_user("nurse"), arrived()

    assess(injection, by=nurse, systolic=142, diastolic=88, glucose=120)

    kept = ArrivalAssessment.objects.get(injection=injection)
    assert kept.measured == Measured(systolic=142, diastolic=88, glucose=120)
    assert (kept.by, kept.at) == (nurse, START)
    assert questions() == []


@pytest.mark.django_db
def test_a_value_above_its_limit_is_an_urgent_question_to_the_physician():
    assess(arrived(), systolic=186, diastolic=104)

    (task,) = worklist.open_tasks(Queue.PHYSICIAN)
    assert (task.kind, task.urgent, task.due_at) == (TaskKind.ASSESSMENT, True, START)
    assert task.title == "Blood pressure 186/104 mmHg, limit 180/110: the physician decides."


@pytest.mark.django_db
def test_a_location_sets_its_own_limits_and_unreadable_ones_are_the_shipped():
    assess(arrived(systolic_hold_mmhg=160), systolic=165, diastolic=80)
    assert len(questions()) == 1

    Location.objects.update(policy={"systolic_hold_mmhg": "high"})
    again = ArrivalAssessment.objects.get().injection
    assess(again, systolic=165, diastolic=80)
    assert questions() == []


@pytest.mark.django_db
def test_measured_again_the_new_value_counts_and_the_question_goes():
    injection = arrived()
    assess(injection, systolic=186, diastolic=104)

    assess(injection, systolic=168, diastolic=92)

    assert questions() == []
    assert ArrivalAssessment.objects.get().events.count() == 2


@pytest.mark.django_db
def test_a_question_the_physician_has_answered_is_not_asked_again_for_the_same_value():
    injection = arrived()
    assess(injection, glucose=320)
    (task,) = worklist.open_tasks(Queue.PHYSICIAN)
    worklist.finish(task=task, outcome="Go ahead", by=a_user("physician"), at=START)

    assess(injection, glucose=320, systolic=120, diastolic=70)

    assert questions() == []


@pytest.mark.django_db
def test_an_arrival_that_is_undone_takes_its_values_and_questions_along():
    injection = arrived()
    assess(injection, pregnancy_test=PregnancyTest.POSITIVE)

    bookings.undo_arrival(injection=injection, by=None, at=START)

    assert not ArrivalAssessment.objects.exists()
    assert questions() == []


@pytest.mark.django_db
def test_nobody_is_measured_who_has_not_arrived():
    with pytest.raises(WrongState, match="would have to be arrived"):
        assess(a_booking(), glucose=120)


@pytest.mark.django_db
def test_a_result_that_is_no_word_of_ours_is_refused():
    with pytest.raises(ValidationError, match="not known"):
        assess(arrived(), pregnancy_test="perhaps")
