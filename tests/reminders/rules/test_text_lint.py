"""The texts as they are, and that the lint would notice if they were not."""

from dataclasses import replace

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.text.lint import HARDEST_GRADE, lint
from reminders.rules.text.reading_grade import grade
from reminders.rules.text.sms import fits, units
from reminders.rules.text.texts import BlockText, EmailText, fill

TEXTS = shipped().words("en")
LONGEST = shipped().placeholders


def complaints(**changes):
    """What the lint says about the shipped protocol with one text changed."""
    texts = {"en": replace(TEXTS, **changes)}
    return [str(complaint) for complaint in lint(replace(shipped(), texts=texts))]


def sms(text):
    return complaints(sms={**TEXTS.sms, "week_before": text})


def block(key, text):
    return complaints(blocks={**TEXTS.blocks, key: BlockText("Title", text)})


def test_the_shipped_texts_have_no_fault():
    assert lint(shipped()) == []


def test_the_lint_uses_the_longest_values_there_are():
    sizes = {name: len(LONGEST[name]) for name in ("clinic", "day", "time", "arr", "phone", "link")}

    assert sizes == {"clinic": 18, "day": 9, "time": 8, "arr": 8, "phone": 12, "link": 44}


@pytest.mark.parametrize("key", TEXTS.sms)
def test_every_sms_fits_one_part_with_the_longest_values(key):
    text = fill(TEXTS.sms[key], LONGEST)

    assert fits(text), units(text)


@pytest.mark.parametrize("key", TEXTS.sms)
def test_every_sms_begins_with_the_clinic(key):
    assert TEXTS.sms[key].startswith("{clinic}")


@pytest.mark.parametrize(("key", "text"), list(TEXTS.bodies()))
def test_every_text_is_easy_to_read(key, text):
    # Subjects are read with their bodies.
    if not key.endswith("subject"):
        assert grade(fill(text, LONGEST)) <= HARDEST_GRADE


def test_a_text_too_long_is_noticed():
    assert "does not fit one part" in sms("{clinic}: " + "x" * 150 + " STOP to opt out.")[0]


def test_a_typographic_character_is_noticed():
    found = sms("{clinic}: it\u2019s today. STOP to opt out.")

    assert any("typographic" in each for each in found)


def test_a_missing_way_out_is_noticed():
    assert sms("{clinic}: see you.") == ["en week_before: does not end with STOP to opt out"]


@pytest.mark.parametrize(
    "word", ["injection", "joint", "spine", "lidocaine", "Diabetes", "x-ray", "numb", "procedure"]
)
def test_a_clinical_word_in_a_text_is_noticed(word):
    assert any(
        f"says '{word.lower()[:5]}" in each
        for each in sms(f"{{clinic}}: your {word}. STOP to opt out.")
    )


def test_a_clinical_word_in_a_subject_is_noticed():
    email = {**TEXTS.email, "EM-1D": EmailText("Your injection tomorrow", "See {link}")}

    assert any("EM-1D: says 'inject'" in each for each in complaints(email=email))


def test_a_number_is_not_numbness():
    assert sms("{clinic}: reply with one number. STOP to opt out.") == []


@pytest.mark.parametrize("word", ["YES", "CANCEL", "END", "QUIT"])
def test_inviting_a_word_that_carriers_take_is_noticed(word):
    found = sms(f"{{clinic}}: reply {word} to go on. STOP to opt out.")

    assert any("invites a reply of" in each for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "Stop your pills today.",
        "Do not take your medicine.",
        "Skip the next dose.",
        "Take your last dose of {drug} today.",
    ],
)
def test_telling_to_stop_a_medicine_without_an_order_is_noticed(text):
    assert any("without an order" in each for each in block("BLK-KEEP", text))


def test_the_signed_hold_may_tell_it():
    assert block("BLK-ANTICOAG-HOLD", "Take your last dose of {drug} today.") == []


def test_telling_to_keep_a_medicine_is_no_fault():
    assert block("BLK-KEEP", "Do not stop your pills.") == []


def test_hard_words_are_noticed():
    text = "Administration of premedication necessitates uninterrupted pharmaceutical consultation."

    assert any("needs school grade" in each for each in block("BLK-KEEP", text))


# The measure itself


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The cat sat on the mat.", -2, 0.5),
        ("Take your daily pills as you always do.", 0, 4),
        ("The patient should discontinue all medication before the examination.", 10, 20),
    ],
)
def test_the_grade_orders_easy_and_hard(text, low, high):
    assert low <= grade(text) <= high


def test_a_text_without_words_has_no_grade():
    assert grade("... !") == 0
    assert grade("") == 0


def test_a_link_counts_as_one_short_word():
    assert grade("Read https://go.example.org/p/abcdef now.") == grade("Read link now.")
