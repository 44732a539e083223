"""Numbers that stand in two rooms are the same number."""

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.policy import Policy
from scheduling import policy as booking
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.settings import names


@pytest.mark.parametrize("name", sorted(names(Policy) & names(BookingPolicy)))
def test_booking_and_protocol_agree_on_what_both_read(name: str) -> None:
    assert getattr(shipped().policy, name) == getattr(booking.shipped(), name)
