"""Labels: the reference diaries, every threshold on every baseline, and what bars an answer."""

import shlex
from dataclasses import replace
from itertools import product

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.response import classifier, notation
from reminders.rules.response.assessment import Reason
from reminders.rules.response.case import Analgesic, Case, Joint, Reading
from reminders.rules.response.diary import DiarySlot, nearest
from reminders.rules.response.labels import Label
from reminders.rules.response.relief import Relief
from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import Agent, Drug, InjectionState, Intent, Side
from tests.reminders.vectors import (
    BILATERAL,
    BUPIVACAINE,
    DIARY,
    LEFT,
    RIGHT,
    STEROID,
    THREE_GOOD,
    VECTORS,
    Vector,
    a_case,
    a_joint,
    classify,
    respond,
    told,
)

# The highest later score that still passes, by percent and baseline.
HIGHEST_PASSING = {
    50: {3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 4, 9: 4, 10: 5},
    75: {3: 0, 4: 1, 5: 1, 6: 1, 7: 1, 8: 2, 9: 2, 10: 2},
    80: {3: 0, 4: 0, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 2},
}
TABLE = list(product(HIGHEST_PASSING, range(3, 11)))
AT_LEAST = {
    50: {Label.PARTIAL, Label.POSITIVE_75, Label.POSITIVE_80},
    75: {Label.POSITIVE_75, Label.POSITIVE_80},
    80: {Label.POSITIVE_80},
}


def from_line(line: str) -> tuple[Case, Thresholds]:
    """The case that a reference diary describes, built without the command."""
    words = [word for word in shlex.split(line) if word != "--diary"]
    expected = DIARY if "--diary" in line else ()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    many = {name: [text for key, text in pairs if key == name] for name, _ in pairs}
    side = notation.side(many["--side"][0])
    baselines = dict(notation.joint_number(t, "baseline", 10) for t in many["--baseline"])
    case = a_case(
        performed=side,
        joints=tuple(a_joint(joint, baselines[joint]) for joint in side.joints),
        readings=tuple(
            in_slot(notation.reading(text, side), expected) for text in many.get("--score", [])
        ),
        analgesics=tuple(map(notation.analgesic, many.get("--analgesic", []))),
        intent=Intent(many.get("--intent", ["diagnostic"])[0]),
        expected=expected,
    )
    floor = int(many.get("--min-baseline", ["3"])[0])
    return case, replace(shipped().thresholds, baseline_block_below=floor)


def in_slot(reading: Reading, expected: tuple[DiarySlot, ...]) -> Reading:
    slot = nearest(expected, reading.minute)
    return replace(reading, slot=slot.id if slot else None)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_every_reference_diary_gets_its_answer(vector: Vector) -> None:
    responses = {r.side.value: r.as_json() for r in classify(*from_line(vector.line))}

    assert {
        side: {key: told(responses[side], key) for key in expected}
        for side, expected in vector.expect.items()
    } == vector.expect


@pytest.mark.parametrize(("percent", "baseline"), TABLE)
def test_the_highest_passing_score_is_the_published_one(percent: int, baseline: int) -> None:
    passing = [score for score in range(11) if Relief(baseline, score).reaches(percent)]

    assert max(passing) == HIGHEST_PASSING[percent][baseline]


@pytest.mark.parametrize(("percent", "baseline"), TABLE)
def test_the_label_turns_between_the_highest_passing_score_and_the_next(
    percent: int, baseline: int
) -> None:
    highest = HIGHEST_PASSING[percent][baseline]
    held = {s: respond(f".5h={s} 1h={s} 2h={s}", baseline).label for s in (highest, highest + 1)}

    assert held[highest] in AT_LEAST[percent]
    assert held[highest + 1] not in AT_LEAST[percent]


@pytest.mark.parametrize("payer", [50, 75, 80])
def test_the_payers_threshold_is_judged_apart_from_the_bands(payer: int) -> None:
    response = respond(".5h=2 1h=2 2h=2", 7, thresholds={"payer_percent": payer})

    assert response.label is Label.PARTIAL
    assert response.payer_pass is (payer == 50)


