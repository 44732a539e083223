"""Reference diaries, read back from rows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders.followup import responses, surveys
from reminders.models import Context, EnteredBy
from reminders.rules.response.flags import Flag
from reminders.rules.response.labels import Label
from scheduling import bookings
from scheduling.bookings import JointFacts
from scheduling.models import Premedication
from scheduling.rules.procedure import Agent, Drug, Intent, Sedation, Side, Target
from scheduling.rules.provocation import ProvocationTest
from tests import world
from tests.reminders.diaries import T0, a_diary, answered, at, laid_out, scored

pytestmark = pytest.mark.django_db

REFERENCE = [
    (8, "15:3 30:2 60:2 120:2 240:3 360:6", Label.POSITIVE_75, "8 -> 2 = 75.0 %"),
    (7, "30:2 60:2 120:2", Label.PARTIAL, "7 -> 2 = 71.4 %"),
    (7, "30:1 60:1 120:4", Label.POSITIVE_80, "7 -> 1 = 85.7 %"),
    (4, "30:1 60:1 120:1", Label.POSITIVE_75, "4 -> 1 = 75.0 %"),
    (4, "30:0 60:2 120:2", Label.PARTIAL, "4 -> 2 = 50.0 %"),
    (5, "30:1 60:1 120:1", Label.POSITIVE_80, "5 -> 1 = 80.0 %"),
    (3, "30:0 60:0 120:0", Label.POSITIVE_80, "3 -> 0 = 100.0 %"),
    (2, "30:0 60:0 120:0", Label.INDETERMINATE, None),
    (0, "30:0 60:0 120:0", Label.NOT_EVALUABLE, None),
    (6, "30:5 60:5 120:5 10080:1", Label.NEGATIVE, "6 -> 5 = 16.7 %"),
    (8, "60:2", Label.INDETERMINATE, None),
    (6, "30:8 60:8 120:7", Label.NEGATIVE, "6 -> 8 = -33.3 %"),
]


@pytest.mark.parametrize(("baseline", "scores", "label", "arithmetic"), REFERENCE)
def test_a_reference_diary_keeps_its_answer_through_the_database(
    baseline, scores, label, arithmetic
):
    injection = a_diary(baseline=baseline)
    for pair in scores.split():
        minute, score = map(int, pair.split(":"))
        scored(injection, minute, score)

    (answer,) = responses.responses_of(injection)

    assert answer.label is label
    assert (answer.sustained.arithmetic if answer.sustained else None) == arithmetic


def test_scores_after_a_pain_medicine_are_dropped_and_flagged():
    injection = a_diary(baseline=8)
    scored(injection, 30, 6)
    scored(injection, 60, 6)
    scored(injection, 120, 1, analgesic=("ibuprofen", at(1.5)))
    scored(injection, 180, 1)
    scored(injection, 240, 1)

    (answer,) = responses.responses_of(injection)

    assert answer.label is Label.INDETERMINATE
    assert Flag.ANALGESIC in answer.flags


def test_each_side_of_a_bilateral_injection_has_its_own_answer():
    injection = a_diary(side=Side.BILATERAL, baseline={Side.LEFT: 8, Side.RIGHT: 6})
    for minute in (30, 60, 120):
        scored(injection, minute, 1, 5)

    left, right = responses.responses_of(injection)

    assert (left.side, left.label) == (Side.LEFT, Label.POSITIVE_80)
    assert (right.side, right.label) == (Side.RIGHT, Label.NEGATIVE)


def test_a_superseded_score_is_not_read():
    injection = a_diary()
    scored(injection, 30, 1)
    scored(injection, 60, 1)
    (slip,) = scored(injection, 120, 9)
    surveys.correct(reading=slip, score=1, by=None, at=at(2.1))

    (answer,) = responses.responses_of(injection)

    assert [point.score for point in answer.used] == [1, 1, 1]


def test_scores_at_rest_are_left_out():
    injection = a_diary()
    for minute in (30, 60, 120):
        scored(injection, minute, 1, context=Context.REST, activity_done=False)

    (answer,) = responses.responses_of(injection)

    assert answer.label is Label.INDETERMINATE
    assert Flag.REST_ONLY in answer.flags


def test_a_proxys_scores_do_not_count():
    injection = a_diary()
    for minute in (30, 60, 120):
        scored(injection, minute, 1, entered_by=EnteredBy.PROXY)

    (answer,) = responses.responses_of(injection)

    assert answer.label is Label.INDETERMINATE


def test_what_is_known_of_the_order_becomes_flags():
    injection = a_diary(
        sedation=Sedation.MODERATE_IV, premedication=Premedication.PREDNISONE_13_7_1
    )
    scored(injection, 30, 1)

    (answer,) = responses.responses_of(injection)

    assert {Flag.SEDATION, Flag.STEROID_PREMED} <= set(answer.flags)


@pytest.mark.parametrize(
    ("ordered", "given", "flagged"),
    [
        (Sedation.NONE, Sedation.MODERATE_IV, True),
        (Sedation.MODERATE_IV, Sedation.NONE, False),
        (Sedation.MODERATE_IV, None, True),
        (Sedation.NONE, None, False),
    ],
)
def test_the_sedation_that_was_given_makes_the_flag_and_the_order_only_plans_it(
    ordered, given, flagged
):
    injection = a_diary(sedation=ordered)

    world.corrected(injection, sedation=given, at=at(1))

    (response,) = responses.responses_of(injection)
    assert (Flag.SEDATION in response.flags) is flagged


def test_relief_that_was_told_under_sedation_is_not_credited():
    injection = a_diary(sedation=Sedation.MODERATE_IV)
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)
    (before,) = responses.responses_of(injection)

    bookings.note_awake(injection=injection, awake_at=at(2.5), by=None, at=at(3))

    (after,) = responses.responses_of(injection)
    assert before.label is Label.POSITIVE_80
    assert Flag.PASS_NOT_CREDITED in after.flags
    assert after.label is not Label.POSITIVE_80


@pytest.mark.parametrize("target", [Target.POSTERIOR_LIGAMENT, Target.LATERAL_BRANCH])
@pytest.mark.parametrize("inside", [True, False, None])
def test_a_block_beside_the_joint_is_not_judged_by_what_went_into_it(target, inside):
    injection = a_diary(target=target)
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)

    injection.joints.update(intra_articular=inside)

    (response,) = responses.responses_of(injection)
    assert response.label is Label.POSITIVE_80
    assert Flag.EXTRA_ARTICULAR not in response.flags
    assert "inside the joint" not in " ".join(response.sentences)


def test_a_block_of_the_joint_that_went_beside_it_cannot_be_evaluated():
    injection = a_diary()
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)

    injection.joints.update(intra_articular=False)

    (response,) = responses.responses_of(injection)
    assert response.label is Label.NOT_EVALUABLE


def test_the_patients_own_percent_is_compared_and_never_used():
    injection = a_diary()
    for minute in (30, 60, 120):
        scored(injection, minute, 1, patient_percent=20)

    (answer,) = responses.responses_of(injection)

    assert answer.label is Label.POSITIVE_80
    assert Flag.PATIENT_PCT_DISAGREES in answer.flags


def test_an_injection_that_was_not_done_has_no_answer():
    assert responses.responses_of(world.a_booking()) == ()


def test_readings_are_counted_against_the_slots_of_the_window():
    injection = a_diary()
    for slot in ("D45", "D60", "H2"):
        answered(injection, slot, 1)

    (answer,) = responses.responses_of(injection)

    assert (answer.readings, answer.expected) == (3, 11)


@pytest.mark.parametrize(("agent", "slots"), [(world.BUPIVACAINE, 11), (Agent(Drug.LIDOCAINE), 7)])
def test_a_diary_answered_to_the_end_reads_complete(agent, slots):
    """The last slot is due when the window ends, and nobody answers within that minute."""
    injection = a_diary(agents=(agent,))
    asked = injection.surveys.filter(due_at__gt=injection.t0).order_by("due_at")
    for survey in asked[:slots]:
        answered(injection, survey.slot, 1, now=survey.due_at + timedelta(minutes=4))

    (answer,) = responses.responses_of(injection)

    assert (answer.readings, answer.expected) == (slots, slots)


def test_many_injections_are_read_with_as_many_queries_as_one():
    injections = [a_diary().pk for _ in range(3)]
    responses.responses_by_injection(injections[:1])

    with CaptureQueriesContext(connection) as one:
        responses.responses_by_injection(injections[:1])
    with CaptureQueriesContext(connection) as three:
        responses.responses_by_injection(injections)

    assert len(three) == len(one)


@pytest.mark.parametrize(("gave", "counted"), [(True, 3), (False, 0), (None, 0)])
def test_what_somebody_else_reports_counts_only_if_the_patient_gave_the_number(gave, counted):
    injection = a_diary()
    for minute in (30, 60, 120):
        scored(injection, minute, 1, entered_by=EnteredBy.PROXY, patient_gave_number=gave)

    (answer,) = responses.responses_of(injection)

    assert answer.readings == counted
    assert Flag.PROXY_REPORTED in answer.flags


@pytest.mark.parametrize("hours", [2.1, 12, 40])
def test_a_slip_of_the_finger_mended_later_proves_what_was_meant(hours):
    injection = a_diary(baseline=7)
    answered(injection, "D30", 1)
    answered(injection, "D60", 1)
    (slip,) = answered(injection, "H2", 10)

    mended = surveys.correct(reading=slip, score=1, by=None, at=at(hours))

    (answer,) = responses.responses_of(injection)
    assert answer.label is Label.POSITIVE_80
    assert (mended.late, mended.recall, mended.observed_at) == (False, False, slip.observed_at)


def test_mending_an_answer_that_came_late_leaves_it_late():
    injection = a_diary(baseline=7)
    (late,) = answered(injection, "H2", 10, now=at(5), observed_at=at(2))

    mended = surveys.correct(reading=late, score=1, by=None, at=at(6))

    assert (mended.late, mended.recall) == (True, True)


KINDS = [
    {},
    {"context": Context.REST, "activity_done": False},
    {"recall": True},
    {"slept": True},
    {"entered_by": EnteredBy.PROXY},
    {"entered_by": EnteredBy.PROXY, "patient_gave_number": True},
    {
        "entered_by": EnteredBy.STAFF,
        "provocation": {Side.LEFT: dict.fromkeys(ProvocationTest, False)},
    },
]


@pytest.mark.parametrize("facts", KINDS, ids=str)
@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("hours", [2.1, 40])
def test_a_correction_is_its_answer_with_another_score(facts, by_staff, hours):
    """So that what holds of a lower score holds of a correction to a lower one."""
    injection = a_diary()
    (slip,) = answered(injection, "H2", 10, **facts)
    (before,) = as_case(injection).readings

    by = world.a_user("nurse") if by_staff else None
    surveys.correct(reading=slip, score=1, by=by, at=at(hours))

    assert as_case(injection).readings == (replace(before, score=1),)


def as_case(injection):
    loaded = responses.load([injection.pk]).get()
    return responses.case_of(loaded, responses.protocols_of([injection.pk])[injection.pk])


def a_treatment(**facts):
    """A steroid injection that tests nothing, with the average of the week before."""
    agents = (world.METHYLPREDNISOLONE,)
    injection = world.a_booking(start=world.START, intent=Intent.THERAPEUTIC, agents=agents)
    before = T0 - timedelta(hours=15)
    laid_out(injection, before)
    answered(injection, "P0-avg", 6, now=before, **facts)
    joint = JointFacts(Side.LEFT, 8, baseline_at=T0, index_activity="", intra_articular=True)
    bookings.complete(
        injection=injection,
        t0=T0,
        side=Side.LEFT,
        agents=agents,
        joints=[joint],
        by=None,
        at=at(0.1),
    )
    return laid_out(injection)


def test_a_treatment_says_what_is_known_and_is_no_block():
    injection = a_treatment()
    answered(injection, "D3", 2)
    answered(injection, "W2", 3)

    (answer,) = responses.responses_of(injection)

    assert (answer.label, answer.is_block) == (Label.NOT_EVALUABLE, False)
    assert answer.sentences[2:4] == (
        "Against the average of the 7 days before: 14 d 6 -> 3 = 50.0 %.",
        "Against the provoked pain before: 3 d 8 -> 2 = 75.0 %.",
    )


def test_an_average_before_that_was_corrected_is_read_as_corrected():
    injection = a_treatment()
    answered(injection, "W2", 2)
    average = injection.readings.get(survey__slot="P0-avg")
    surveys.correct(reading=average, score=8, by=None, at=at(1))

    (answer,) = responses.responses_of(injection)

    assert "Against the average of the 7 days before: 14 d 8 -> 2 = 75.0 %." in answer.sentences
