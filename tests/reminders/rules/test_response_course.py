"""An injection that was only to treat: what is known of it, and that no block is judged."""

from dataclasses import replace
from typing import Any

import pytest

from reminders.rules.response.assessment import Reason
from reminders.rules.response.case import Context, Joint, Reading
from reminders.rules.response.classifier import Response
from reminders.rules.response.labels import Label
from reminders.rules.response.thresholds import DAY
from scheduling.rules.procedure import InjectionState, Intent
from tests.reminders.vectors import DIARY, LEFT, LIDOCAINE, RIGHT, STEROID, THREE_GOOD, respond

AVERAGE = {"average": True}


def treated(*readings: Reading, **facts: Any) -> Response:
    known = {"intent": Intent.THERAPEUTIC, "agents": (STEROID, LIDOCAINE), "readings": readings}
    return respond(**(known | facts))


def score(number: int, minute: int, **facts: Any) -> Reading:
    return Reading(LEFT, number, minute, **facts)


def test_an_injection_that_only_treats_is_not_judged_as_a_block() -> None:
    response = respond(THREE_GOOD, intent=Intent.THERAPEUTIC, expected=DIARY)

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.TREATMENT_ONLY,))
    assert not response.is_block
    assert (response.window, response.expected, response.sustained) == (None, None, None)
    assert (response.payer_pass, response.pattern, response.worst_case) == (None, None, None)
    assert (
        "The injection was to treat, not to test: no block is to be judged, "
        "and nothing to be signed." in response.sentences
    )


@pytest.mark.parametrize("intent", [Intent.DIAGNOSTIC, Intent.BOTH])
def test_an_injection_that_also_tests_is_judged(intent: Intent) -> None:
    response = respond(THREE_GOOD, intent=intent)

    assert response.label is Label.POSITIVE_80
    assert response.is_block


def test_each_score_is_told_with_its_percent_of_the_provoked_pain() -> None:
    response = treated(score(3, 30), score(2, 3 * DAY))

    assert (
        "Against the provoked pain before: 30 min 7 -> 3 = 57.1 %, 3 d 7 -> 2 = 71.4 %."
        in response.sentences
    )


def test_an_average_is_compared_with_the_average_before_and_nothing_else() -> None:
    joint = {"average_before": 6, "at_rest": 4}

    response = treated(
        score(3, 14 * DAY, **AVERAGE),
        score(2, DAY),
        score(1, DAY + 1, context=Context.REST),
        joint=joint,
    )

    assert response.sentences[2:5] == (
        "Against the average of the 7 days before: 14 d 6 -> 3 = 50.0 %.",
        "Against the provoked pain before: 24 h 7 -> 2 = 71.4 %.",
        "Against the pain at rest before: 24 h 1 min 4 -> 1 = 75.0 %.",
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [(None, "was not taken"), (0, "was 0, of which no percentage exists")],
)
def test_without_a_baseline_of_its_kind_a_score_has_no_percent(
    before: int | None, words: str
) -> None:
    response = treated(score(3, 14 * DAY, **AVERAGE), joint={"average_before": before})

    assert f"The average of the 7 days before {words}; scores since: 14 d 3." in response.sentences


def test_a_provoked_baseline_that_was_never_taken_is_no_fault_of_a_treatment() -> None:
    response = treated(score(3, DAY), baseline=None)

    assert response.reasons == (Reason.TREATMENT_ONLY,)
    assert "The provoked pain before was not taken; scores since: 24 h 3." in response.sentences


@pytest.mark.parametrize("mark", ["late", "recall", "slept"])
def test_a_score_that_came_late_is_not_told_as_known(mark: str) -> None:
    response = treated(replace(score(3, DAY), **{mark: True}))

    assert "No score has come in time since." in response.sentences


def test_scores_of_before_and_of_the_other_joint_are_not_told() -> None:
    response = treated(score(3, -DAY), Reading(RIGHT, 3, DAY))

    assert "No score has come in time since." in response.sentences


def test_a_treatment_that_was_aborted_says_so() -> None:
    assert treated(state=InjectionState.ABORTED).reasons == (Reason.ABORTED,)


@pytest.mark.parametrize("name", ["average_before", "at_rest"])
def test_what_was_felt_before_is_a_score(name: str) -> None:
    with pytest.raises(ValueError, match="give a whole number from 0 to 10"):
        Joint(side=LEFT, baseline=7, same_day=True, **{name: 11})  # type: ignore[arg-type]