def test_a_baseline_of_nought_has_no_percentage() -> None:
    with pytest.raises(ValueError, match="baseline of at least 1"):
        Relief(0, 0)


def test_a_baseline_never_taken_is_not_evaluable() -> None:
    response = respond(THREE_GOOD, None)

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.BASELINE_ABSENT,))
    assert "No provoked baseline was taken." in response.sentences


def test_an_aborted_injection_is_not_scored() -> None:
    response = respond(THREE_GOOD, state=InjectionState.ABORTED)

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.ABORTED,))
    assert (response.peak, response.readings, response.flags) == (None, 0, ())


def test_an_injection_not_yet_done_is_not_scored() -> None:
    response = respond(THREE_GOOD, state=InjectionState.ARRIVED)

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.NOT_COMPLETED,))


def test_an_injectate_outside_the_joint_is_not_evaluable() -> None:
    response = respond(THREE_GOOD, joint={"intra_articular": False})

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.EXTRA_ARTICULAR,))
    assert response.sustained is None


def test_an_unknown_needle_position_is_said_and_does_not_block() -> None:
    response = respond(THREE_GOOD, joint={"intra_articular": None})

    assert response.label is Label.POSITIVE_80
    assert "Whether the injectate stayed inside the joint is not recorded." in response.sentences


def test_unknown_sedation_is_said_and_not_flagged() -> None:
    response = respond(THREE_GOOD, sedation=None)

    assert "Sedation is not recorded." in response.sentences
    assert response.flags == ()


def test_a_steroid_alone_is_no_block() -> None:
    response = respond(THREE_GOOD, agents=(STEROID,))

    assert (response.label, response.reasons) == (Label.NOT_EVALUABLE, (Reason.NO_ANAESTHETIC,))


def test_unknown_agents_leave_the_answer_open() -> None:
    response = respond(THREE_GOOD, agents=())

    assert (response.label, response.reasons) == (Label.INDETERMINATE, (Reason.AGENTS_UNKNOWN,))
    assert response.window is None


def test_no_reading_at_all_is_never_a_negative() -> None:
    response = respond("")

    assert (response.label, response.reasons) == (Label.INDETERMINATE, (Reason.TOO_FEW,))
    assert "Only 0 valid readings in the window; 3 are needed." in response.sentences


def test_readings_outside_the_core_do_not_suffice() -> None:
    response = respond("5h=1 6h=1 7h=1")

    assert response.label is Label.INDETERMINATE
    assert response.reasons == (Reason.TOO_FEW, Reason.NONE_IN_CORE)


def test_readings_only_under_sedation_do_not_suffice() -> None:
    response = respond("0.5h=7 1h=7 2h=7", sedated_until=180)

    assert (response.label, response.reasons) == (Label.INDETERMINATE, (Reason.TOO_FEW,))
    assert any("this is no negative" in sentence for sentence in response.sentences)


def test_the_same_minute_typed_three_times_is_one_reading() -> None:
    response = respond("1h=1 1h=1 1h=2")

    assert response.reasons == (Reason.TOO_FEW,)
    assert [point.score for point in response.used] == [2]


def test_a_number_typed_twice_does_not_make_up_for_a_missing_one() -> None:
    assert respond("1h=1 1h=1 2h=1").reasons == (Reason.TOO_FEW,)


def test_one_number_for_two_joints_answers_neither() -> None:
    joints = (a_joint(LEFT), a_joint(RIGHT))
    case = a_case(
        THREE_GOOD.replace(".5h", "bilateral@.5h").replace(" ", " bilateral@"),
        performed=BILATERAL,
        joints=joints,
    )

    assert [r.reasons for r in classify(case)] == [(Reason.SIDES_NOT_SPLIT,)] * 2


def test_a_combined_score_noted_by_staff_answers_neither() -> None:
    joints = (a_joint(LEFT), a_joint(RIGHT))
    scores = "left@.5h=1 left@1h=1 left@2h=1 right@.5h=1 right@1h=1 right@2h=1"

    responses = classify(a_case(scores, performed=BILATERAL, joints=joints, combined_score=True))

    assert [r.reasons for r in responses] == [(Reason.SIDES_NOT_SPLIT,)] * 2


