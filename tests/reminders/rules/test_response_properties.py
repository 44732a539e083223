"""What holds for every diary, also for those nobody thought of."""

import json
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reminders.protocols.reading import shipped
from reminders.rules.response.assessment import Reason
from reminders.rules.response.case import Analgesic, AnswerChannel, Context, EnteredBy, Reading
from reminders.rules.response.classifier import Response
from reminders.rules.response.diary import DiarySlot
from reminders.rules.response.diary_window import DiaryWindow, sort_readings, unfilled_slots
from reminders.rules.response.labels import Label
from scheduling.rules.procedure import Drug, Side
from tests.reminders.vectors import BILATERAL, DIARY, LEFT, RIGHT, a_case, a_joint, classify

WORST_TO_BEST = (Label.NEGATIVE, Label.PARTIAL, Label.POSITIVE_75, Label.POSITIVE_80)
OUTER = (15, 480)
SLOTS = (None, "N1", *(slot.id for slot in DIARY))


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
        slot=st.sampled_from(SLOTS),
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


def in_time() -> st.SearchStrategy[Reading]:
    """Answers to the diary's slots within their tolerance."""

    def answer(slot: DiarySlot) -> st.SearchStrategy[Reading]:
        given = st.integers(slot.minute - slot.tolerance, slot.minute + slot.tolerance)
        return st.builds(Reading, st.just(LEFT), st.integers(0, 10), given, st.just(slot.id))

    return st.sampled_from(DIARY).flatmap(answer)


baselines = st.integers(0, 10)
diaries = st.lists(st.one_of(plain(), in_time(), readings_of()), max_size=14)
asked = st.sampled_from(((), DIARY[:6], DIARY))
outside = st.one_of(st.integers(-2000, OUTER[0] - 1), st.integers(OUTER[1] + 1, 200_000))


def label(baseline: int, readings: list[Reading], **facts: object) -> Label:
    return classify(a_case(baseline=baseline, readings=tuple(readings), **facts))[0].label


@given(baselines, diaries.flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))), asked)
def test_the_order_of_readings_never_matters(
    baseline: int, pair: tuple[list[Reading], list[Reading]], expected: tuple[DiarySlot, ...]
) -> None:
    one, other = (respond(baseline, diary, expected) for diary in pair)

    assert one.as_json() == other.as_json()


@given(baselines, diaries, st.lists(readings_of(minutes=outside), min_size=1, max_size=4))
def test_a_reading_outside_the_window_never_changes_the_label(
    baseline: int, diary: list[Reading], extra: list[Reading]
) -> None:
    assert label(baseline, diary) is label(baseline, diary + extra)


def respond(baseline: int, readings: list[Reading], expected: tuple[DiarySlot, ...]) -> Response:
    return classify(a_case(baseline=baseline, readings=tuple(readings), expected=expected))[0]


def sorted_diary(readings: list[Reading]) -> DiaryWindow:
    case = a_case(readings=tuple(readings), expected=DIARY)
    return sort_readings(case, LEFT, shipped().windows[Drug.BUPIVACAINE])


def rank(response: Response) -> int | None:
    """Where an answer stands among those that scores decide; None where scores decide nothing.

    What silence leaves open stands above a negative and below all that was proved.
    """
    if response.reasons == (Reason.SILENT_BESIDE_RELIEF,):
        return 1
    order = (Label.NEGATIVE, None, Label.PARTIAL, Label.POSITIVE_75, Label.POSITIVE_80)
    return order.index(response.label) if response.label.is_scored else None


def holds_or_gains(before: Response, after: Response) -> None:
    """The better diary's answer is no worse; what scores do not decide is the same to the word."""
    if rank(before) is None:
        assert (after.label, after.reasons) == (before.label, before.reasons)
    else:
        assert (rank(after) or 0) >= (rank(before) or 0)
        assert rank(after) is not None


@given(baselines, diaries.filter(bool), asked, st.data())
def test_one_lower_score_never_makes_a_worse_answer(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...], data: st.DataObject
) -> None:
    """Also as a correction, which is its answer with another score."""
    number = data.draw(st.integers(0, len(diary) - 1))
    lower = replace(diary[number], score=data.draw(st.integers(0, diary[number].score or 0)))
    better = [*diary[:number], lower, *diary[number + 1 :]]

    before, after = respond(baseline, diary, expected), respond(baseline, better, expected)

    holds_or_gains(before, after)


@given(baselines, diaries, asked, st.data())
def test_less_pain_never_makes_a_worse_answer(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...], data: st.DataObject
) -> None:
    better = [
        replace(reading, score=data.draw(st.integers(0, reading.score or 0))) for reading in diary
    ]

    before, after = respond(baseline, diary, expected), respond(baseline, better, expected)

    holds_or_gains(before, after)


@given(st.integers(3, 10), st.lists(in_time(), min_size=3, max_size=9), st.data())
def test_a_negative_outlasts_every_answer_that_silence_may_have_been(
    baseline: int, diary: list[Reading], data: st.DataObject
) -> None:
    """Every answer no better than those before and after it."""
    response = respond(baseline, diary, DIARY)
    slot = data.draw(st.sampled_from(unfilled_slots(sorted_diary(diary), DIARY)))
    before = [point.score for point in response.used if point.minute <= slot.minute][-1:]
    after = [point.score for point in response.used if point.minute > slot.minute][:1]
    score = data.draw(st.integers(min(before + after), 10))

    answered = [*diary, Reading(LEFT, score, slot.minute, slot=slot.id)]

    if response.label is Label.NEGATIVE:
        assert respond(baseline, answered, DIARY).label is Label.NEGATIVE


@given(baselines, diaries)
def test_without_a_known_diary_silence_leaves_nothing_open(
    baseline: int, diary: list[Reading]
) -> None:
    response = respond(baseline, diary, ())

    assert Reason.SILENT_BESIDE_RELIEF not in response.reasons
    assert (response.worst_case, response.best_case) == (None, None)


@given(baselines, diaries)
def test_the_answer_lies_between_its_worst_and_its_best_case(
    baseline: int, diary: list[Reading]
) -> None:
    response = respond(baseline, diary, DIARY)

    if response.best_case and response.label.is_scored:
        assert WORST_TO_BEST.index(response.best_case) >= WORST_TO_BEST.index(response.label)
    if response.label is Label.NEGATIVE:
        assert {response.worst_case, response.best_case} <= {Label.NEGATIVE, None}


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


@given(st.integers(1, 10), diaries, asked)
def test_every_percent_is_exact(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...]
) -> None:
    response = respond(baseline, diary, expected)

    for relief in filter(None, (response.sustained, response.peak, response.worst)):
        assert relief.percent == Fraction(100 * (relief.baseline - relief.score), relief.baseline)
    assert all(isinstance(m, Fraction | None) for m in (response.mean, response.weighted_mean))


@given(st.integers(3, 10), diaries, asked)
def test_the_label_agrees_with_the_sustained_score_in_integers(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...]
) -> None:
    response = respond(baseline, diary, expected)

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


@given(baselines, diaries, asked)
def test_every_answer_is_json(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...]
) -> None:
    response = respond(baseline, diary, expected)

    assert json.loads(json.dumps(response.as_json())) == response.as_json()


@given(baselines, diaries, asked)
def test_every_lasting_range_runs_forward(
    baseline: int, diary: list[Reading], expected: tuple[DiarySlot, ...]
) -> None:
    response = respond(baseline, diary, expected)

    for lasting in filter(None, (response.duration_50, response.duration_75)):
        assert lasting.lower >= 0
        assert lasting.upper is None or lasting.lower < lasting.upper
