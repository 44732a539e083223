"""A drug that may be paused for an injection that is not as it was: somebody phones at once."""

from datetime import timedelta

import pytest

from scheduling import bookings, orders
from scheduling.models import Task, TaskKind
from scheduling.rules.procedure import HoldDecision, Side
from tests.scheduling.desk import move
from tests.world import START, a_booking, a_user, an_order, free_resources

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LAST_DOSE = START - 5 * DAY
TOLD = LAST_DOSE - DAY
"""From this day on the patient may have paused."""


def held(last_dose=LAST_DOSE, signed=START - 12 * DAY):
    """An injection with a signed hold of clopidogrel."""
    injection = a_booking()
    decide(injection.order, last_dose, signed)
    injection.refresh_from_db()
    return injection


def decide(order, last_dose, at, decision=HoldDecision.HOLD):
    dates = {"last_dose_at": last_dose, "restart_on": (START + DAY).date()}
    if decision is HoldDecision.CONTINUE:
        dates = dict.fromkeys(dates)
    orders.decide_anticoagulant(
        order=order,
        decision=decision,
        drug="clopidogrel",
        prescriber="Moss",
        by=a_user("physician"),
        at=at,
        **dates,
    )


def moved(injection, at):
    bookings.move(
        injection=injection,
        start=START + 2 * DAY,
        resources=free_resources(injection.order, injection.location, START + 2 * DAY),
        by=None,
        at=at,
        overrides={},
    )


def cancelled(injection, at):
    bookings.cancel(injection=injection, why="ill", by=None, at=at)


def not_come(injection, at):
    bookings.no_show(injection=injection, by=None, at=START + timedelta(hours=1))


def aborted(injection, at):
    bookings.arrive(injection=injection, by=None, at=START)
    bookings.abort(injection=injection, why="fainted", by=None, at=START + timedelta(minutes=5))


def side_changed(injection, at):
    bookings.amend_side(injection=injection, side=Side.RIGHT, why="typed wrong", by=None, at=at)


def order_amended(injection, at):
    orders.amend(order=injection.order, why="typed wrong", by=None, at=at, side=Side.RIGHT)


def continued(injection, at):
    decide(injection.order, None, at, HoldDecision.CONTINUE)


def other_dates(injection, at):
    decide(injection.order, LAST_DOSE + 2 * DAY, at)


CHANGES = [
    moved,
    cancelled,
    not_come,
    aborted,
    side_changed,
    order_amended,
    continued,
    other_dates,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_a_nurse_phones_a_patient_who_may_have_paused(change):
    injection = held()

    change(injection, LAST_DOSE + DAY)

    task = Task.objects.get(kind=TaskKind.PAUSED_DRUG)
    assert (task.injection, task.patient, task.urgent) == (injection, injection.patient, True)
    assert task.due_at == task.opened_at
    assert task.title.startswith("clopidogrel may be paused, and ")
    assert "last dose of clopidogrel on Wed 11 Mar 2026, 09:00 EDT" in task.detail
    assert "ordered by Moss" in task.detail
    assert "555-" in task.detail


@pytest.mark.parametrize("change", [moved, cancelled, side_changed, continued])
def test_the_day_before_the_last_dose_it_may_have_begun_and_a_day_earlier_not(change):
    early, told = held(), held()

    change(early, TOLD - DAY)
    assert not Task.objects.filter(kind=TaskKind.PAUSED_DRUG).exists()

    change(told, TOLD)
    assert Task.objects.get(kind=TaskKind.PAUSED_DRUG).injection == told


@pytest.mark.parametrize("change", [moved, cancelled, not_come])
def test_dates_of_another_day_count_no_more(change):
    injection = held()

    change(injection, LAST_DOSE + DAY)

    assert not injection.order.anticoagulant_decisions.filter(void=False).exists()


def test_an_order_that_is_withdrawn_before_it_was_booked_is_phoned_about_too():
    order = an_order()
    decide(order, LAST_DOSE, START - 12 * DAY)

    orders.withdraw(order=order, why="not wanted", by=None, at=LAST_DOSE + DAY)

    task = Task.objects.get(kind=TaskKind.PAUSED_DRUG)
    assert (task.injection, task.patient) == (None, order.patient)


def test_a_second_change_asks_no_second_call_while_the_first_is_open():
    injection = held()

    side_changed(injection, LAST_DOSE + DAY)
    cancelled(injection, LAST_DOSE + DAY)

    assert Task.objects.filter(kind=TaskKind.PAUSED_DRUG).count() == 1


def test_a_change_after_the_call_asks_for_another():
    injection = held()
    side_changed(injection, LAST_DOSE + DAY)
    Task.objects.update(done_at=START, outcome="Phoned: not paused")

    cancelled(injection, LAST_DOSE + DAY)

    assert Task.objects.filter(kind=TaskKind.PAUSED_DRUG, done_at=None).count() == 1


def test_another_hour_of_the_same_day_leaves_the_hold_as_it_is():
    injection = held()

    move(injection, START + timedelta(hours=1))

    assert injection.order.anticoagulant_decisions.filter(void=False).exists()
    assert not Task.objects.filter(kind=TaskKind.PAUSED_DRUG).exists()


def test_the_same_change_after_the_call_asks_for_another_too():
    injection = held()
    side_changed(injection, LAST_DOSE + DAY)
    Task.objects.update(done_at=START, outcome="Phoned: not paused")

    bookings.amend_side(
        injection=injection, side=Side.LEFT, why="back", by=None, at=LAST_DOSE + 2 * DAY
    )

    assert Task.objects.filter(kind=TaskKind.PAUSED_DRUG, done_at=None).count() == 1
