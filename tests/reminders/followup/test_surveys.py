"""Answers: where they land, what they never do, and what they set off."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from reminders.followup import responses, slots, surveys
from reminders.followup.surveys import AlreadyAnswered, TextAnswer, Unacceptable
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import (
    Analgesic,
    AnswerChannel,
    Attempt,
    Context,
    EnteredBy,
    InboundText,
    Message,
    Reading,
    Survey,
)
from reminders.rules.response.labels import Label
from scheduling.bookings import JointFacts
from scheduling.models import Injection, Task, TaskKind
from scheduling.rules.procedure import Channel, Intent, Purpose, Side
from tests import world
from tests.reminders.diaries import T0, a_diary, answered, at, laid_out, slot

pytestmark = pytest.mark.django_db
LEFT = {"side": Side.LEFT, "joints": [JointFacts(Side.LEFT, 7, T0 - timedelta(minutes=15))]}
DIARY = ["D15", "D30", "D45", "D60", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "N1"]


def prompted(injection: Injection, name: str, when=None, **fields) -> None:
    """A text that asked about this slot went out at its due time."""
    due = when or slot(injection, name).due_at
    message = Message.objects.create(
        injection=injection,
        patient=injection.patient,
        revision=injection.revision,
        step="diary",
        occurrence=name,
        slot=name,
        purpose=Purpose.DIARY,
        channels=["sms"],
        sms_key="diary_number",
        send_at=due,
        expires_at=due + timedelta(minutes=30),
        **fields,
    )
    Attempt.objects.create(
        message=message, channel=Channel.SMS, address="+15550100001", handed_at=due
    )


def texted(injection: Injection, score: int, when) -> surveys.AnswerOutcome:
    """A bare number by text."""
    inbound = InboundText.objects.create(
        provider_id=f"SM{InboundText.objects.count()}",
        sender="+15550100001",
        body=str(score),
        received_at=when,
        meaning="score",
    )
    return surveys.answer_text(injection=injection, score=score, inbound=inbound, at=when)


# Slots


def test_a_diagnostic_block_has_its_slots_and_no_weeks():
    injection = a_diary()

    assert list(injection.surveys.values_list("slot", flat=True)) == DIARY
    assert slot(injection, "H2").due_at == at(2)
    assert slot(injection, "H2").tolerance == timedelta(minutes=30)
    assert slot(injection, "N1").due_at == world.local("2026-03-17 10:00")


def test_a_treatment_is_asked_about_for_three_months():
    injection = a_diary(intent=Intent.BOTH, agents=(world.BUPIVACAINE, world.METHYLPREDNISOLONE))

    asked = set(injection.surveys.values_list("slot", flat=True))

    assert {"D3", "D7", "W2", "W4", "W6", "M3"} <= asked


def test_laying_out_twice_changes_nothing():
    injection = a_diary()
    before = list(injection.surveys.values())
    facts = facts_by_injection([injection.pk])[injection.pk]

    changed = slots.update_surveys(
        injection, facts=facts, protocol=slots.protocol_of(injection), at=at(1)
    )

    assert changed == 0
    assert list(injection.surveys.values()) == before


def test_a_corrected_t0_moves_slots_and_answers_keep_their_time():
    injection = a_diary()
    answered(injection, "H2", 3)
    answered(injection, "H3", 4)

    world.corrected(injection, t0=at(-1), at=at(3.5))
    laid_out(injection, at(3.5))

    held = {r.survey.slot: (r.observed_at, r.score) for r in Reading.objects.all()}
    assert held == {"H3": (at(2), 3), "H4": (at(3), 4)}
    assert slot(injection, "H2").due_at == at(1)


def test_an_answer_that_fits_no_moved_slot_keeps_the_one_it_had():
    injection = a_diary()
    answered(injection, "D45", 3)

    world.corrected(injection, t0=at(-0.4), at=at(1))
    laid_out(injection, at(1))

    assert Reading.objects.get().survey.slot in ("D45", "D60")


# A corrected side: a score is of the side that it was given for


def test_scores_of_a_side_that_was_not_injected_answer_nothing_about_the_one_that_was():
    injection = a_diary(side=Side.RIGHT)
    answered(injection, "H2", 3)
    before = slots.answered(injection)

    world.corrected(injection, **LEFT, at=at(2.2))
    laid_out(injection, at(2.2))
    again = answered(injection, "H2", 5, now=at(2.3))

    assert "H2" in before
    assert [(each.side, each.score) for each in again] == [(Side.LEFT, 5)]
    assert {(r.side, r.score) for r in Reading.objects.all()} == {("left", 5), ("right", 3)}


def test_the_plan_asks_about_the_side_that_was_injected():
    injection = a_diary(side=Side.RIGHT)
    answered(injection, "H2", 3)
    before = facts_by_injection([injection.pk])[injection.pk]

    world.corrected(injection, **LEFT, at=at(2.2))

    after = facts_by_injection([injection.pk])[injection.pk]
    assert (before.side, before.answered) == (Side.RIGHT, {"H2"})
    assert (after.side, after.answered) == (Side.LEFT, frozenset())


def test_the_answer_is_worked_out_again_for_the_side_that_was_injected():
    injection = a_diary(side=Side.RIGHT)
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)
    (before,) = responses.responses_of(injection)

    world.corrected(injection, **LEFT, at=at(3))

    (after,) = responses.responses_of(injection)
    assert (before.side, before.label) == (Side.RIGHT, Label.POSITIVE_80)
    assert (after.side, after.label) == (Side.LEFT, Label.INDETERMINATE)


def test_a_side_that_was_done_too_is_asked_for_alone_where_the_other_has_its_score():
    injection = a_diary()
    answered(injection, "H2", 3)
    both = [JointFacts(Side.LEFT, 7), JointFacts(Side.RIGHT, 6)]
    world.corrected(injection, side=Side.BILATERAL, joints=both, at=at(2.2))
    laid_out(injection, at(2.2))
    facts = {"context": Context.MOVEMENT, "channel": AnswerChannel.LINK, "by": None}
    facts |= {"entered_by": EnteredBy.PATIENT, "observed_at": at(2.3), "at": at(2.3)}
    facts |= {"survey": slot(injection, "H2")}

    with pytest.raises(Unacceptable, match="The left side has its score: 3"):
        surveys.answer(scores={Side.LEFT: 4, Side.RIGHT: 2}, **facts)
    kept = surveys.answer(scores={Side.RIGHT: 2}, **facts)

    assert [(each.side, each.score) for each in kept] == [(Side.RIGHT, 2)]
    assert "H2" in slots.answered(injection)


# Scores (I13)


def test_a_score_is_an_integer_from_0_to_10_in_the_database_too():
    injection = a_diary()
    for wrong in (11, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(
                injection=injection,
                side=Side.LEFT,
                score=wrong,
                context=Context.MOVEMENT,
                observed_at=at(1),
                received_at=at(1),
                channel=AnswerChannel.LINK,
                entered_by=EnteredBy.PATIENT,
            )


@pytest.mark.parametrize("score", [11, -1, 3.5, "3", None, True])
def test_what_is_no_score_is_refused_with_a_sentence(score):
    injection = a_diary()

    with pytest.raises(Unacceptable, match="whole number from 0 to 10"):
        answered(injection, "H2", score)

    assert not Reading.objects.exists()


def test_a_slot_takes_one_first_answer_a_side():
    injection = a_diary()
    answered(injection, "H2", 3)

    with pytest.raises(AlreadyAnswered) as second:
        answered(injection, "H2", 5)

    assert [reading.score for reading in second.value.readings] == [3]
    assert Reading.objects.get().score == 3


def test_both_sides_are_needed():
    injection = a_diary(side=Side.BILATERAL)

    with pytest.raises(Unacceptable, match="left and right"):
        answered(injection, "H2", 3)


def test_a_correction_supersedes_and_leaves_the_first_score_as_it_was():
    injection = a_diary()
    (first,) = answered(injection, "H2", 3)

    second = surveys.correct(reading=first, score=5, by=None, at=at(2.2))

    first.refresh_from_db()
    assert (first.score, second.score, second.supersedes) == (3, 5, first)
    assert list(surveys.current(injection)) == [second]
    assert second.observed_at == first.observed_at


def test_an_answer_is_corrected_once_and_then_the_correction_is():
    injection = a_diary()
    (first,) = answered(injection, "H2", 3)
    second = surveys.correct(reading=first, score=5, by=None, at=at(2.1))

    with pytest.raises(Unacceptable, match="corrected meanwhile"):
        surveys.correct(reading=first, score=6, by=None, at=at(2.2))

    assert surveys.correct(reading=second, score=6, by=None, at=at(2.3)).supersedes == second


def test_the_database_keeps_what_every_reading_was():
    injection = a_diary()
    (first,) = answered(injection, "H2", 3)
    Reading.objects.filter(pk=first.pk).update(score=4)

    with connection.cursor() as cursor:
        cursor.execute("SELECT score FROM reminders_readingevent ORDER BY pgh_id")
        assert [row[0] for row in cursor.fetchall()] == [3, 4]


# Time


def test_an_answer_in_time_is_neither_late_nor_from_memory():
    (reading,) = answered(a_diary(), "H2", 3, now=at(2.5))

    assert (reading.late, reading.recall, reading.survey.slot) == (False, False, "H2")


def test_an_answer_after_the_slot_closed_is_late_and_from_memory():
    (reading,) = answered(a_diary(), "H2", 3, now=at(5), observed_at=at(2))

    assert (reading.late, reading.recall, reading.observed_at) == (True, True, at(2))


def test_paper_is_judged_by_the_time_it_names_and_not_by_the_typing():
    (reading,) = answered(
        a_diary(), "H2", 3, now=at(30), observed_at=at(2), channel=AnswerChannel.PAPER
    )

    assert (reading.late, reading.recall) == (False, False)


def test_a_number_said_from_memory_on_the_phone_is_marked():
    (reading,) = answered(
        a_diary(), "H2", 3, now=at(4), observed_at=at(2), channel=AnswerChannel.PHONE, recall=True
    )

    assert (reading.late, reading.recall) == (False, True)


@pytest.mark.parametrize(
    ("hours", "sentence"), [(3, "has not come yet"), (-1, "before the injection")]
)
def test_a_time_that_cannot_be_is_refused(hours, sentence):
    with pytest.raises(Unacceptable, match=sentence):
        answered(a_diary(), "H2", 3, observed_at=at(hours))


def test_answers_may_come_out_of_order():
    injection = a_diary()
    answered(injection, "H3", 4)
    answered(injection, "H2", 3, now=at(3.1), observed_at=at(2))

    assert {r.survey.slot: r.score for r in Reading.objects.all()} == {"H2": 3, "H3": 4}


# By text


def test_a_number_goes_to_the_slot_that_was_asked_about():
    injection = a_diary()
    prompted(injection, "H2")

    outcome = texted(injection, 3, at(2.1))

    assert outcome == surveys.AnswerOutcome(TextAnswer.SAVED, at(3), "H2")
    reading = Reading.objects.get()
    assert (reading.score, reading.survey.slot, reading.channel) == (3, "H2", AnswerChannel.SMS)


def test_a_number_for_an_earlier_slot_goes_to_the_open_one():
    injection = a_diary()
    prompted(injection, "H3")
    prompted(injection, "H4")

    texted(injection, 7, at(4.2))

    assert Reading.objects.get().survey.slot == "H4"


def test_a_number_between_two_open_slots_is_asked_about_by_link():
    injection = a_diary()
    prompted(injection, "H3")
    prompted(injection, "H4", at(3.4))

    assert texted(injection, 7, at(3.5)).result is TextAnswer.ASK_BY_LINK
    assert not Reading.objects.exists()


def test_a_second_number_for_an_answered_slot_never_overwrites():
    injection = a_diary()
    prompted(injection, "H2")
    texted(injection, 3, at(2.1))

    assert texted(injection, 9, at(2.2)).result is TextAnswer.ASK_BY_LINK
    assert Reading.objects.get().score == 3


def test_a_number_that_comes_too_late_is_asked_about_by_link():
    injection = a_diary()
    prompted(injection, "H8")

    outcome = texted(injection, 3, at(9))

    assert outcome == surveys.AnswerOutcome(TextAnswer.ASK_BY_LINK, slot="H8")
    assert not Reading.objects.exists()


def test_a_number_of_the_next_morning_is_no_score_of_last_night():
    injection = a_diary()
    prompted(injection, "H7")
    prompted(injection, "H8")

    outcome = texted(injection, 3, slot(injection, "N1").due_at - timedelta(hours=1))

    assert outcome == surveys.AnswerOutcome(TextAnswer.ASK_BY_LINK, slot="H8")
    assert not Reading.objects.exists()


def test_an_answer_of_ours_is_no_prompt_for_its_slot():
    injection = a_diary()
    prompted(injection, "H8", reply=True)

    assert slots.prompted(injection) == {}


def test_a_bare_number_never_answers_for_two_sides():
    injection = a_diary(side=Side.BILATERAL)
    prompted(injection, "H2")

    assert texted(injection, 3, at(2)).result is TextAnswer.ASK_BY_LINK


def test_a_number_before_the_injection_finds_no_open_diary():
    assert texted(world.a_booking(), 3, world.NOW).result is TextAnswer.NO_OPEN_DIARY


def test_a_number_after_the_last_slot_finds_no_open_diary():
    assert texted(a_diary(), 3, at(72)).result is TextAnswer.NO_OPEN_DIARY


def test_the_last_answer_announces_no_next_check_in():
    injection = a_diary()
    prompted(injection, "N1")

    assert texted(injection, 3, slot(injection, "N1").due_at).next_at is None


# What an answer sets off


def test_an_answer_tells_the_plan_that_something_changed():
    injection = a_diary()
    answered(injection, "H2", 3)

    assert Injection.objects.get().changed_at == at(2)
    assert facts_by_injection([injection.pk])[injection.pk].answered == {"H2"}


def test_a_pain_medicine_is_noted_once():
    injection = a_diary()
    answered(injection, "H2", 3, analgesic=("ibuprofen", at(1.5)))
    answered(injection, "H3", 3, analgesic=("ibuprofen", at(1.5)))

    assert Analgesic.objects.get().taken_at == at(1.5)


def test_a_word_of_danger_calls_a_nurse_at_once():
    injection = a_diary()
    answered(injection, "N1", 3, comment="I have a fever and chills")

    task = Task.objects.get(kind=TaskKind.RED_FLAG)
    assert (task.urgent, task.queue, task.patient) == (True, "nurse", injection.patient)


def test_a_numb_leg_is_expected_for_eight_hours_and_not_longer():
    injection = a_diary()
    answered(injection, "H2", 3, comment="my leg is numb")
    assert not Task.objects.filter(kind=TaskKind.RED_FLAG).exists()

    answered(injection, "N1", 3, comment="my leg is numb")
    assert Task.objects.filter(kind=TaskKind.RED_FLAG).exists()


def test_a_numb_leg_with_another_sign_is_never_expected():
    answered(a_diary(), "H2", 3, comment="leg numb and hard to breathe")

    assert Task.objects.filter(kind=TaskKind.RED_FLAG).exists()


def test_pain_well_above_baseline_for_days_asks_for_a_call():
    injection = a_diary(
        baseline=4, intent=Intent.BOTH, agents=(world.BUPIVACAINE, world.METHYLPREDNISOLONE)
    )
    answered(injection, "D3", 8)
    assert not Task.objects.filter(kind=TaskKind.FLARE).exists()

    answered(injection, "D7", 7)

    assert Task.objects.get(kind=TaskKind.FLARE).due_at == slot(injection, "D7").due_at + timedelta(
        days=1
    )


@pytest.mark.parametrize(("baseline", "flare"), [(6, 9), (7, 10), (8, 10), (9, 10), (10, 10)])
def test_the_alarm_of_a_flare_can_fire_at_every_baseline(baseline, flare):
    injection = a_diary(baseline=baseline, intent=Intent.BOTH)
    answered(injection, "D3", flare)
    answered(injection, "D7", flare)

    task = Task.objects.get(kind=TaskKind.FLARE)

    assert task.title == (
        f"Pain of {flare} or above for over 72 h, {baseline} before (left): phone the patient"
    )


@pytest.mark.parametrize(("baseline", "score"), [(6, 8), (8, 9), (10, 9)])
def test_less_than_a_flare_asks_for_no_call(baseline, score):
    injection = a_diary(baseline=baseline, intent=Intent.BOTH)
    answered(injection, "D3", score)
    answered(injection, "D7", score)

    assert not Task.objects.filter(kind=TaskKind.FLARE).exists()


def test_unanswered_rows_of_a_slot_no_longer_asked_go():
    injection = a_diary()
    Survey.objects.create(
        injection=injection, slot="X1", due_at=T0, tolerance=timedelta(), closes_at=at(1)
    )

    laid_out(injection)

    assert not injection.surveys.filter(slot="X1").exists()


def test_the_last_answer_of_a_day_announces_no_check_in_of_the_next():
    injection = a_diary()
    for name in ("H7", "H8"):
        prompted(injection, name)

    before, last = (texted(injection, 3, slot(injection, name).due_at) for name in ("H7", "H8"))

    assert before.next_at == slot(injection, "H8").due_at
    assert last.next_at is None
