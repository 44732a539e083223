"""Held relief, means, onset, duration, and how many of the expected answers came."""

from fractions import Fraction

import pytest

from reminders.rules.response.case import EnteredBy, Reading
from reminders.rules.response.diary import DiarySlot, Respondent
from reminders.rules.response.flags import Flag
from reminders.rules.response.labels import Label
from reminders.rules.response.measures import ReliefDuration
from scheduling.rules.procedure import Agent
from tests.reminders.vectors import BUPIVACAINE, DIARY, LEFT, LIDOCAINE, a_case, respond

FADING = ".25h=3 .5h=2 1h=2 2h=2 4h=3 6h=6"
SLOTS = tuple(DiarySlot(f"H{hour}", hour * 60, 30) for hour in range(1, 9))


def test_duration_runs_from_the_first_pass_to_the_last_pass_and_the_next_fail() -> None:
    response = respond(FADING, 8)

    assert response.duration_75 == ReliefDuration(start=30, lower=90, upper=210)
    assert response.duration_50 == ReliefDuration(start=15, lower=225, upper=345)


def test_relief_whose_end_was_not_seen_has_no_upper_end() -> None:
    response = respond(".5h=1 1h=1 2h=1")

    assert response.duration_75 == ReliefDuration(start=30, lower=90, upper=None)
    lasted = "Relief of at least 75 % lasted at least 1 h 30 min, counted from 30 min"
    assert f"{lasted}; its end was not seen." in response.sentences


def test_the_next_morning_ends_a_relief_that_outlasted_the_window() -> None:
    response = respond(".5h=1 4h=1 8h=1 20h=7")

    assert response.duration_75 == ReliefDuration(start=30, lower=450, upper=1170)


def test_relief_that_was_interrupted_counts_its_longest_unbroken_run() -> None:
    response = respond(".5h=1 1h=6 2h=1 3h=1 4h=1 5h=6")

    assert response.duration_75 == ReliefDuration(start=120, lower=120, upper=180)


def test_relief_that_returns_with_the_steroid_is_not_the_blocks_duration() -> None:
    response = respond(".5h=1 1h=1 4h=7 7d=0 14d=0")

    assert response.duration_75 == ReliefDuration(start=30, lower=30, upper=210)


def test_the_blocks_duration_is_followed_for_two_days_only() -> None:
    response = respond(".5h=1 1h=1 4h=1 7d=1 14d=7")

    assert response.duration_75 == ReliefDuration(start=30, lower=210, upper=None)


def test_relief_first_seen_after_the_window_has_no_duration() -> None:
    response = respond(".5h=7 1h=7 2h=7 20h=1 30h=1")

    assert response.duration_75 is None


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (".5h=7 1h=1 3h=7", "seen once, at 1 h, and was gone 2 h later."),
        (".5h=7 1h=7 3h=1", "seen once, at 3 h."),
    ],
)
def test_relief_seen_once_has_no_invented_duration(scores: str, words: str) -> None:
    response = respond(scores)

    assert any(sentence.endswith(words) for sentence in response.sentences)


def test_minutes_to_the_first_pass_follow_the_payers_threshold() -> None:
    scores = ".5h=3 1h=1 2h=1"

    assert respond(scores).first_pass == 60
    assert respond(scores, thresholds={"payer_percent": 50}).first_pass == 30
    assert respond(".5h=6 1h=6 2h=6").first_pass is None


def test_the_mean_is_exact() -> None:
    response = respond(".5h=1 1h=2 2h=2")

    assert response.mean == Fraction(1600, 21)


def test_the_mean_over_time_weighs_each_stretch_by_its_length() -> None:
    response = respond(".5h=0 1h=0 3h=10", 10)

    assert response.weighted_mean == Fraction(100 * 30 + 50 * 120, 150)


def test_a_long_silence_is_left_out_of_the_mean_over_time() -> None:
    response = respond(".5h=0 1h=0 4h=10", 10)

    assert response.weighted_mean == 100


