"""Flags and patterns: what a physician should weigh, and what the days after add."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reminders.rules.response.case import (
    Analgesic,
    AnswerChannel,
    Context,
    EnteredBy,
    Mark,
    Reading,
)
from reminders.rules.response.classifier import Response
from reminders.rules.response.flags import Flag
from reminders.rules.response.labels import Label
from reminders.rules.response.patterns import Pattern
from reminders.rules.response.thresholds import DAY
from scheduling.rules.procedure import Agent, Drug, Sedation
from tests.reminders.vectors import (
    BUPIVACAINE,
    LEFT,
    LIDOCAINE,
    STEROID,
    THREE_GOOD,
    a_case,
    classify,
    respond,
)

Made = Callable[[], Response]


def more(**facts: Any) -> Response:
    """Three good readings and one more at 3 h."""
    extra = Reading(LEFT, facts.pop("score", 1), 180, **facts)
    return respond(readings=(*good(), extra))


def good() -> tuple[Reading, ...]:
    return tuple(Reading(LEFT, 1, minute) for minute in (30, 60, 120))


RAISED: dict[Flag, Made] = {
    Flag.UNCONFIRMED_PEAK: lambda: respond(".5h=0 1h=4 2h=4"),
    Flag.BASELINE_LOW_WARN: lambda: respond(".5h=0 1h=0 2h=0", 3),
    Flag.BASELINE_REMOTE: lambda: respond(THREE_GOOD, joint={"same_day": False}),
    Flag.SEDATION: lambda: respond(THREE_GOOD, sedation=Sedation.ORAL_ANXIOLYTIC),
    Flag.ANALGESIC: lambda: respond(THREE_GOOD, analgesics=(Analgesic("ibuprofen", 400),)),
    Flag.REST_ONLY: lambda: respond(".5h=1,rest 1h=1,rest 2h=1,rest"),
    Flag.RECALL_ENTRY: lambda: more(recall=True),
    Flag.LATE_ENTRY: lambda: more(late=True),
    Flag.PROXY_REPORTED: lambda: more(entered_by=EnteredBy.PROXY),
    Flag.PAPER_TRANSCRIBED: lambda: more(channel=AnswerChannel.PAPER),
    Flag.SIDE_CHANGED: lambda: respond(THREE_GOOD, marks=frozenset({Mark.SIDE_CHANGED})),
    Flag.STEROID_PREMED: lambda: respond(THREE_GOOD, marks=frozenset({Mark.STEROID_PREMED})),
    Flag.HIGH_VOLUME: lambda: respond(
        THREE_GOOD, agents=(Agent(Drug.BUPIVACAINE, volume=2.0), Agent(Drug.IOHEXOL, volume=0.6))
    ),
    Flag.EXTRA_ARTICULAR: lambda: respond(THREE_GOOD, joint={"intra_articular": False}),
    Flag.NEW_PAIN_SITE: lambda: respond(THREE_GOOD, marks=frozenset({Mark.NEW_PAIN_SITE})),
    Flag.LATE_ONSET: lambda: respond("1h=6 3h=6 5h=1 6h=1"),
    Flag.PASS_NOT_CREDITED: lambda: respond("5min=1 .5h=7 1h=7 2h=7"),
    Flag.PATIENT_PCT_DISAGREES: lambda: respond(THREE_GOOD, joint={"patient_percent": 55}),
    Flag.DIARY_GAP: lambda: respond(".5h=1 1h=1 3.25h=1"),
    Flag.T0_ESTIMATED: lambda: respond(THREE_GOOD, marks=frozenset({Mark.T0_ESTIMATED})),
}


WORDS = {
    Flag.UNCONFIRMED_PEAK: "The best single reading (7 -> 0 = 100.0 %) was not confirmed.",
    Flag.BASELINE_LOW_WARN: "A baseline of 3 is low",
    Flag.BASELINE_REMOTE: "not taken on the day",
    Flag.SEDATION: "was sedated, which raises apparent positives",
    Flag.ANALGESIC: "Pain medicine: ibuprofen at 6 h 40 min.",
    Flag.REST_ONLY: "taken at rest",
    Flag.RECALL_ENTRY: "from memory",
    Flag.LATE_ENTRY: "too late to count",
    Flag.PROXY_REPORTED: "only numbers the patient gave are used",
    Flag.PAPER_TRANSCRIBED: "typed in from paper",
    Flag.SIDE_CHANGED: "the performed side is scored",
    Flag.STEROID_PREMED: "Steroid premedication",
    Flag.HIGH_VOLUME: "2.6 mL in one joint",
    Flag.EXTRA_ARTICULAR: "outside the joint",
    Flag.NEW_PAIN_SITE: "a new site",
    Flag.LATE_ONSET: "after the core of the window",
    Flag.PASS_NOT_CREDITED: "too early or under sedation",
    Flag.PATIENT_PCT_DISAGREES: "own 55 % differs from the computed 85.7 %",
    Flag.DIARY_GAP: "More than 2 h of the core window went unanswered.",
    Flag.T0_ESTIMATED: "is estimated",
}


@pytest.mark.parametrize("flag", Flag)
def test_each_flag_is_raised_alone_and_explained(flag: Flag) -> None:
    response = RAISED[flag]()

    assert response.flags == (flag,)
    assert any(WORDS[flag] in sentence for sentence in response.sentences)


def test_an_undisturbed_diary_raises_no_flag() -> None:
    assert respond(THREE_GOOD).flags == ()


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"recall": True}, "recall"),
        ({"late": True}, "late"),
        ({"slept": True}, "slept"),
        ({"slept": True, "score": None}, "slept"),
        ({"context": Context.REST}, "at_rest"),
        ({"entered_by": EnteredBy.PROXY}, "proxy"),
        ({"entered_by": EnteredBy.PROXY, "patient_gave_number": False}, "proxy"),
    ],
)
def test_a_reading_that_may_not_speak_is_kept_with_its_reason(
    facts: dict[str, Any], why: str
) -> None:
    response = more(**facts)

    assert [excluded.why.value for excluded in response.excluded] == [why]
    assert response.readings == 3


def test_the_patients_own_number_counts_though_another_typed_it() -> None:
    response = more(entered_by=EnteredBy.PROXY, patient_gave_number=True)

    assert response.readings == 4
    assert response.flags == (Flag.PROXY_REPORTED,)


def test_a_score_at_rest_counts_when_the_activity_was_done() -> None:
    assert more(context=Context.REST, activity_done=True).readings == 4


def test_readings_after_pain_medicine_are_kept_with_their_reason() -> None:
    response = respond(".5h=1 1h=1 2h=1 3h=0", analgesics=(Analgesic("ibuprofen", 150),))

    assert [(x.minute, x.why.value) for x in response.excluded] == [(180, "after_analgesic")]
    assert "Not used: 3 h (after analgesic)." in response.sentences


def test_pain_medicine_before_the_injection_is_told_with_its_time() -> None:
    response = respond(THREE_GOOD, analgesics=(Analgesic("ibuprofen", -90),))

    assert any("ibuprofen 1 h 30 min before T0" in sentence for sentence in response.sentences)


def test_pain_medicine_longer_ago_than_its_hold_is_no_flag() -> None:
    assert respond(THREE_GOOD, analgesics=(Analgesic("ibuprofen", -481),)).flags == ()


def test_pain_medicine_after_the_window_is_no_flag() -> None:
    assert respond(THREE_GOOD, analgesics=(Analgesic("ibuprofen", 481),)).flags == ()


def test_exactly_thirty_points_of_difference_agree() -> None:
    scores = ".5h=2 1h=2 2h=2"

    assert respond(scores, 8, joint={"patient_percent": 45}).flags == ()
    assert respond(scores, 8, joint={"patient_percent": 44}).flags == (Flag.PATIENT_PCT_DISAGREES,)


def test_a_silence_of_two_hours_is_no_gap() -> None:
    assert respond(".5h=1 1h=1 2h=1 4h=1").flags == ()


def test_a_diary_that_falls_silent_in_the_core_has_a_gap() -> None:
    assert respond(".5h=1 1h=1 1.5h=1").flags == (Flag.DIARY_GAP,)


def test_a_nap_is_a_gap() -> None:
    assert Flag.DIARY_GAP in respond(".5h=1 1h=1 2h=slept 4h=1").flags


def test_two_and_a_half_millilitres_are_not_too_much() -> None:
    agents = (Agent(Drug.BUPIVACAINE, volume=2.2), Agent(Drug.IOHEXOL, volume=0.3), STEROID)

    assert respond(THREE_GOOD, agents=agents).flags == ()


def test_a_pass_at_the_end_of_the_core_is_not_late() -> None:
    assert Flag.LATE_ONSET not in respond("1h=6 2h=6 4h=1 5h=1").flags


def test_a_pass_seen_only_under_sedation_is_not_credited() -> None:
    response = respond(".5h=0 1h=0 2h=7 3h=7", sedation=Sedation.MODERATE_IV, sedated_until=90)

    assert response.label is Label.NEGATIVE
    assert set(response.flags) == {Flag.SEDATION, Flag.UNCONFIRMED_PEAK, Flag.PASS_NOT_CREDITED}
    assert response.pattern is Pattern.EARLY_ONLY


def test_a_pass_within_fifteen_minutes_of_lidocaine_is_not_credited() -> None:
    response = respond("5min=1 10min=1 .5h=7 1h=7", agents=(LIDOCAINE,))

    assert response.label is Label.NEGATIVE
    assert Flag.PASS_NOT_CREDITED in response.flags


def test_a_pass_at_fifteen_minutes_is_credited() -> None:
    once = respond("15min=1 .5h=7 1h=7 2h=7")
    held = respond("10min=1 15min=1 .5h=7 1h=7", agents=(LIDOCAINE,))

    assert Flag.PASS_NOT_CREDITED not in once.flags
    assert held.label is Label.POSITIVE_80


PATTERNS = [
    ("8h=6 20h=7", Pattern.CLASSIC),
    ("20h=1", Pattern.CONTINUES),
    ("20h=1 3d=2 7d=2", Pattern.CONTINUES),
    ("20h=9 7d=8", Pattern.CLASSIC),
    ("20h=9 3d=8 7d=2", Pattern.CLASSIC),
    ("8.1h=1", None),
    ("8.1h=9", None),
    ("9h=1 20h=7", Pattern.CLASSIC),
    ("20h=9 2d=5 3d=9 7d=8", Pattern.CLASSIC),
    ("3d=1", Pattern.CONTINUES),
    ("3d=6", None),
    ("90d=1", None),
    ("", None),
]


@pytest.mark.parametrize(("later", "pattern"), PATTERNS)
def test_the_days_after_a_pass_show_a_pattern(later: str, pattern: Pattern | None) -> None:
    response = respond(f"{THREE_GOOD} {later}")

    assert response.pattern is pattern
    assert response.label is Label.POSITIVE_80


@pytest.mark.parametrize(
    ("scores", "pattern"),
    [
        (".5h=6 1h=7 2h=6", Pattern.NO_CHANGE),
        (".5h=5 1h=5 2h=5", None),
        (".5h=6 1h=6 2h=6 2d=3", Pattern.DELAYED),
        (".5h=6 1h=6 2h=6 16d=3", Pattern.DELAYED),
        (".5h=6 1h=6 2h=6 20h=3", Pattern.NO_CHANGE),
        (".5h=6 1h=6 2h=6 30d=3", Pattern.NO_CHANGE),
        (".5h=3 1h=3 2h=3 7d=1", None),
    ],
)
def test_the_days_after_a_fail_show_a_pattern(scores: str, pattern: Pattern | None) -> None:
    assert respond(scores).pattern is pattern


@pytest.mark.parametrize(
    ("before", "pattern", "sentence"),
    [
        (None, None, "14 d 3; not compared, because the score before of this kind was not taken"),
        (8, Pattern.CONTINUES, "Averages of several days: 14 d 8 -> 3 = 62.5 %."),
        (4, None, "Averages of several days: 14 d 4 -> 3 = 25.0 %."),
    ],
)
def test_an_average_is_compared_with_an_average_and_never_with_the_provoked_pain(
    before: int | None, pattern: Pattern | None, sentence: str
) -> None:
    fortnight = Reading(LEFT, 3, 14 * DAY, average=True)
    case = a_case(THREE_GOOD, joint={"average_before": before})

    (response,) = classify(replace(case, readings=(*case.readings, fortnight)))

    assert response.pattern is pattern
    assert any(sentence in each for each in response.sentences)


def test_an_open_answer_has_no_pattern() -> None:
    assert respond("1h=6 7d=1").pattern is None


@pytest.mark.parametrize(
    ("later", "pattern"),
    [
        ("20h=9 3d=8 7d=2", Pattern.STEROID_FLARE),
        ("20h=9", Pattern.STEROID_FLARE),
        ("8.1h=9", None),
        ("20h=9 7d=8", Pattern.CLASSIC),
        ("20h=9 2d=5 3d=9 7d=8", Pattern.CLASSIC),
    ],
)
def test_a_flare_needs_a_steroid_and_the_next_day(later: str, pattern: Pattern | None) -> None:
    response = respond(f"{THREE_GOOD} {later}", agents=(BUPIVACAINE, STEROID))

    assert response.pattern is pattern


def test_a_window_that_has_just_ended_tells_of_no_day() -> None:
    lidocaine = ".5h=1 1h=1 2h=1 3h=1 4.05h=6"

    assert respond(lidocaine, agents=(LIDOCAINE,)).pattern is None
    assert respond(f"{lidocaine} 20h=7", agents=(LIDOCAINE,)).pattern is Pattern.CLASSIC


@pytest.mark.parametrize("scores", [".5h=6 1h=6 2h=6 7d=1", f"{THREE_GOOD} 20h=1"])
def test_words_about_a_steroid_need_one_among_the_agents(scores: str) -> None:
    with_one = respond(scores, agents=(BUPIVACAINE, STEROID))
    without = respond(scores, agents=(BUPIVACAINE,))

    assert with_one.pattern is without.pattern
    assert "steroid" in str(with_one.pattern_text)
    assert "no steroid is recorded among the agents" in str(without.pattern_text)
    assert without.pattern_text in without.sentences


def test_scores_after_the_window_are_shown_with_their_sums() -> None:
    response = respond(f"{THREE_GOOD} 20h=3 3.5d=9 7d=7,late")

    assert (
        "After the window: 20 h 7 -> 3 = 57.1 %, 3 d 12 h 7 -> 9 = -28.6 %." in response.sentences
    )
