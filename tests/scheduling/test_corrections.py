"""What was recorded as done and was not so is put right, with its reason and its history."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings
from scheduling.bookings import JointFacts, WrongState
from scheduling.models import Task, TaskKind
from scheduling.rules.procedure import Sedation, Side
from tests.world import (
    BUPIVACAINE,
    METHYLPREDNISOLONE,
    START,
    a_booking,
    completed,
    corrected,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
T0 = START + 20 * MINUTE
AFTER = START + timedelta(hours=3)
RIGHT = {"side": Side.RIGHT, "joints": [JointFacts(Side.RIGHT, 6)]}


def other_side_tasks():
    return Task.objects.filter(kind=TaskKind.OTHER_SIDE, done_at=None)


def test_left_completed_as_right_is_put_right():
    injection = completed(a_booking(), side=Side.RIGHT)
    asked = other_side_tasks().count()

    corrected(injection, side=Side.LEFT, joints=[JointFacts(Side.LEFT, 7)], at=AFTER)

    injection.refresh_from_db()
    assert injection.performed_side is injection.effective_side is Side.LEFT
    assert [joint.side for joint in injection.joints.all()] == ["left"]
    assert (asked, other_side_tasks().count()) == (1, 0)


def test_a_correction_to_a_side_that_was_not_booked_is_a_physicians_work():
    injection = completed(a_booking())

    corrected(injection, **RIGHT, why="the film shows the right joint", at=AFTER)

    task = other_side_tasks().get()
    assert task.title == "Booked left, performed right: look into it."
    assert (task.urgent, task.detail) == (True, "the film shows the right joint")


def test_a_side_that_is_put_wrong_again_asks_again():
    injection = completed(a_booking(), side=Side.RIGHT)
    corrected(injection, side=Side.LEFT, joints=[JointFacts(Side.LEFT, 7)], at=AFTER)

    corrected(injection, **RIGHT, at=AFTER + MINUTE)

    assert other_side_tasks().count() == 1


def test_everything_that_was_recorded_can_be_corrected():
    injection = completed(a_booking())
    facts = JointFacts(Side.LEFT, 5, T0 - 9 * MINUTE, 2, "climbing stairs", False)

    corrected(
        injection,
        t0=T0 - MINUTE,
        t0_estimated=True,
        sedation=Sedation.ORAL_ANXIOLYTIC,
        agents=[METHYLPREDNISOLONE, BUPIVACAINE],
        joints=[facts],
        at=AFTER,
    )

    injection.refresh_from_db()
    assert (injection.t0, injection.t0_estimated) == (T0 - MINUTE, True)
    assert injection.sedation_given is Sedation.ORAL_ANXIOLYTIC
    assert injection.joints.get().facts == facts
    given = [line.agent for line in injection.agents.order_by("pk")]
    assert given == [METHYLPREDNISOLONE, BUPIVACAINE]


def test_a_correction_is_a_change_with_a_reason_and_leaves_state_and_promise_alone():
    injection = completed(a_booking())

    corrected(injection, t0=T0 + MINUTE, why="read from the log", at=AFTER)

    injection.refresh_from_db()
    assert (injection.state, injection.state_at) == ("completed", T0 + 10 * MINUTE)
    assert (injection.changed_at, injection.revision) == (AFTER, 1)
    last = injection.events.order_by("pgh_id").last()
    assert last.pgh_context.metadata["why"] == "read from the log"


def test_a_joint_that_stays_keeps_its_row_and_its_signature():
    injection = completed(a_booking(side=Side.BILATERAL))
    injection.joints.update(signed_at=AFTER)

    corrected(injection, side=Side.LEFT, joints=[JointFacts(Side.LEFT, 4)], at=AFTER + MINUTE)

    joint = injection.joints.get()
    assert (joint.side, joint.baseline, joint.signed_at) == ("left", 4, AFTER)


def test_the_end_of_sedation_is_recorded_and_may_be_recorded_anew():
    injection = completed(a_booking(sedation=Sedation.MODERATE_IV))
    bookings.note_awake(injection=injection, awake_at=T0, by=None, at=AFTER)

    bookings.note_awake(injection=injection, awake_at=T0 + 30 * MINUTE, by=None, at=AFTER)

    injection.refresh_from_db()
    assert injection.sedated_until == T0 + 30 * MINUTE


def test_sedation_of_an_injection_that_began_early_may_end_before_the_booked_start():
    early = START - 40 * MINUTE
    injection = completed(a_booking(sedation=Sedation.MODERATE_IV), t0=early)

    bookings.note_awake(injection=injection, awake_at=early + MINUTE, by=None, at=AFTER)

    assert injection.sedated_until == early + MINUTE


def test_without_sedation_there_is_no_end_of_it():
    injection = completed(a_booking(sedation=Sedation.MODERATE_IV))
    bookings.note_awake(injection=injection, awake_at=T0, by=None, at=AFTER)

    corrected(injection, sedation=Sedation.NONE, at=AFTER)

    injection.refresh_from_db()
    assert injection.sedated_until is None
    with pytest.raises(WrongState, match="No sedation was given"):
        bookings.note_awake(injection=injection, awake_at=T0, by=None, at=AFTER)


@pytest.mark.parametrize(
    ("awake_at", "sentence"),
    [(AFTER + MINUTE, "has not come yet"), (START - MINUTE, "before the injection began")],
)
def test_an_end_of_sedation_that_cannot_be_is_refused(awake_at, sentence):
    injection = completed(a_booking(sedation=Sedation.MODERATE_IV))

    with pytest.raises(ValidationError, match=sentence):
        bookings.note_awake(injection=injection, awake_at=awake_at, by=None, at=AFTER)


def test_what_did_not_change_is_not_written_again():
    injection = completed(a_booking())
    line = injection.agents.get()

    corrected(injection, t0=T0 + MINUTE, at=AFTER)

    assert injection.agents.get().pk == line.pk
    assert injection.joints.get().events.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"why": " "}, "why"),
        ({"t0": AFTER + MINUTE}, "t0"),
        ({"agents": []}, "agents"),
        ({"side": Side.RIGHT}, "joints"),
        ({"joints": [JointFacts(Side.LEFT, 11)]}, "joints"),
        ({"joints": [JointFacts(Side.LEFT, 7, baseline_at=AFTER)]}, "joints"),
        ({"side": "middle"}, "side"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(facts, field):
    injection = completed(a_booking())
    changed = injection.changed_at

    with pytest.raises(ValidationError) as refused:
        corrected(injection, **facts, at=AFTER)

    injection.refresh_from_db()
    assert list(refused.value.message_dict) == [field]
    assert injection.changed_at == changed


def test_there_is_nothing_to_correct_before_it_is_done():
    with pytest.raises(WrongState, match="would have to be completed"):
        bookings.correct(
            injection=a_booking(),
            t0=T0,
            side=Side.LEFT,
            agents=[BUPIVACAINE],
            joints=[JointFacts(Side.LEFT, 7)],
            why="typo",
            by=None,
            at=AFTER,
        )