def test_silences_alone_have_no_mean_over_time() -> None:
    assert respond(".5h=0 3h=0 6h=10", 10).weighted_mean is None


def test_peak_and_worst_are_single_readings() -> None:
    response = respond(".5h=1 1h=9 2h=2")

    assert response.peak is not None
    assert response.worst is not None
    assert (response.peak.score, response.worst.score) == (1, 9)


def staff(score: int, minute: int, **facts: bool) -> Reading:
    return Reading(LEFT, score, minute, entered_by=EnteredBy.STAFF, **facts)  # type: ignore[arg-type]


def test_one_reading_and_a_staff_reexamination_hold_a_band() -> None:
    readings = (staff(1, 30, reexam=True), Reading(LEFT, 5, 60), Reading(LEFT, 1, 120))

    response = respond(readings=readings)

    assert response.label is Label.POSITIVE_80


def test_a_reexamination_alone_holds_nothing() -> None:
    readings = (staff(1, 30, reexam=True), Reading(LEFT, 5, 60), Reading(LEFT, 5, 120))

    response = respond(readings=readings)

    assert response.label is Label.NEGATIVE
    assert [flag.value for flag in response.flags] == ["UNCONFIRMED_PEAK"]


def test_a_reexamination_at_the_same_minute_confirms_the_patients_score() -> None:
    readings = (
        staff(1, 30, reexam=True),
        Reading(LEFT, 1, 30),
        Reading(LEFT, 5, 60),
        Reading(LEFT, 5, 120),
    )

    assert respond(readings=readings).label is Label.POSITIVE_80


def test_a_patient_cannot_enter_a_reexamination() -> None:
    readings = (
        Reading(LEFT, 1, 30, reexam=True),
        Reading(LEFT, 5, 60),
        Reading(LEFT, 1, 120),
    )

    assert respond(readings=readings).label is Label.NEGATIVE


def test_a_staff_score_without_the_tests_is_an_ordinary_reading() -> None:
    readings = (staff(1, 30), Reading(LEFT, 5, 60), Reading(LEFT, 1, 120))

    assert respond(readings=readings).label is Label.NEGATIVE


def test_answers_are_counted_against_the_slots_inside_the_window() -> None:
    slots = (*SLOTS, DiarySlot("D15", 15, 10, Respondent.STAFF), DiarySlot("N1", 1440, 720))

    response = respond("1h=1 2h=1 3h=1", expected=slots)

    assert (response.readings, response.expected) == (3, 9)
    assert any(s.startswith("3 of 9 expected readings used") for s in response.sentences)


def in_time(*answers: tuple[str, int, int]) -> tuple[Reading, ...]:
    """Answers to slots of the diary: slot, minute, score."""
    return tuple(Reading(LEFT, score, minute, slot=slot) for slot, minute, score in answers)


@pytest.mark.parametrize(("agent", "whole"), [(BUPIVACAINE, 11), (LIDOCAINE, 7)])
@pytest.mark.parametrize("after", [-5, 0, 4, 10])
def test_a_complete_diary_reads_complete(agent: Agent, whole: int, after: int) -> None:
    """The first slot is due when the window begins, the last one when it ends."""
    answers = in_time(*((slot.id, slot.minute + after, 1) for slot in DIARY))

    response = respond(readings=answers, expected=DIARY, agents=(agent,))

    assert (response.readings, response.expected) == (whole, whole)


def test_an_answer_that_counts_by_its_slot_says_so() -> None:
    answers = in_time(("H6", 360, 1), ("H7", 420, 1), ("D60", 60, 7), ("H8", 484, 1))

    response = respond(readings=answers, expected=DIARY)

    assert (
        "The score at 8 h 4 min counts for 8 h: it was asked for then, inside the window, "
        "and given in time." in response.sentences
    )
    assert response.days == ()


