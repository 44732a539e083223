"""What a text costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules.text.sms import Encoding, encoding, fits, normalise, units


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


def test_typewriter_quotes_save_the_alphabet():
    fancy = "\u201cDon\u2019t\u201d \u2013 it\u00a0is\u2026\u200b"

    assert normalise(fancy) == '"Don\'t" - it is...'
    assert encoding(normalise(fancy)) is Encoding.GSM7


@given(st.text(max_size=400))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("é" * 160, True),
        ("á", False),  # outside the GSM alphabet: another alphabet with less room
        ("€" * 80, True),
        ("€" * 81, False),
    ],
)
def test_a_text_fits_one_part_of_the_gsm_alphabet(text, is_one):
    assert fits(text) is is_one
