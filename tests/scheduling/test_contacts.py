"""How telephone numbers are shown."""

import pytest

from scheduling.people.contacts import telephone


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("+12025550101", "202-555-0101"),
        ("+442079460000", "+44 20 7946 0000"),
        ("", ""),
        ("extension 4", "extension 4"),
    ],
)
def test_a_number_is_shown_as_people_dial_it(kept, shown):
    assert telephone(kept) == shown