def test_an_answer_inside_the_window_needs_no_word_about_its_slot() -> None:
    response = respond(readings=in_time(("H6", 364, 1)), expected=DIARY)

    assert not any("counts for" in sentence for sentence in response.sentences)


@pytest.mark.parametrize(
    ("slot", "minute"),
    [("H8", 511), ("N1", 484), (None, 484), ("H9", 484)],
    ids=["past its tolerance", "of a slot after the window", "of no slot", "of an unknown slot"],
)
def test_after_the_window_only_an_answer_in_time_to_its_own_slot_counts(
    slot: str | None, minute: int
) -> None:
    diary = (*DIARY, DiarySlot("N1", 1440, 960))

    response = respond(readings=(Reading(LEFT, 1, minute, slot=slot),), expected=diary)

    assert response.readings == 0
    assert [point.minute for point in response.days] == [minute]


def test_an_answer_to_a_later_slot_counts_by_its_own_time() -> None:
    diary = (*DIARY, DiarySlot("N1", 1200, 720))

    response = respond(readings=(Reading(LEFT, 1, 480, slot="N1"),), expected=diary)

    assert response.readings == 1


def test_a_late_answer_to_the_last_slot_stays_out() -> None:
    late = Reading(LEFT, 1, 484, slot="H8", late=True)

    response = respond(readings=(late,), expected=DIARY)

    assert [(x.minute, x.why.value) for x in response.excluded] == [(484, "late")]


def test_an_answer_to_the_last_slot_of_the_core_belongs_to_the_core() -> None:
    answers = in_time(("H4", 244, 1), ("H5", 300, 1), ("H6", 360, 1))

    response = respond(readings=answers, expected=DIARY)

    assert response.label is Label.POSITIVE_80
    assert Flag.LATE_ONSET not in response.flags


def test_relief_that_begins_with_the_last_answer_has_its_duration() -> None:
    answers = in_time(("H2", 120, 7), ("H3", 180, 7), ("H8", 484, 1))

    response = respond(readings=(*answers, Reading(LEFT, 1, 600)), expected=DIARY)

    assert response.duration_75 == ReliefDuration(start=484, lower=116, upper=None)


def test_scores_of_one_minute_with_and_without_a_slot_are_read() -> None:
    twice = (Reading(LEFT, 1, 60, slot="D60"), Reading(LEFT, 1, 60))

    response = respond(readings=(*twice, *in_time(("H2", 120, 1))), expected=DIARY)

    assert response.readings == 2


def test_an_unknown_diary_expects_nothing() -> None:
    assert respond("1h=1 2h=1 3h=1").expected is None


def test_the_worst_case_puts_no_relief_where_an_answer_is_missing() -> None:
    response = respond("1h=1 3h=1 5h=1", expected=SLOTS)

    assert response.label is Label.POSITIVE_80
    assert response.worst_case is Label.NEGATIVE


def test_the_worst_case_keeps_what_two_neighbours_hold() -> None:
    response = respond("1h=1 2h=1 4h=1", expected=SLOTS)

    assert response.worst_case is Label.POSITIVE_80


def test_a_full_diary_has_no_worst_case() -> None:
    scores = " ".join(f"{slot.minute}min=1" for slot in SLOTS)

    assert respond(scores, expected=SLOTS).worst_case is None


def test_too_little_data_has_no_worst_case() -> None:
    assert respond("1h=1", expected=SLOTS).worst_case is None


def test_a_reading_bound_to_a_slot_fills_it() -> None:
    reading = Reading(LEFT, 1, 95, slot="H1")
    others = (Reading(LEFT, 1, 120), Reading(LEFT, 1, 180))

    response = respond(readings=(reading, *others), expected=SLOTS[:3])

    assert response.worst_case is None


def test_the_case_names_its_joint() -> None:
    assert a_case(baseline=5).joint(LEFT).baseline == 5
