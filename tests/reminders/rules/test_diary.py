"""To which question a bare number belongs."""

from hypothesis import example, given
from hypothesis import strategies as st

from reminders.protocols.reading import shipped
from reminders.rules.response.diary import (
    Binding,
    DiarySlot,
    Respondent,
    Timing,
    bind,
    nearest,
)
from tests.reminders.vectors import DIARY

D30 = DiarySlot("D30", 30, 10, Respondent.STAFF)
D45, D60 = DiarySlot("D45", 45, 10), DiarySlot("D60", 60, 10)
H2, H3, H4 = (DiarySlot(f"H{hour}", hour * 60, 30) for hour in (2, 3, 4))
N1 = DiarySlot("N1", 1440, 720)
SLOTS = (D30, D45, D60, H2, H3, H4, N1)
AT_DUE = {slot.id: slot.minute for slot in SLOTS}


def prompts_until(minute: int) -> dict[str, int]:
    return {slot: at for slot, at in AT_DUE.items() if at <= minute}


def arriving(minute: int, *answered: str) -> Binding:
    return bind(SLOTS, answered, prompts_until(minute), minute)


def test_an_answer_in_time_belongs_to_the_open_prompt() -> None:
    assert arriving(125, "D45", "D60") == Binding(H2, Timing.ON_TIME)


def test_of_two_prompts_the_one_whose_time_it_is_is_meant() -> None:
    assert arriving(245, "D45", "D60", "H2") == Binding(H4, Timing.ON_TIME)


def test_an_answer_after_the_tolerance_may_be_about_then_or_now() -> None:
    late = Binding(H3, Timing.LATE, recall=True, ask_by_link=True)

    assert arriving(215, "D45", "D60", "H2") == late


def test_of_several_late_prompts_the_patient_is_asked_about_the_last() -> None:
    assert arriving(215) == Binding(H3, Timing.LATE, recall=True, ask_by_link=True)


def test_the_morning_after_a_number_is_not_bound_to_the_evening_before() -> None:
    assert arriving(1000, "D45", "D60", "H2", "H3").slot == H4
    assert arriving(1000, "D45", "D60", "H2", "H3").ask_by_link


def test_a_prompt_missed_long_ago_does_not_make_a_later_number_unclear() -> None:
    assert arriving(230, "D60", "H2", "H3") == Binding(H4, Timing.EARLY)


def test_two_prompts_in_tolerance_are_ambiguous_and_asked_by_link() -> None:
    near = bind((D45, D60), (), {"D45": 45, "D60": 50}, 52)

    assert near == Binding(None, Timing.AMBIGUOUS, ask_by_link=True)


def test_overlapping_slots_are_clear_while_only_one_was_asked() -> None:
    assert arriving(52) == Binding(D45, Timing.ON_TIME)


def test_a_second_answer_is_repeated_and_never_overwrites() -> None:
    assert arriving(130, "D45", "D60", "H2") == Binding(H2, Timing.REPEATED, ask_by_link=True)


def test_an_answer_ahead_of_its_prompt_is_early() -> None:
    assert arriving(230, "D45", "D60", "H2", "H3") == Binding(H4, Timing.EARLY)


def test_halfway_between_an_answered_slot_and_the_next_the_patient_is_asked() -> None:
    assert arriving(210, "D45", "D60", "H2", "H3") == Binding(H3, Timing.REPEATED, ask_by_link=True)


def test_an_answer_before_every_slot_belongs_to_none() -> None:
    assert arriving(5) == Binding(None, Timing.EARLY, ask_by_link=True)


def test_an_answer_after_a_full_diary_belongs_to_none() -> None:
    bound = arriving(5000, "D45", "D60", "H2", "H3", "H4", "N1")

    assert bound == Binding(None, Timing.LATE, recall=True, ask_by_link=True)


def test_a_bare_number_is_never_bound_to_a_staff_slot() -> None:
    assert bind((D30,), (), {"D30": 30}, 30).slot is None


@given(
    st.integers(-60, 3000),
    st.sets(st.sampled_from([slot.id for slot in SLOTS])),
    st.sets(st.sampled_from([slot.id for slot in SLOTS])),
)
def test_only_a_repeated_answer_meets_an_answered_slot(
    minute: int, answered: set[str], prompted: set[str]
) -> None:
    bound = bind(SLOTS, answered, {slot: AT_DUE[slot] for slot in prompted}, minute)

    if bound.slot is not None:
        assert (bound.slot.id in answered) is (bound.timing is Timing.REPEATED)
    filed = bound.slot is not None and bound.timing in (Timing.ON_TIME, Timing.EARLY)
    assert bound.ask_by_link is not filed


@example(150, {"H2", "H3"})  # both answered, and as far from one as from the other
@given(st.integers(-60, 3000), st.sets(st.sampled_from([slot.id for slot in SLOTS])))
def test_the_order_of_the_slots_never_matters(minute: int, answered: set[str]) -> None:
    backwards = bind(SLOTS[::-1], answered, prompts_until(minute), minute)

    assert backwards == arriving(minute, *answered)


def test_a_tie_with_an_answered_slot_is_asked_whatever_the_order() -> None:
    assert bind((H4, H3), ("H3",), {"H3": 180}, 210).timing is Timing.REPEATED


@given(st.integers(-60, 3000), st.sets(st.sampled_from([slot.id for slot in SLOTS])))
def test_an_answer_outside_every_tolerance_is_never_on_time(
    minute: int, answered: set[str]
) -> None:
    bound = arriving(minute, *answered)

    if bound.timing in (Timing.ON_TIME, Timing.EARLY) and bound.slot is not None:
        assert bound.slot.holds(minute)
        assert not bound.recall
    if bound.timing is Timing.LATE:
        assert bound.recall


def test_an_answer_is_in_time_for_the_nearest_slot_that_still_takes_it() -> None:
    found = [nearest(SLOTS, minute) for minute in (34, 35, 38, 52, 53, 71, 151)]

    assert found == [D30, D30, D45, D45, D60, None, H3]


def test_the_shipped_diary_of_a_block_is_the_one_that_the_vectors_know() -> None:
    assert shipped().diary == DIARY
