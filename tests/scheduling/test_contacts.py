"""How telephone numbers are shown."""

import pytest
from django.core.exceptions import ValidationError

from scheduling.people.contacts import normalise, telephone
from scheduling.rules.procedure import Channel


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("fern@bücher.example", "fern@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_as_every_mail_server_takes_it(typed, kept):
    assert normalise(Channel.EMAIL, typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "fırn@example.org",
        "an\u200bn@example.org",
        "ann@exam\u200bple..org",
        "ann@example.org\u202e",
        "ann@\ud800.org",
        "@example.org",
        "ann",
        f"ann@{'a' * 70}.org",
    ],
)
def test_an_address_that_no_mail_writer_can_write_is_refused_at_the_form(typed):
    with pytest.raises(ValidationError):
        normalise(Channel.EMAIL, typed)
