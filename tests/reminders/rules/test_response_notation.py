"""A diary on one line: every reading says what it is, and times read back as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules.response import notation
from reminders.rules.response.case import AnswerChannel, Context, EnteredBy, Reading
from scheduling.rules.procedure import Agent, Drug
from tests.reminders.vectors import BILATERAL, LEFT, RIGHT


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0.5h", 30), (".25h", 15), ("15min", 15), ("15m", 15), ("7d", 10080), (" 1H ", 60)],
)
def test_times_count_from_the_needle_out(text: str, minutes: int) -> None:
    assert notation.minutes(text) == minutes


@pytest.mark.parametrize(
    ("minute", "words"),
    [
        (30, "30 min"),
        (227, "3 h 47 min"),
        (1480, "24 h 40 min"),
        (20, "20 min"),
        (0, "0 min"),
        (1200, "20 h"),
        (10080, "7 d"),
        (5040, "3 d 12 h"),
    ],
)
def test_times_are_read_back_as_people_say_them(minute: int, words: str) -> None:
    assert notation.spoken(minute) == words


@given(st.integers(0, 300_000))
def test_every_minute_written_is_the_minute_read(minute: int) -> None:
    assert notation.minutes(f"{minute}min") == minute


def test_a_reading_names_its_joint_its_time_and_its_score() -> None:
    assert notation.reading("right@0.5h=1", BILATERAL) == Reading(RIGHT, 1, 30)
    assert notation.reading("7d=10", LEFT) == Reading(LEFT, 10, 10080)


def test_a_nap_is_no_number() -> None:
    assert notation.reading("2h=slept", LEFT) == Reading(LEFT, None, 120, slept=True)


@pytest.mark.parametrize(
    ("mark", "fact", "value"),
    [
        ("rest", "context", Context.REST),
        ("done", "activity_done", True),
        ("recall", "recall", True),
        ("late", "late", True),
        ("proxy", "entered_by", EnteredBy.PROXY),
        ("relayed", "patient_gave_number", True),
        ("staff", "entered_by", EnteredBy.STAFF),
        ("reexam", "reexam", True),
        ("paper", "channel", AnswerChannel.PAPER),
    ],
)
def test_a_mark_sets_one_fact(mark: str, fact: str, value: object) -> None:
    assert getattr(notation.reading(f"1h=3,{mark}", LEFT), fact) == value


def test_marks_add_up() -> None:
    reading = notation.reading("1h=3,rest,done,late", LEFT)

    assert reading == Reading(LEFT, 3, 60, context=Context.REST, activity_done=True, late=True)


def test_an_agent_may_state_its_volume() -> None:
    assert notation.agent("bupivacaine:1.5ml") == Agent(Drug.BUPIVACAINE, volume=1.5)
    assert notation.agent("Bupivacaine") == Agent(Drug.BUPIVACAINE)
