"""How long an injection takes: our defaults, and what a facility sets instead."""

import pytest

from scheduling import bookings
from scheduling.rules.procedure import Intent, Sedation, Side
from tests.world import a_location, an_order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "block", "turnover", "recovery", "arrival"),
    [
        ({"intent": Intent.THERAPEUTIC}, 30, 10, 30, 30),
        ({"intent": Intent.DIAGNOSTIC}, 30, 10, 45, 30),
        ({"side": Side.BILATERAL}, 45, 10, 45, 30),
        ({"intent": Intent.THERAPEUTIC, "sedation": Sedation.MODERATE_IV}, 40, 15, 60, 60),
        ({"side": Side.BILATERAL, "sedation": Sedation.ORAL_ANXIOLYTIC}, 55, 15, 60, 60),
    ],
)
def test_times_follow_side_intent_and_sedation(facts, block, turnover, recovery, arrival):
    order = an_order(**facts)

    found = bookings.durations(order, a_location())

    assert (found.block, found.turnover, found.recovery) == (block, turnover, recovery)
    assert (found.arrival, found.setup) == (arrival, 0)


def test_a_facility_sets_its_own_times():
    location = a_location(policy={"room_min": 20, "turnover_min": 5})

    found = bookings.durations(an_order(), location)

    assert (found.block, found.turnover) == (20, 5)


def test_times_that_are_no_minutes_are_an_error():
    with pytest.raises(ValueError, match="room_min is '20'"):
        bookings.durations(an_order(), a_location(policy={"room_min": "20"}))
