"""What falls to a person is asked of one person, once."""

from datetime import timedelta

import pytest
from psycopg.types.range import TimestamptzRange

from reminders.messaging import rounds
from reminders.messaging.planning import outbox
from reminders.protocols.reading import shipped
from scheduling import bookings, orders, worklist
from scheduling import policy as booking
from scheduling.models import Closure, Task
from scheduling.rules.matrix import rules
from scheduling.rules.procedure import HoldDecision, Sedation
from tests.scheduling.desk import move
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
WARFARIN = NOTHING_TO_REPORT | {"anticoagulant": "warfarin"}


def asked(injection) -> set[str]:
    """The steps and checks whose tasks are open for a visit."""
    return set(worklist.open_tasks().filter(injection=injection).values_list("step", flat=True))


def at_day(days: int):
    """So many days before the visit, at noon."""
    return local("2026-03-16 12:00") - timedelta(days=days)


@pytest.mark.parametrize(
    ("order", "check", "steps"),
    [
        ({"screening": WARFARIN}, "SF-01", {"decision", "decision_14d", "decision_7d"}),
        (
            {"screening": NOTHING_TO_REPORT | {"interpreter": "needed"}},
            "SF-IN",
            {"interpreter"},
        ),
        ({"sedation": Sedation.MODERATE_IV}, "SF-19", {"driver_call", "driver"}),
        (
            {"screening": NOTHING_TO_REPORT | {"infection": "yes"}},
            "SF-12",
            {"ill"},
        ),
    ],
)
def test_work_that_a_booking_check_has_opened_is_not_opened_again(order, check, steps):
    injection = a_booking(an_order(a_patient(consent=()), **order))

    for day in (14, 7, 2, 1):
        outbox.reconcile([injection.pk], at_day(day))

    assert check in asked(injection)
    assert not asked(injection) & steps


def test_an_illness_is_to_be_phoned_about_at_once():
    a_booking(screening=NOTHING_TO_REPORT | {"infection": "yes"})

    assert Task.objects.get(step="SF-12").due_at == NOW


def test_a_missing_decision_still_goes_to_a_physician_three_days_before():
    injection = a_booking(screening=WARFARIN)

    outbox.reconcile([injection.pk], at_day(3))

    assert {"SF-01", "decision_3d"} <= asked(injection)
    assert Task.objects.get(step="decision_3d").queue == "physician"


def test_a_decision_that_a_nurse_asked_for_in_vain_is_asked_for_again_a_week_before():
    injection, nurse = a_booking(screening=WARFARIN), a_user("nurse")
    task = Task.objects.get(step="SF-01")
    worklist.finish(task=task, outcome="Left a message", by=nurse, at=at_day(10))

    outbox.reconcile([injection.pk], at_day(9))
    early = asked(injection)
    outbox.reconcile([injection.pk], at_day(7))

    assert not early & {"decision", "decision_7d"}
    assert "decision_7d" in asked(injection)


def test_a_signed_decision_closes_every_question_about_it():
    injection, physician = a_booking(screening=WARFARIN), a_user("physician")
    outbox.reconcile([injection.pk], at_day(3))

    told = {"drug": "warfarin", "prescriber": "Dr Vale", "last_dose_at": None, "restart_on": None}
    decision = {"decision": HoldDecision.CONTINUE, "by": physician, "at": at_day(3)}
    orders.decide_anticoagulant(order=injection.order, **told, **decision)
    outbox.reconcile([injection.pk], at_day(3))

    assert not asked(injection) & {"SF-01", "decision_3d"}


def test_a_question_for_the_driver_survives_a_move_and_comes_back_with_a_new_day():
    injection, desk = a_booking(sedation=Sedation.MODERATE_IV), a_user("desk")
    outbox.reconcile([injection.pk], NOW)
    named = {"name": "A neighbour", "phone": "", "by": desk, "at": NOW}
    bookings.name_driver(injection=injection, **named)
    outbox.reconcile([injection.pk], NOW)
    settled = asked(injection)

    move(injection, START + timedelta(days=1))
    outbox.reconcile([injection.pk], NOW)

    assert "SF-19" not in settled
    assert "SF-19" in asked(injection)
    assert Task.objects.filter(step__in=["SF-19", "driver_call"]).count() == 1


def test_a_booked_interpreter_closes_the_question():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"interpreter": "needed"})

    orders.amend(
        order=injection.order,
        why="booked by telephone",
        by=None,
        at=NOW,
        screening=NOTHING_TO_REPORT | {"interpreter": "booked"},
    )
    outbox.reconcile([injection.pk], at_day(14))

    assert not asked(injection) & {"SF-IN", "interpreter"}


