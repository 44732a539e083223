"""Orders, and the decisions signed with them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings, orders
from scheduling.bookings import WrongState
from scheduling.models import Order
from scheduling.rules.procedure import Agent, Block, Drug, HoldDecision, Intent, Sedation, Side
from tests.world import (
    BUPIVACAINE,
    METHYLPREDNISOLONE,
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    an_order,
    completed,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_an_order_keeps_what_was_ordered():
    order = an_order(side="right", agents=[Agent(Drug.ROPIVACAINE, concentration=0.2, volume=1.5)])

    order.refresh_from_db()
    assert (order.side, order.intent, order.block) == ("right", "diagnostic", "first")
    assert [line.agent for line in order.agents.all()] == [
        Agent(Drug.ROPIVACAINE, concentration=0.2, volume=1.5)
    ]


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"side": ""}, "side", "Nothing was chosen; choose one of left, right, bilateral"),
        ({"side": "middle"}, "side", "'middle' is not known"),
        ({"sedation": "heavy"}, "sedation", "choose one of none"),
        ({"guidance": None}, "guidance", "Nothing was chosen"),
        ({"block": Block.NOT_APPLICABLE}, "block", "first or the confirmatory"),
        ({"intent": Intent.THERAPEUTIC, "block": Block.FIRST}, "block", "no block number"),
        ({"agents": []}, "agents", "at least one agent"),
        ({"agents": [METHYLPREDNISOLONE]}, "agents", "needs an anaesthetic"),
        ({"screening": {"shoe_size": "9"}}, "screening", "is no screening question"),
        ({"screening": {"diabetes": "perhaps"}}, "screening", "choose none, type1"),
    ],
)
def test_an_order_that_cannot_be_is_refused_beside_its_field(facts, field, sentence):
    with pytest.raises(ValidationError) as refused:
        an_order(**facts)

    assert list(refused.value.message_dict) == [field]
    assert sentence in refused.value.message_dict[field][0]
    assert not Order.objects.exists()


def test_an_amended_order_keeps_what_was_not_amended():
    order = an_order()

    orders.amend(order=order, why="anxious", sedation="oral_anxiolytic", by=None, at=LATER)

    order.refresh_from_db()
    assert (order.sedation, order.side, order.amended_why) == (
        Sedation.ORAL_ANXIOLYTIC,
        Side.LEFT,
        "anxious",
    )
    assert order.agents.count() == 2


def test_amended_agents_replace_those_before():
    order = an_order()

    orders.amend(order=order, why="shortage", agents=[BUPIVACAINE], by=None, at=LATER)

    assert [line.agent for line in order.agents.all()] == [BUPIVACAINE]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"why": ""}, "why"), ({"patient": 1}, "patient"), ({"side": "up"}, "side")],
)
def test_an_amendment_that_cannot_be_is_refused(changes, field):
    with pytest.raises(ValidationError) as refused:
        orders.amend(order=an_order(), **{"why": "typo"} | changes, by=None, at=LATER)

    assert list(refused.value.message_dict) == [field]


def test_an_order_that_was_carried_out_stays_as_it_is():
    injection = completed(a_booking())

    with pytest.raises(WrongState, match="was carried out"):
        orders.amend(order=injection.order, why="typo", side="right", by=None, at=START)


def test_a_booked_order_is_not_withdrawn():
    injection = a_booking()

    with pytest.raises(WrongState, match="cancel the booking first"):
        orders.withdraw(order=injection.order, why="gone", by=None, at=LATER)

    bookings.cancel(injection=injection, why="gone", by=None, at=LATER)
    orders.withdraw(order=injection.order, why="gone", by=None, at=LATER)
    assert Order.objects.get().state == "withdrawn"


def decide(order, **facts):
    said = {
        "decision": HoldDecision.HOLD,
        "drug": "warfarin",
        "prescriber": "The cardiologist",
        "last_dose_at": START - timedelta(days=5),
        "restart_on": START.date(),
        "by": order.physician,
        "at": NOW,
    }
    return orders.decide_anticoagulant(order=order, **said | facts)


def test_a_new_decision_makes_the_one_before_void():
    injection = a_booking()
    hold = decide(injection.order)

    go_on = decide(
        injection.order, decision="continue", last_dose_at=None, restart_on=None, at=LATER
    )

    hold.refresh_from_db()
    assert (hold.void, go_on.void) == (True, False)
    injection.refresh_from_db()
    assert injection.changed_at == LATER


def test_other_dates_of_a_hold_are_a_new_promise_and_the_same_ones_are_not():
    injection = a_booking()
    decide(injection.order)
    decide(injection.order, at=LATER)
    injection.refresh_from_db()
    signed_again = injection.revision

    decide(injection.order, last_dose_at=START - timedelta(days=3), at=LATER + timedelta(hours=1))

    injection.refresh_from_db()
    assert (signed_again, injection.revision) == (1, 2)


def test_a_last_dose_that_has_passed_is_refused_with_how_long_ago_it_was():
    injection = a_booking()

    with pytest.raises(ValidationError, match=r"2 days, 3 hours ago.*continue, or move"):
        decide(injection.order, at=START - timedelta(days=2, hours=21))


def test_a_hold_that_was_told_in_time_may_be_signed_again_with_the_same_dates():
    injection = a_booking()
    decide(injection.order)

    again = decide(injection.order, prescriber="Dr. Moss", at=START - timedelta(days=4))

    assert (again.void, again.prescriber) == (False, "Dr. Moss")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"decision": "perhaps"}, "decision"),
        ({"decision": "continue"}, "decision"),
        ({"drug": ""}, "drug"),
        ({"prescriber": " "}, "prescriber"),
        ({"by": None}, "by"),
        ({"last_dose_at": None}, "last_dose_at"),
        ({"restart_on": None}, "last_dose_at"),
        ({"last_dose_at": START + timedelta(hours=1)}, "last_dose_at"),
        ({"last_dose_at": NOW}, "last_dose_at"),
        ({"at": START - timedelta(days=4)}, "last_dose_at"),
        ({"last_dose_at": START.replace(tzinfo=None)}, "last_dose_at"),
        ({"restart_on": (START - timedelta(days=1)).date()}, "restart_on"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(facts, field):
    injection = a_booking()

    with pytest.raises(ValidationError) as refused:
        decide(injection.order, **facts)

    assert list(refused.value.message_dict) == [field]
    assert not injection.order.anticoagulant_decisions.exists()


def test_a_restart_before_the_last_dose_is_refused_even_without_a_booking():
    with pytest.raises(ValidationError, match="before the last dose"):
        decide(an_order(), restart_on=NOW.date())


def test_screening_is_kept_as_answered():
    order = an_order(screening=NOTHING_TO_REPORT | {"diabetes": "type1", "insulin": "yes"})

    order.refresh_from_db()
    assert order.screening["diabetes"] == "type1"
