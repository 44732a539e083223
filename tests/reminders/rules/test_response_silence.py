"""Silent slots: what a diary with gaps proves, and what it leaves open."""

from dataclasses import replace

import pytest

from reminders.rules.response.assessment import Reason
from reminders.rules.response.case import Analgesic, Reading
from reminders.rules.response.labels import Label
from scheduling.rules.procedure import Sedation
from tests.reminders.vectors import DIARY, LEFT, respond

DUE = {slot.id: slot.minute for slot in DIARY}


def answers(scores: str) -> tuple[Reading, ...]:
    """`D60=1 H3=7`: each slot answered the minute it was due."""
    pairs = (pair.split("=") for pair in scores.split())
    return tuple(Reading(LEFT, int(score), DUE[slot], slot=slot) for slot, score in pairs)


def read(scores: str, baseline: int = 8, **facts):
    return respond(baseline=baseline, **({"readings": answers(scores), "expected": DIARY} | facts))


@pytest.mark.parametrize(
    ("scores", "label"),
    [
        ("D60=1 H3=7 H4=7", Label.INDETERMINATE),
        ("D45=7 D60=1 H3=7 H4=7", Label.INDETERMINATE),
        ("D60=1 H2=7 H3=7 H4=7", Label.INDETERMINATE),
        ("D45=7 D60=1 H2=7 H3=7", Label.NEGATIVE),
        ("D45=7 D60=7 H2=7", Label.NEGATIVE),
        ("D45=7 D60=7 H3=5", Label.NEGATIVE),
        ("D60=4 H3=7 H4=7", Label.INDETERMINATE),
        ("D60=7 H2=7 H7=1", Label.INDETERMINATE),
        ("D60=1 H2=1 H4=7", Label.POSITIVE_80),
        ("D60=1 H3=1 H4=7", Label.POSITIVE_80),
        ("D60=1 H3=4 H4=4", Label.PARTIAL),
    ],
)
def test_a_negative_is_never_claimed_from_silence_beside_relief(scores, label):
    assert read(scores).label is label


def test_an_answer_left_open_says_what_was_seen_and_what_is_missing():
    response = read("D15=7 D30=7 D60=1 H3=7 H4=7 H5=7 H6=7 H7=7 H8=7")

    assert response.reasons == (Reason.SILENT_BESIDE_RELIEF,)
    assert (
        "8 -> 1 = 87.5 % was seen, but beside it no answer counts (45 min, 2 h): silence neither "
        "confirms nor refutes it, so this is no negative." in response.sentences
    )
    assert (response.sustained, response.payer_pass, response.pattern) == (None, None, None)
    assert (response.worst_case, response.best_case) == (Label.NEGATIVE, Label.POSITIVE_80)


def test_the_silent_neighbours_answer_settles_it():
    open_still = "D45=7 D60=1 H3=7"

    assert read(f"{open_still} H2=7").label is Label.NEGATIVE
    assert read(f"{open_still} H2=1").label is Label.POSITIVE_80


def test_an_evening_of_silence_leaves_a_clear_negative():
    response = read("D15=7 D30=7 D45=7 D60=7 H2=7 H3=6")

    assert response.label is Label.NEGATIVE
    assert (response.worst_case, response.best_case) == (Label.NEGATIVE, Label.NEGATIVE)


def test_two_silent_slots_in_a_row_are_as_open_as_one():
    assert read("D45=7 D60=1 H4=7").label is Label.INDETERMINATE


@pytest.mark.parametrize("mark", ["recall", "late", "slept"])
def test_an_answer_that_does_not_count_is_silence(mark):
    told = answers("D45=7 D60=1 H2=7 H3=7")
    silenced = tuple(replace(r, **{mark: True}) if r.slot == "H2" else r for r in told)

    assert read("", readings=silenced).label is Label.INDETERMINATE


def test_relief_before_a_tablet_stays_open():
    response = read(
        "D30=7 D45=7 D60=1 H2=1 H3=1", analgesics=(Analgesic("ibuprofen", DUE["H2"] - 30),)
    )

    assert response.label is Label.INDETERMINATE


def test_relief_that_is_not_credited_leaves_nothing_open():
    """Under sedation until 2 h 30 min: no neighbour of the pass could have counted."""
    sedated = {"sedation": Sedation.MODERATE_IV, "sedated_until": 150}

    assert read("D45=1 H2=7 H3=7 H4=7", **sedated).label is Label.NEGATIVE


def test_an_unknown_diary_has_no_silence():
    response = read("D60=1 H3=7 H4=7", expected=())

    assert response.label is Label.NEGATIVE
    assert (response.worst_case, response.best_case) == (None, None)


def test_a_running_diary_is_no_negative_before_the_next_answer():
    assert read("D30=7 D45=7 D60=1").label is Label.INDETERMINATE


def test_both_cases_stand_in_the_json():
    told = read("D60=1 H3=7 H4=7").as_json()

    assert (told["worst_case"], told["best_case"]) == ("negative", "positive_80")