@pytest.mark.parametrize("arrived", [False, True])
def test_an_injection_whose_day_is_over_is_one_task_for_the_nurse_the_next_morning(arrived):
    injection, morning = a_booking(), local("2026-03-17 07:00")
    if arrived:
        bookings.arrive(injection=injection, by=None, at=START)

    outbox.reconcile([injection.pk], morning - timedelta(minutes=1))
    before = asked(injection)
    for hours in (0, 1, 24, 24 * 7):
        outbox.reconcile([injection.pk], morning + timedelta(hours=hours))

    assert "unfinished" not in before
    task = Task.objects.get(injection=injection, step="unfinished")
    assert (task.queue, task.done_at) == ("nurse", None)
    assert task.due_at == local("2026-03-17 10:00")


def test_the_round_finds_an_unfinished_injection_by_itself():
    injection, morning = a_booking(), local("2026-03-17 07:00")
    rounds.reconcile_changed(START)

    rounds.reconcile_changed(morning)

    assert "unfinished" in asked(injection)


def test_the_morning_is_the_clinics_own():
    west = a_location(zone="America/Los_Angeles")
    injection = a_booking(location=west, start=local("2026-03-16 13:00"))

    outbox.reconcile([injection.pk], local("2026-03-17 09:59"))
    before = asked(injection)
    outbox.reconcile([injection.pk], local("2026-03-17 10:00"))

    assert "unfinished" not in before
    assert "unfinished" in asked(injection)


@pytest.mark.parametrize(
    "settle",
    [
        lambda injection: completed(injection, at=START + timedelta(days=1)),
        lambda injection: bookings.abort(
            injection=injection, why="fever", by=None, at=START + timedelta(days=1)
        ),
        lambda injection: bookings.no_show(
            injection=injection, by=None, at=START + timedelta(days=1)
        ),
        lambda injection: move(injection, START + timedelta(days=7)),
    ],
    ids=["completed", "aborted", "no-show", "moved"],
)
def test_an_injection_that_is_settled_the_next_day_is_nobodys_work(settle):
    injection = a_booking()
    outbox.reconcile([injection.pk], local("2026-03-17 07:00"))

    settle(injection)
    outbox.reconcile([injection.pk], local("2026-03-17 12:00"))

    assert Task.objects.get(injection=injection, step="unfinished").done_at
    assert "unfinished" not in asked(injection)


def test_every_check_that_the_protocol_names_exists():
    known = {rule.effect.code for rule in rules(booking.shipped())} | {
        "SF-19"
    }  # the driver's is no answer's

    named = {code for step in shipped().steps for code in step.checks}

    assert named <= known


def at_an_office(start: str, **fields):
    """A booking at a location that works from Monday to Friday."""
    return a_booking(location=a_location(weekdays=range(5)), start=local(start), **fields)


@pytest.mark.parametrize(
    ("start", "opens"),
    [
        ("2026-03-16 09:00", "2026-03-13 13:00"),  # a Monday
        ("2026-03-17 09:00", "2026-03-16 13:00"),  # a Tuesday: on Friday nobody was asked yet
        ("2026-03-09 09:00", "2026-03-06 13:00"),  # a Monday after the clocks have changed
    ],
)
def test_a_task_of_the_weekend_opens_on_a_working_day(start, opens):
    injection = at_an_office(start)

    outbox.reconcile([injection.pk], local(opens) - timedelta(minutes=1))
    early = asked(injection)
    outbox.reconcile([injection.pk], local(opens))

    assert "confirm_call" not in early
    assert "confirm_call" in asked(injection)


def test_a_task_before_a_holiday_weekend_opens_on_the_last_day_that_somebody_works():
    injection = at_an_office("2026-03-16 09:00")
    friday = TimestamptzRange(local("2026-03-13 00:00"), local("2026-03-14 00:00"))
    for resource in injection.location.resources.all():
        Closure.objects.create(resource=resource, during=friday, reason="holiday")

    outbox.reconcile([injection.pk], local("2026-03-12 13:00"))

    assert "confirm_call" in asked(injection)


def test_a_visit_missed_on_a_friday_is_phoned_about_on_monday():
    injection, desk = at_an_office("2026-03-13 09:00"), a_user("desk")
    bookings.no_show(injection=injection, by=desk, at=local("2026-03-13 10:00"))

    outbox.reconcile([injection.pk], local("2026-03-14 12:00"))
    on_saturday = asked(injection)
    outbox.reconcile([injection.pk], local("2026-03-16 10:00"))

    assert "no_show_call" not in on_saturday
    assert "no_show_call" in asked(injection)