def test_one_joint_with_its_own_scores_is_read_beside_one_without() -> None:
    joints = (a_joint(LEFT), a_joint(RIGHT))
    case = a_case(
        "left@.5h=1 left@1h=1 left@2h=1 bilateral@3h=1", performed=BILATERAL, joints=joints
    )

    left, right = classify(case)

    assert left.label is Label.POSITIVE_80
    assert right.reasons == (Reason.SIDES_NOT_SPLIT,)


def test_scores_of_the_other_joint_are_not_used() -> None:
    case = a_case(
        joints=(a_joint(RIGHT),),
        performed=RIGHT,
        asked=(LEFT,),
        readings=tuple(Reading(LEFT, 1, minute) for minute in (30, 60, 120)),
    )

    (response,) = classify(case)

    assert response.reasons == (Reason.TOO_FEW,)
    assert "The diary never asked about the right joint." in response.sentences


def test_a_diary_that_asked_about_both_joints_asked_about_each() -> None:
    response = respond(THREE_GOOD, asked=(BILATERAL,))

    assert not any("never asked" in sentence for sentence in response.sentences)


def test_pain_medicine_at_the_minute_of_a_score_drops_that_score() -> None:
    response = respond(".5h=1 1h=1 2h=1", analgesics=(Analgesic("ibuprofen", 120),))

    assert response.reasons == (Reason.TOO_FEW,)


def test_only_the_first_pain_medicine_matters() -> None:
    tablets = (Analgesic("ibuprofen", 300), Analgesic("paracetamol", 60))

    response = respond(".5h=1 2h=1 4h=1", analgesics=tablets)

    assert [point.minute for point in response.used] == [30]


def test_pain_medicine_before_the_injection_drops_no_score() -> None:
    response = respond(THREE_GOOD, analgesics=(Analgesic("ibuprofen", -60),))

    assert response.label is Label.POSITIVE_80
    assert [flag.value for flag in response.flags] == ["ANALGESIC"]


def test_an_anaesthetic_without_a_window_is_refused() -> None:
    case = a_case(THREE_GOOD, agents=(Agent(Drug.ROPIVACAINE),))

    with pytest.raises(ValueError, match="No window is stated for ropivacaine"):
        classifier.classify(case, shipped().thresholds, windows={})


@pytest.mark.parametrize("score", [11, -1, True, 1.0, "7", None])
def test_a_score_is_a_whole_number_from_nought_to_ten(score: object) -> None:
    with pytest.raises(ValueError, match="give a whole number from 0 to 10"):
        Reading(LEFT, score, 30)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"side": BILATERAL, "baseline": 5}, "A joint is left or right"),
        ({"side": LEFT, "baseline": 11}, "The left baseline is 11"),
        ({"side": LEFT, "baseline": 5, "patient_percent": 101}, "patient's percent is 101"),
    ],
)
def test_a_joint_that_cannot_be_is_refused(facts: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Joint(same_day=True, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("stated", [(), (RIGHT,), (LEFT, RIGHT), (LEFT, LEFT)])
def test_each_performed_joint_is_stated_once(stated: tuple[Side, ...]) -> None:
    with pytest.raises(ValueError, match="state each performed joint once"):
        Case(
            performed=LEFT,
            state=InjectionState.COMPLETED,
            joints=tuple(a_joint(side) for side in stated),
            agents=(BUPIVACAINE,),
        )


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"partial_percent": 76}, "Labels must rise"),
        ({"positive_percent": 101}, "Labels must rise"),
        (
            {"baseline_block_below": 0},
            "baseline_block_below is 0: give a whole number from 1 to 10",
        ),
        ({"payer_percent": 101}, "payer_percent is 101: give a whole number from 1 to 100"),
        ({"min_readings": 0}, "min_readings is 0"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(numbers: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(shipped().thresholds, **numbers)


def test_every_label_has_the_words_physicians_know() -> None:
    assert [label.label for label in Label] == [
        "POSITIVE (>=80)",
        "POSITIVE (>=75)",
        "PARTIAL/EQUIVOCAL (50-<75)",
        "NEGATIVE (<50)",
        "INDETERMINATE",
        "NOT EVALUABLE",
    ]
