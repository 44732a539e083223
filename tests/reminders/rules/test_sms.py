"""What a text costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules.text.sms import Encoding, encoding, fit, fits, normalise, segments, units


@pytest.mark.parametrize(
    ("text", "alphabet"),
    [
        ("plain words, 100 % @ $5", Encoding.GSM7),
        ("Señor, Übung, à la carte, ñandú"[:-1], Encoding.GSM7),
        ("price: 5 €", Encoding.GSM7),
        ("[brackets] {braces} ~ ^ | \\", Encoding.GSM7),
        ("mañana a las diez está", Encoding.UCS2),
        ("it\u2019s", Encoding.UCS2),
        ("ok 👍", Encoding.UCS2),
        ("a\ttab", Encoding.UCS2),
    ],
)
def test_the_alphabet_is_chosen_by_the_worst_character(text, alphabet):
    assert encoding(text) is alphabet


@pytest.mark.parametrize("character", "~^|\\{}[]€")
def test_extended_characters_cost_two(character):
    assert units(character) == 2


def test_an_emoji_costs_two_units():
    assert units("👍") == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # An extended character is not cut in two: 152 + 2 does not fit 153.
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 153 + "a" * 153, 2),
    ],
)
def test_parts_are_counted_as_carriers_do(text, parts):
    assert segments(text) == parts


@pytest.mark.parametrize(("text", "parts"), [("a" * 160, 1), ("a" * 305, 3), ("á" * 133, 3)])
def test_toll_free_numbers_have_less_room(text, parts):
    assert segments(text, toll_free=True) == parts


def test_typewriter_quotes_save_the_alphabet():
    fancy = "\u201cDon\u2019t\u201d \u2013 it\u00a0is\u2026\u200b"

    assert normalise(fancy) == '"Don\'t" - it is...'
    assert encoding(normalise(fancy)) is Encoding.GSM7


@given(st.text(max_size=400))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=700), st.booleans())
def test_parts_have_room_for_all_units(text, toll_free):
    room = {Encoding.GSM7: 160, Encoding.UCS2: 70}[encoding(text)]

    parts = segments(text, toll_free=toll_free)

    assert parts >= 1
    assert units(text) <= parts * room
    assert (parts == 1) is (units(text) <= room)


def test_a_text_too_long_becomes_the_link():
    assert fit("a" * 160, "link") == "a" * 160
    assert fit("a" * 161, "link") == "link"
    assert fit("ya está", "link") == "link"


def test_a_curly_quote_alone_does_not_cost_the_text():
    assert fit("it\u2019s on", "link") == "it's on"


def test_fitting_means_one_gsm_part():
    assert fits("a" * 160)
    assert not fits("á")
