"""Warning signs in patients' own words: the vocabulary's examples, and when a numb leg is none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.protocols.warning_signs import SHIPPED, load, shipped
from reminders.rules.text.replies import plain
from reminders.rules.text.warning_signs import Concern
from scheduling.documents import DocumentError
from tests.world import NOW

EXAMPLES = [(sign.id, example) for sign in shipped().signs for example in sign.examples]
ONE_LEG = [
    "numb",
    "my leg is numb",
    "my left leg is still a little numb",
    "Left foot feels weak",
    "my leg is weak and numb",
    "tengo la pierna dormida",
]
NEVER_EXPECTED = [
    "numb between my legs",
    "both legs weak",
    "my legs are numb",
    "paralysed",
    "my leg is numb and I fell",
    "numb leg and I cannot pee",
    "my leg is so weak I am scared",
    "my leg is numb. temp 102",
    "no siento las dos piernas",
    "entumecida entre las piernas",
]
NO_SIGN = [
    "7",
    "C",
    "thank you",
    "Sorry, I fell asleep",
    "what time is my appointment",
    "can I drive tomorrow",
    "the driver is my sister",
    "me quedé dormida",
    "see you in the fall",
    "wrong number",
    "my number is 555-010-0101",
]


def concern(text: str, hours: float | None) -> Concern:
    t0 = None if hours is None else NOW - timedelta(hours=hours)
    return shipped().concern(plain(text), t0, NOW)


@pytest.mark.parametrize(("sign", "example"), EXAMPLES)
def test_every_example_is_found_by_its_sign(sign, example):
    assert sign in shipped().signs_in(plain(example))


@pytest.mark.parametrize("text", NO_SIGN)
def test_everyday_words_are_no_sign(text):
    assert shipped().signs_in(plain(text)) == ()


@pytest.mark.parametrize("text", ONE_LEG)
def test_one_weak_or_numb_leg_alone_is_expected_while_the_medicine_works(text):
    assert concern(text, 7.9) is Concern.NUMB_AS_EXPECTED


@pytest.mark.parametrize("text", ONE_LEG)
@pytest.mark.parametrize("hours", [None, -1, 8.1, 30])
def test_outside_the_hours_it_is_a_sign(text, hours):
    assert concern(text, hours) is Concern.RED_FLAG


@pytest.mark.parametrize("text", NEVER_EXPECTED)
@pytest.mark.parametrize("hours", [0.1, 7, 20])
def test_anything_else_is_a_sign_at_any_hour(text, hours):
    assert concern(text, hours) is Concern.RED_FLAG


@given(st.sampled_from(EXAMPLES), st.sampled_from(["", "7 ", "STOP. ", "hi, "]))
def test_what_else_is_said_hides_no_sign(pair, before):
    sign, example = pair

    assert sign in shipped().signs_in(plain(f"{before}{example.upper()}!!"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('signs = ["weak", "numb"]', 'signs = ["limp"]', "'limp' is unknown"),
        ("value = 8", 'value = "8"', "write whole hours"),
        ('source = "our default"\n', "", "source: is missing"),
    ],
)
def test_a_vocabulary_that_cannot_be_used_says_why(tmp_path, old, new, complaint):
    path = tmp_path / "signs.toml"
    path.write_text(SHIPPED.read_text().replace(old, new, 1))

    with pytest.raises(DocumentError, match=complaint):
        load(path)
