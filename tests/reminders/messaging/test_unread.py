"""What a patient must have read in time, and has not, is a phone task."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from reminders.messaging.planning import outbox
from scheduling import orders
from scheduling.models import Task
from scheduling.people import access
from scheduling.rules.procedure import HoldDecision, Sedation
from tests.scheduling.desk import move
from tests.world import NOW, a_booking, a_user, an_order, completed, local

pytestmark = pytest.mark.django_db
WEDNESDAY = local("2026-03-18 09:00")
EVENING, RESTART = local("2026-03-17 18:00"), local("2026-03-20 14:00")


def read_page(injection, at, page="link"):
    access.viewed(request=RequestFactory().get("/"), page=page, patients=[injection.patient], at=at)


def asked(injection, *times):
    """The steps whose tasks are open after rounds at these times."""
    for at in times:
        outbox.reconcile([injection.pk], at)
    return set(
        Task.objects.filter(injection=injection, done_at=None).values_list("step", flat=True)
    )


@pytest.fixture
def sedated(db):
    return a_booking(an_order(sedation=Sedation.MODERATE_IV), start=WEDNESDAY)


@pytest.fixture
def held(db):
    """A signed hold; the drug starts again two days after the visit, which is done."""
    injection = a_booking(start=WEDNESDAY)
    orders.decide_anticoagulant(
        order=injection.order,
        decision=HoldDecision.HOLD,
        drug="clopidogrel",
        prescriber="Dr. Moss",
        last_dose_at=WEDNESDAY - timedelta(days=7),
        restart_on=RESTART.date(),
        by=a_user("physician"),
        at=WEDNESDAY - timedelta(days=10),
    )
    injection.refresh_from_db()
    return completed(injection)


def test_fasting_times_not_read_by_the_evening_before_are_a_phone_task(sedated):
    assert "fasting_call" in asked(sedated, EVENING)


def test_who_has_read_them_is_not_phoned(sedated):
    read_page(sedated, EVENING - timedelta(minutes=5))

    assert "fasting_call" not in asked(sedated, EVENING)


def test_what_was_read_before_the_time_changed_does_not_count(sedated):
    read_page(sedated, NOW)
    moved = move(sedated, WEDNESDAY + timedelta(hours=2))

    assert "fasting_call" in asked(moved, EVENING)


def test_a_look_by_staff_is_not_the_patients(sedated):
    request = RequestFactory().get("/")
    request.user = a_user("nurse")
    access.viewed(request=request, page="link", patients=[sedated.patient], at=EVENING)

    assert "fasting_call" in asked(sedated, EVENING)


def test_a_task_closes_when_the_page_was_read_after_all(sedated):
    asked(sedated, EVENING)
    read_page(sedated, EVENING + timedelta(minutes=5))

    assert "fasting_call" not in asked(sedated, EVENING + timedelta(minutes=6))


def test_a_restart_nobody_read_by_its_time_is_a_phone_task(held):
    assert "restart_call" not in asked(held, RESTART - timedelta(minutes=1))
    assert "restart_call" in asked(held, RESTART)


def test_a_restart_that_was_read_is_none(held):
    read_page(held, held.t0 + timedelta(hours=3), "link_survey")

    assert "restart_call" not in asked(held, RESTART)


def test_the_page_before_the_injection_did_not_tell_of_the_restart(held):
    read_page(held, WEDNESDAY - timedelta(days=1))

    assert "restart_call" in asked(held, RESTART)
