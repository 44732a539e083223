"""Numbers that stand in two rooms are the same number."""

from dataclasses import fields

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.policy import Policy
from scheduling import policy as booking
from scheduling.rules.policy import BookingPolicy


def names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


@pytest.mark.parametrize("name", sorted(names(Policy) & names(BookingPolicy)))
def test_booking_and_protocol_agree_on_what_both_read(name: str) -> None:
    assert getattr(shipped().policy, name) == getattr(booking.shipped(), name)
