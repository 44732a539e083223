"""Numbers that stand in two rooms are the same number."""

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.policy import Policy
from scheduling.finding import finder
from scheduling.rules import durations, lead_time


@pytest.mark.parametrize("name", durations.DEFAULTS)
def test_booking_and_protocol_agree_how_long_things_take(name: str) -> None:
    assert getattr(shipped().policy, name) == durations.DEFAULTS[name]


def test_booking_and_protocol_agree_on_diary_and_grid() -> None:
    assert shipped().policy.diary_hours == lead_time.DIARY_HOURS
    assert shipped().policy.grid_min == finder.GRID


def test_a_location_may_set_every_number_that_booking_reads() -> None:
    policy: Policy = shipped().policy.but({"setup_min": 5, "grid_min": 30, "room_min": 20})

    assert (policy.setup_min, policy.grid_min, policy.room_min) == (5, 30, 20)
