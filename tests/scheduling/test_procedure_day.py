"""The day itself: arrive, complete, abort, no-show, and what is corrected later."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings
from scheduling.bookings import JointFacts, WrongState
from scheduling.models import Task, TaskKind
from scheduling.rules.procedure import Agent, Drug, InjectionState, Sedation, Side
from tests.world import BUPIVACAINE, METHYLPREDNISOLONE, START, a_booking, a_location, completed

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
T0 = START + 20 * MINUTE
AFTER = START + 40 * MINUTE
RIGHT = {
    "side": Side.RIGHT,
    "joints": [JointFacts(Side.RIGHT, 7)],
    "other_side_why": "marked on the right",
}


def complete(injection, **facts):
    said = {
        "t0": T0,
        "side": Side.LEFT,
        "agents": [BUPIVACAINE],
        "joints": [JointFacts(Side.LEFT, 7)],
        "at": AFTER,
    }
    return bookings.complete(injection=injection, by=None, **said | facts)


def test_an_arrived_patient_is_here_since_now():
    injection = bookings.arrive(injection=a_booking(), by=None, at=START - 30 * MINUTE)

    assert injection.state is InjectionState.ARRIVED
    assert injection.arrived_at == injection.state_at == START - 30 * MINUTE


def test_a_patient_does_not_arrive_days_ahead():
    with pytest.raises(WrongState, match="more than a day ahead"):
        bookings.arrive(injection=a_booking(), by=None, at=START - timedelta(days=2))


def test_an_arrival_can_be_undone():
    injection = bookings.arrive(injection=a_booking(), by=None, at=START - 30 * MINUTE)

    bookings.undo_arrival(injection=injection, by=None, at=START - 20 * MINUTE)

    injection.refresh_from_db()
    assert (injection.state, injection.arrived_at) == (InjectionState.BOOKED, None)
    assert injection.state_at == START - 20 * MINUTE
    assert injection.revision == 1


def test_only_an_arrival_is_undone():
    with pytest.raises(WrongState, match="would have to be arrived"):
        bookings.undo_arrival(injection=completed(a_booking()), by=None, at=AFTER)


def test_a_completed_injection_keeps_what_was_done():
    facts = JointFacts(
        Side.LEFT,
        7,
        baseline_at=T0 - 10 * MINUTE,
        rest_score=3,
        index_activity="rising from a chair",
        intra_articular=True,
    )

    injection = complete(
        a_booking(), agents=[BUPIVACAINE, METHYLPREDNISOLONE], joints=[facts], t0_estimated=True
    )

    assert (injection.state, injection.t0, injection.t0_estimated) == ("completed", T0, True)
    assert injection.changed_at == injection.state_at == AFTER
    joint = injection.joints.get()
    assert (joint.side, joint.baseline, joint.rest_score) == ("left", 7, 3)
    assert (joint.index_activity, joint.intra_articular) == ("rising from a chair", True)
    assert [line.agent for line in injection.agents.order_by("pk")] == [
        BUPIVACAINE,
        METHYLPREDNISOLONE,
    ]


def test_an_unknown_baseline_and_unknown_sedation_stay_unknown():
    injection = complete(a_booking(), joints=[JointFacts(Side.LEFT, None)])

    injection.refresh_from_db()
    assert injection.joints.get().baseline is None
    assert injection.sedation_given is None


@pytest.mark.parametrize("given", list(Sedation))
def test_the_sedation_that_was_given_counts_and_the_order_only_plans_it(given):
    injection = a_booking(sedation=Sedation.MODERATE_IV)
    planned = injection.effective_sedation

    complete(injection, sedation=given)

    injection.refresh_from_db()
    assert planned is Sedation.MODERATE_IV
    assert injection.effective_sedation is given
    assert injection.order.sedation is Sedation.MODERATE_IV


def test_what_was_done_is_no_new_promise():
    injection = complete(bookings.arrive(injection=a_booking(), by=None, at=START))

    assert injection.revision == 1


def test_ordered_booked_and_performed_side_are_three_facts():
    injection = complete(a_booking(), **RIGHT)

    assert injection.order.side is Side.LEFT
    assert injection.side is Side.LEFT
    assert injection.performed_side is injection.effective_side is Side.RIGHT


def test_a_side_that_was_not_booked_becomes_urgent_work_for_a_physician():
    complete(a_booking(), **RIGHT)

    task = Task.objects.get(kind=TaskKind.OTHER_SIDE)
    assert (task.urgent, task.queue) == (True, "physician")
    assert task.title == "Booked left, performed right: look into it."
    assert task.detail == "marked on the right"


def test_a_side_that_was_not_booked_is_asked_about_before_it_is_kept():
    injection = a_booking()

    with pytest.raises(ValidationError) as refused:
        complete(injection, **RIGHT | {"other_side_why": " "})

    (question,) = refused.value.message_dict["other_side_why"]
    assert question.startswith("Booked is left, and right is said to be done.")
    injection.refresh_from_db()
    assert injection.state is InjectionState.BOOKED
    assert not Task.objects.filter(kind=TaskKind.OTHER_SIDE).exists()


def test_of_a_bilateral_order_one_side_may_be_done():
    injection = complete(a_booking(side=Side.BILATERAL), other_side_why="left was enough")

    assert injection.performed_side is Side.LEFT
    assert [joint.side for joint in injection.joints.all()] == ["left"]


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"t0": AFTER + MINUTE}, "t0", "in the future"),
        ({"sedation": "gas"}, "sedation", "is not known"),
        ({"t0": START - timedelta(hours=5)}, "t0", "too far from the booked start"),
        ({"t0": T0.replace(tzinfo=None)}, "t0", "time zone"),
        ({"side": "middle"}, "side", "choose one of"),
        ({"side": None}, "side", "Nothing was chosen"),
        ({"agents": []}, "agents", "at least one agent"),
        ({"agents": [BUPIVACAINE, BUPIVACAINE]}, "agents", "listed twice"),
        ({"agents": [Agent("cocaine")]}, "agents", "is not known"),
        ({"agents": [Agent(Drug.BUPIVACAINE, volume=-1.0)]}, "agents", "above 0"),
        ({"agents": [Agent(Drug.BUPIVACAINE, dose=float("nan"))]}, "agents", "above 0"),
        ({"joints": []}, "joints", "each joint of left once"),
        ({"joints": [JointFacts(Side.RIGHT, 7)]}, "joints", "and no other"),
        (
            {"side": Side.BILATERAL, "other_side_why": "both hurt"},
            "joints",
            "each joint of bilateral",
        ),
        (RIGHT | {"other_side_why": "x" * 201}, "other_side_why", "Shorten the reason"),
        ({"joints": [JointFacts(Side.LEFT, 11)]}, "joints", "0 to 10"),
        ({"joints": [JointFacts(Side.LEFT, -1)]}, "joints", "0 to 10"),
        ({"joints": [JointFacts(Side.LEFT, 7.5)]}, "joints", "0 to 10"),
        ({"joints": [JointFacts(Side.LEFT, True)]}, "joints", "0 to 10"),
        ({"joints": [JointFacts(Side.LEFT, 7, rest_score=12)]}, "joints", "0 to 10"),
        ({"joints": [JointFacts(Side.LEFT, 7, baseline_at=AFTER)]}, "joints", "before T0"),
        ({"joints": [JointFacts(Side.LEFT, 7, index_activity="x" * 81)]}, "joints", "80"),
        (
            {"joints": [JointFacts(Side.LEFT, 7, baseline_at=T0.replace(tzinfo=None))]},
            "baseline_at",
            "zone",
        ),
    ],
)
def test_a_report_that_cannot_be_is_refused_and_nothing_is_kept(facts, field, sentence):
    injection = a_booking()

    with pytest.raises(ValidationError) as refused:
        complete(injection, **facts)

    assert list(refused.value.message_dict) == [field]
    assert sentence in refused.value.message_dict[field][0]
    injection.refresh_from_db()
    assert injection.state is InjectionState.BOOKED
    assert not injection.joints.exists()


def test_an_injection_is_completed_once():
    injection = completed(a_booking())

    with pytest.raises(WrongState, match="is completed"):
        complete(injection)


def test_an_aborted_injection_says_why_and_has_no_t0():
    injection = bookings.abort(injection=a_booking(), why="vasovagal reaction", by=None, at=AFTER)

    assert (injection.state, injection.t0) == ("aborted", None)
    assert injection.reason == "vasovagal reaction"
    with pytest.raises(ValidationError, match="Enter the reason"):
        bookings.abort(injection=a_booking(), why="", by=None, at=AFTER)


def test_an_abort_keeps_the_sedation_that_was_given_until_then():
    injection = a_booking(sedation=Sedation.DEEP_MAC)

    bookings.abort(injection=injection, why="fainted", sedation=Sedation.NONE, by=None, at=AFTER)

    assert injection.effective_sedation is Sedation.NONE


def test_a_patient_who_has_not_come_frees_the_resources():
    injection = bookings.no_show(injection=a_booking(), by=None, at=START + 15 * MINUTE)

    assert injection.state is InjectionState.NO_SHOW
    assert not injection.reservations.filter(live=True).exists()


def test_a_patient_is_given_fifteen_minutes():
    with pytest.raises(WrongState, match="15 minutes after"):
        bookings.no_show(injection=a_booking(), by=None, at=START + 14 * MINUTE)


def test_a_facility_gives_its_patients_longer():
    injection = a_booking(location=a_location(policy={"no_show_after_min": 30}))

    with pytest.raises(WrongState, match="30 minutes after"):
        bookings.no_show(injection=injection, by=None, at=START + 29 * MINUTE)


def test_the_first_signature_of_a_joint_counts():
    injection = completed(a_booking(side=Side.BILATERAL))

    for at in (AFTER, AFTER + MINUTE):
        bookings.mark_signed(injection=injection, side=Side.LEFT, at=at)

    assert injection.joints.get(side="left").signed_at == AFTER
    assert injection.joints.get(side="right").signed_at is None
