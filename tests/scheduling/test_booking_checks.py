"""What stops a booking, what warns, and the work it opens."""

from datetime import timedelta

import pytest

from scheduling import bookings, orders
from scheduling.bookings import Blocked
from scheduling.models import Task
from scheduling.rules.procedure import Guidance, HoldDecision, Intent, Sedation, Side
from tests.scheduling.desk import HOUR, LATER, book, move
from tests.world import (
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    a_location,
    a_patient,
    a_user,
    an_order,
    completed,
    local,
)

pytestmark = pytest.mark.django_db


def test_a_patient_is_not_booked_twice_at_one_time():
    patient = a_patient()
    a_booking(patient=patient)

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(minutes=15))

    assert [check.code for check in blocked.value.checks] == ["BK-12"]


def test_a_patient_may_come_again_on_the_same_day():
    patient = a_patient()
    first = {"intent": Intent.THERAPEUTIC, "patient": patient}
    a_booking(**first)

    second = a_booking(start=START + HOUR, side=Side.RIGHT, **first)

    assert "BK-20" in {check.code for check in second.checks.all()}


def test_an_unsigned_answer_of_the_same_joint_stops_the_next_booking():
    patient = a_patient()
    completed(a_booking(patient=patient))

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(days=30))

    assert [check.code for check in blocked.value.checks] == ["BK-16"]
    assert "2026-03-16" in str(blocked.value)


def test_a_signed_answer_lets_the_next_booking_through():
    patient = a_patient()
    first = completed(a_booking(patient=patient))

    bookings.mark_signed(injection=first, side=Side.LEFT, at=START + HOUR)

    assert a_booking(patient=patient, start=START + timedelta(days=30))


def test_a_treatment_leaves_no_answer_that_stops_the_next_booking():
    patient = a_patient()
    completed(a_booking(patient=patient, intent=Intent.THERAPEUTIC))

    assert a_booking(patient=patient, start=START + timedelta(days=30))


def test_an_unsigned_answer_of_the_other_joint_stops_nothing():
    patient = a_patient()
    completed(a_booking(patient=patient))

    later = START + timedelta(days=30)

    assert a_booking(patient=patient, start=later, side=Side.RIGHT)


def test_a_reason_overrides_an_unsigned_answer_and_is_kept():
    patient, nurse = a_patient(), a_user("nurse")
    completed(a_booking(patient=patient))

    second = a_booking(
        patient=patient,
        start=START + timedelta(days=30),
        overrides={"BK-16": "physician on leave"},
        by=nurse,
    )

    kept = second.checks.get(code="BK-16")
    assert (kept.level, kept.override, kept.by) == ("hard", "physician on leave", nurse)


def test_what_nobody_may_override_stays_stopped():
    order = an_order(guidance=Guidance.NONE)
    location = a_location()

    with pytest.raises(Blocked) as blocked:
        book(order, location, overrides={"BK-03": "please"})

    assert not blocked.value.checks[0].overridable


def test_warnings_are_kept_with_the_promise_they_are_about():
    injection = a_booking(start=local("2026-03-16 15:00"))
    assert [check.code for check in injection.checks.all()] == ["BK-14"]

    move(injection, START)

    assert not injection.checks.filter(revision=2).exists()


def test_a_screening_answer_opens_work_before_the_day():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    task = Task.objects.get(step="SF-01")
    assert (task.injection, task.patient) == (injection, injection.patient)
    assert (task.queue, task.due_at) == ("nurse", START - timedelta(days=7))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-16 09:00", "2026-03-13 09:00"),  # a Monday: two days before is Saturday
        ("2026-03-17 09:00", "2026-03-13 09:00"),  # a Tuesday: two days before is Sunday
        ("2026-03-18 09:00", "2026-03-16 09:00"),
    ],
)
def test_work_of_a_check_is_due_on_a_working_day(start, due):
    office = a_location(weekdays=range(5))

    a_booking(start=local(start), location=office, sedation=Sedation.MODERATE_IV)

    assert Task.objects.get(step="SF-19").due_at == local(due)


def test_work_of_a_moved_injection_is_due_before_its_new_day():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    move(injection, START + timedelta(days=7))

    assert Task.objects.get(step="SF-01").due_at == START


def test_work_of_a_cancelled_injection_is_closed():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    bookings.cancel(injection=injection, why="ill", by=None, at=LATER)

    assert Task.objects.get(step="SF-01").outcome == "injection cancelled"


def test_a_named_driver_closes_the_question_for_one():
    injection = a_booking(sedation=Sedation.MODERATE_IV)
    assert Task.objects.get(step="SF-19").done_at is None

    bookings.name_driver(
        injection=injection, name="A neighbour", phone="212 555 0123", by=None, at=LATER
    )

    assert injection.driver_phone == "+12125550123"
    assert Task.objects.get(step="SF-19").outcome == "driver named"


def test_a_fact_that_would_have_stopped_the_booking_becomes_urgent_work():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="test was positive",
        screening=NOTHING_TO_REPORT | {"pregnancy": "yes"},
        by=None,
        at=LATER,
    )

    task = Task.objects.get(step="SF-11")
    assert (task.urgent, task.queue, task.due_at) == (True, "physician", LATER)


def a_held_booking():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})
    orders.decide_anticoagulant(
        order=injection.order,
        decision=HoldDecision.HOLD,
        drug="warfarin",
        prescriber="The cardiologist",
        last_dose_at=START - timedelta(days=5),
        restart_on=START.date(),
        by=injection.order.physician,
        at=NOW,
    )
    return injection


def test_a_signed_decision_closes_the_question_for_one():
    a_held_booking()

    assert Task.objects.get(step="SF-01").outcome == "no longer needed"


def test_a_new_day_voids_a_hold_whose_dates_were_for_the_old_one():
    injection = a_held_booking()

    move(injection, START + timedelta(days=7))

    assert not injection.order.anticoagulant_decisions.filter(void=False).exists()


def test_another_hour_of_the_same_day_keeps_the_hold():
    injection = a_held_booking()

    move(injection, START + HOUR)

    assert injection.order.anticoagulant_decisions.filter(void=False).exists()
