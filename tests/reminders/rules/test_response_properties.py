"""What holds for every diary, also for those nobody thought of."""

import json
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reminders.rules.response.case import Analgesic, AnswerChannel, Context, EnteredBy, Reading
from reminders.rules.response.labels import Label
from scheduling.rules.procedure import Side
from tests.reminders.vectors import BILATERAL, LEFT, RIGHT, a_case, a_joint, classify

WORST_TO_BEST = (Label.NEGATIVE, Label.PARTIAL, Label.POSITIVE_75, Label.POSITIVE_80)
OUTER = (15, 480)


ANY_TIME, INSIDE = st.integers(0, 30 * 1440), st.integers(*OUTER)


def readings_of(
    side: Side = LEFT, minutes: st.SearchStrategy[int] = ANY_TIME
) -> st.SearchStrategy[Reading]:
    """Readings of every kind, useful or not."""
    return st.builds(
        Reading,
        side=st.just(side),
        score=st.integers(0, 10),
        minute=minutes,
        context=st.sampled_from(Context),
        activity_done=st.sampled_from((None, True, False)),
        recall=st.booleans(),
        slept=st.booleans(),
        late=st.booleans(),
        channel=st.sampled_from(AnswerChannel),
        entered_by=st.sampled_from(EnteredBy),
        patient_gave_number=st.sampled_from((None, True, False)),
        reexam=st.booleans(),
    )


def plain() -> st.SearchStrategy[Reading]:
    """Readings inside the window that may speak."""
    return st.builds(Reading, st.just(LEFT), st.integers(0, 10), INSIDE)


baselines = st.integers(0, 10)
diaries = st.lists(st.one_of(plain(), readings_of()), max_size=14)
outside = st.one_of(st.integers(-2000, OUTER[0] - 1), st.integers(OUTER[1] + 1, 200_000))


def label(baseline: int, readings: list[Reading], **facts: object) -> Label:
    return classify(a_case(baseline=baseline, readings=tuple(readings), **facts))[0].label


@given(baselines, diaries.flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))))
def test_the_order_of_readings_never_matters(
    baseline: int, pair: tuple[list[Reading], list[Reading]]
) -> None:
    one, other = (classify(a_case(baseline=baseline, readings=tuple(d))) for d in pair)

    assert [r.as_json() for r in one] == [r.as_json() for r in other]


@given(baselines, diaries, st.lists(readings_of(minutes=outside), min_size=1, max_size=4))
def test_a_reading_outside_the_window_never_changes_the_label(
    baseline: int, diary: list[Reading], extra: list[Reading]
) -> None:
    assert label(baseline, diary) is label(baseline, diary + extra)


@given(baselines, diaries, st.data())
def test_less_pain_never_makes_a_worse_label(
    baseline: int, diary: list[Reading], data: st.DataObject
) -> None:
    better = [
        replace(reading, score=data.draw(st.integers(0, reading.score or 0))) for reading in diary
    ]

    before, after = label(baseline, diary), label(baseline, better)

    if before in WORST_TO_BEST:
        assert WORST_TO_BEST.index(after) >= WORST_TO_BEST.index(before)
    else:
        assert after is before


@given(st.integers(3, 10), st.lists(plain(), max_size=2), st.lists(readings_of(minutes=outside)))
def test_too_little_data_is_never_a_negative(
    baseline: int, few: list[Reading], extra: list[Reading]
) -> None:
    assert label(baseline, few + extra) is Label.INDETERMINATE


@given(st.integers(3, 10), st.lists(readings_of(minutes=INSIDE), max_size=10))
def test_readings_that_may_not_speak_never_make_a_negative(
    baseline: int, diary: list[Reading]
) -> None:
    silent = [replace(reading, recall=True) for reading in diary]

    assert label(baseline, silent) is Label.INDETERMINATE


@given(st.integers(1, 10), diaries)
def test_every_percent_is_exact(baseline: int, diary: list[Reading]) -> None:
    response = classify(a_case(baseline=baseline, readings=tuple(diary)))[0]

    for relief in filter(None, (response.sustained, response.peak, response.worst)):
        assert relief.percent == Fraction(100 * (relief.baseline - relief.score), relief.baseline)
    assert all(isinstance(m, Fraction | None) for m in (response.mean, response.weighted_mean))


@given(st.integers(3, 10), diaries)
def test_the_label_agrees_with_the_sustained_score_in_integers(
    baseline: int, diary: list[Reading]
) -> None:
    response = classify(a_case(baseline=baseline, readings=tuple(diary)))[0]

    if response.sustained is not None:
        fall = 100 * (baseline - response.sustained.score)
        reached = [fall >= percent * baseline for percent in (50, 75, 80)]
        assert WORST_TO_BEST[sum(reached)] is response.label
        assert response.payer_pass is reached[1]
    else:
        assert response.payer_pass is None


@given(baselines, diaries, st.integers(0, 480), st.integers(1, 480))
def test_an_earlier_tablet_never_leaves_more_readings(
    baseline: int, diary: list[Reading], minute: int, earlier: int
) -> None:
    def used(at: int) -> int:
        case = a_case(
            baseline=baseline, readings=tuple(diary), analgesics=(Analgesic("ibuprofen", at),)
        )
        return classify(case)[0].readings

    assert used(max(0, minute - earlier)) <= used(minute)


@given(baselines, baselines, diaries, st.lists(readings_of(RIGHT), max_size=10))
def test_one_joint_never_changes_the_answer_of_the_other(
    left: int, right: int, mine: list[Reading], theirs: list[Reading]
) -> None:
    both = a_case(
        performed=BILATERAL,
        joints=(a_joint(LEFT, left), a_joint(RIGHT, right)),
        readings=(*mine, *theirs),
    )

    alone = a_case(baseline=left, readings=tuple(mine))

    assert classify(both)[0].as_json() == classify(alone)[0].as_json()


@given(baselines, diaries)
def test_every_answer_is_json(baseline: int, diary: list[Reading]) -> None:
    response = classify(a_case(baseline=baseline, readings=tuple(diary)))[0]

    assert json.loads(json.dumps(response.as_json())) == response.as_json()


@given(baselines, diaries)
def test_every_lasting_range_runs_forward(baseline: int, diary: list[Reading]) -> None:
    response = classify(a_case(baseline=baseline, readings=tuple(diary)))[0]

    for lasting in filter(None, (response.duration_50, response.duration_75)):
        assert lasting.lower >= 0
        assert lasting.upper is None or lasting.lower < lasting.upper
