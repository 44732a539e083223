"""The check-in behind a link: eleven radios a side, late answers, corrections, words of danger."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from reminders.models import (
    Analgesic,
    AnswerChannel,
    Context,
    EnteredBy,
    LinkPurpose,
    Reading,
    Survey,
)
from scheduling import bookings
from scheduling.bookings import JointFacts
from scheduling.models import Access, AnticoagulantDecision, Task, TaskKind
from scheduling.rules.procedure import HoldDecision, Intent, Side
from tests import world
from tests.pages import read
from tests.reminders.diaries import a_diary, a_link, answered, at, laid_out, opened, slot

pytestmark = pytest.mark.django_db
ANSWER = {"score_left": "3", "moved": "yes"}


@pytest.fixture
def diary(noon):
    noon.at = at(2)
    return a_diary()


@pytest.fixture
def browser(diary):
    return opened(a_link(diary, "H2"))


PAGE = f"/p/{'A' * 22}/check-in"


def test_the_link_of_a_slot_leads_to_its_questions(browser):
    page = read(browser.get(PAGE))

    assert page.count('name="score_left"') == 11
    assert "about 11:20 AM" in page
    assert "getting up from a chair" in page
    assert page.count("<script") == 0
    assert "911" in page


def test_nothing_is_chosen_beforehand(browser):
    assert "checked" not in browser.get(PAGE).content.decode()


def test_both_sides_of_a_bilateral_injection_are_asked_about_apart(noon):
    noon.at = at(2)
    page = opened(a_link(a_diary(side=Side.BILATERAL), "H2")).get(PAGE).content.decode()

    assert page.count('name="score_left"') == page.count('name="score_right"') == 11
    assert page.count('<fieldset class="side"') == 2


def test_a_corrected_side_is_the_one_that_is_asked_about_even_where_the_other_was_scored(noon):
    injection = a_diary(side=Side.RIGHT)
    answered(injection, "H2", 3)
    left = [JointFacts(Side.LEFT, 7, at(-0.25))]
    world.corrected(injection, side=Side.LEFT, joints=left, at=at(2.1))
    noon.at = at(2.2)

    page = opened(a_link(injection, "H2")).get(PAGE).content.decode()

    assert 'name="score_left"' in page
    assert 'name="score_right"' not in page


def test_an_answer_is_kept_as_given(browser, diary):
    sent = ANSWER | {
        "medicine": "ibuprofen",
        "medicine_time": "10:50",
        "percent": "60",
        "comment": "better on stairs",
    }

    answer = browser.post(f"{PAGE}/H2", sent)

    reading = Reading.objects.get()
    assert answer["Location"] == f"{PAGE}/H2"
    assert (reading.score, reading.side, reading.survey.slot) == (3, Side.LEFT, "H2")
    assert (reading.context, reading.activity_done) == (Context.MOVEMENT, True)
    assert (reading.channel, reading.entered_by) == (AnswerChannel.LINK, EnteredBy.PATIENT)
    assert (reading.observed_at, reading.received_at) == (at(2), at(2))
    assert (reading.patient_percent, reading.comment) == (60, "better on stairs")
    assert Analgesic.objects.get().taken_at == at(1.5)


def test_the_thanks_say_what_comes_next_and_whom_to_call(browser):
    page = browser.post(f"{PAGE}/H2", ANSWER, follow=True).content.decode()

    assert "Your answer is saved" in page
    assert "<b>3</b> of 10" in page
    assert "12:20 PM" in page
    assert "555-010-0000" in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"score_left": ""}, "Choose one number from 0 to 10 for your left side."),
        ({"score_left": "11"}, "Choose one number from 0 to 10 for your left side."),
        ({"score_left": "seven"}, "Choose one number from 0 to 10 for your left side."),
        ({"moved": ""}, "Choose yes or no."),
        ({"percent": "101"}, "Write a whole number from 0 to 100."),
        ({"percent": "half"}, "Write a whole number from 0 to 100."),
        ({"medicine": "ibuprofen"}, "Say at what time you took it."),
        ({"medicine_time": "10:50"}, "Say which medicine you took."),
        ({"medicine": "ibuprofen", "medicine_time": "noon"}, "Write the time as 14:30."),
        ({"medicine": "x" * 61, "medicine_time": "10:50"}, "60"),
        ({"comment": "x" * 1001}, "1000"),
    ],
)
def test_a_bad_answer_gets_a_sentence_and_keeps_nothing(browser, sent, sentence):
    page = browser.post(f"{PAGE}/H2", ANSWER | sent)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Reading.objects.exists()
    assert not Analgesic.objects.exists()


def test_one_side_of_two_is_not_enough(noon):
    noon.at = at(2)
    browser = opened(a_link(a_diary(side=Side.BILATERAL), "H2"))

    page = browser.post(f"{PAGE}/H2", ANSWER)

    assert page.status_code == 422
    assert "for your right side" in page.content.decode()


def test_a_refused_answer_is_shown_again_as_it_was_typed(browser):
    page = browser.post(f"{PAGE}/H2", {"score_left": "3", "comment": "stairs"}).content.decode()

    assert re.search(r'name="score_left" value="3"[^>]* checked', page)
    assert "stairs" in page


def test_a_missed_check_in_offers_now_or_then(browser, noon):
    noon.at = at(3.2)
    browser = opened("A" * 22)

    page = browser.get(PAGE).content.decode()

    assert "My pain right now" in page
    assert f"{PAGE}/H3" in page
    assert "My pain at about 11:20 AM" in page


def test_a_late_answer_says_what_time_it_is_about_and_is_kept_as_late(browser, noon):
    noon.at = at(5)
    browser = opened("A" * 22)

    refused = browser.post(f"{PAGE}/H2", ANSWER)
    taken = browser.post(f"{PAGE}/H2", ANSWER | {"observed_at": "2026-03-16T11:30"})

    assert refused.status_code == 422
    assert b"Say at what time you felt it" in refused.content
    assert taken.status_code == 302
    reading = Reading.objects.get()
    assert (reading.observed_at, reading.late, reading.recall) == (
        world.local("2026-03-16 11:30"),
        True,
        True,
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("2026-03-16T18:00", "has not come yet"),
        ("2026-03-16T08:00", "before the injection"),
        ("yesterday", "Write date and time"),
        ("9999-12-31T23:59", "between 1880 and 2200"),
    ],
)
def test_a_late_answer_about_an_impossible_time_is_refused(browser, noon, typed, sentence):
    noon.at = at(5)

    page = opened("A" * 22).post(f"{PAGE}/H2", ANSWER | {"observed_at": typed})

    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_a_check_in_that_is_not_open_yet_says_when(browser):
    page = browser.get(f"{PAGE}/H4")
    sent = browser.post(f"{PAGE}/H4", ANSWER)

    assert b"opens later" in page.content
    assert b"12:50 PM" in page.content
    assert sent.status_code == 409
    assert not Reading.objects.exists()


def test_the_same_answer_twice_is_one_answer(browser):
    browser.post(f"{PAGE}/H2", ANSWER)
    again = browser.post(f"{PAGE}/H2", ANSWER)

    assert again.status_code == 302
    assert Reading.objects.count() == 1


def test_another_answer_to_the_same_check_in_is_asked_about_before_it_counts(browser):
    browser.post(f"{PAGE}/H2", ANSWER)

    asked = browser.post(f"{PAGE}/H2", ANSWER | {"score_left": "5"})
    assert asked.status_code == 409
    assert Reading.objects.get().score == 3

    browser.post(f"{PAGE}/H2", {"score_left": "5", "correct": "yes"})
    assert [r.score for r in Reading.objects.order_by("pk")] == [3, 5]


def test_words_of_danger_are_answered_on_the_page_and_by_a_nurse(browser):
    page = browser.post(f"{PAGE}/H2", ANSWER | {"comment": "can not breathe"}, follow=True)

    assert b"Please read this now" in page.content
    assert Task.objects.get(kind=TaskKind.RED_FLAG).urgent


def test_a_numb_leg_in_the_first_hours_is_told_to_take_care(browser):
    page = browser.post(f"{PAGE}/H2", ANSWER | {"comment": "leg is numb"}, follow=True)

    assert b"up to 8 hours" in page.content
    assert not Task.objects.filter(kind=TaskKind.RED_FLAG).exists()


def test_a_slot_of_the_nurse_or_of_nobody_is_not_there(browser):
    for name in ("D30", "H99", "P0"):
        assert browser.get(f"{PAGE}/{name}").status_code == 404
        assert browser.post(f"{PAGE}/{name}", ANSWER).status_code == 404


def test_another_patients_link_does_not_reach_this_diary(browser, diary, noon):
    other = a_diary()
    foreign = a_link(other, "H2", token="F" * 22)

    answer = browser.post(f"/p/{foreign}/check-in/H2", ANSWER)

    assert answer["Location"] == f"/p/{foreign}"
    assert not Reading.objects.exists()


def test_without_an_open_check_in_a_note_may_be_left(browser, noon):
    noon.at = at(48)
    a_link(world.Injection.objects.get(), token="N" * 22, purpose="survey")
    browser = opened("N" * 22)

    empty = browser.post(f"/p/{'N' * 22}/check-in", {"note": " "})
    sent = browser.post(f"/p/{'N' * 22}/check-in", {"note": "my back is stiff"}, follow=True)

    assert empty.status_code == 422
    assert b"A nurse will read your note" in sent.content
    assert Task.objects.get(kind=TaskKind.PATIENT_NOTE).detail == "my back is stiff"


def test_an_alarming_note_calls_a_nurse_at_once(browser, noon):
    noon.at = at(48)
    browser = opened(a_link(world.Injection.objects.get(), token="N" * 22, purpose="survey"))

    browser.post(f"/p/{'N' * 22}/check-in", {"note": "fever since last night"})

    assert Task.objects.get(kind=TaskKind.RED_FLAG).urgent
    assert not Task.objects.filter(kind=TaskKind.PATIENT_NOTE).exists()


def test_the_evening_before_is_answered_before_there_is_a_diary(noon):
    noon.at = world.local("2026-03-15 19:00")
    injection = laid_out(world.a_booking(), noon.at)
    Survey.objects.filter(injection=injection).delete()
    browser = opened(a_link(injection, "P-1"))

    answer = browser.post(f"{PAGE}/P-1", ANSWER)

    assert answer.status_code == 302
    assert Reading.objects.get().survey.slot == "P-1"


def test_weeks_later_the_average_is_asked_for(noon):
    injection = a_diary(intent=Intent.BOTH, agents=(world.METHYLPREDNISOLONE, world.BUPIVACAINE))
    noon.at = slot(injection, "W4").due_at
    browser = opened(a_link(injection, "W4"))

    page = browser.get(PAGE).content.decode()
    taken = browser.post(f"{PAGE}/W4", {"score_left": "2"})

    assert "On average over the last 7 days" in page
    assert 'name="moved"' not in page
    assert taken.status_code == 302


def test_at_two_weeks_the_average_is_asked_for_at_whatever_hour_the_needle_was_out(noon):
    facts = {"intent": Intent.BOTH, "agents": (world.METHYLPREDNISOLONE, world.BUPIVACAINE)}
    injection = world.completed(
        world.a_booking(start=world.local("2026-03-16 14:00"), **facts),
        agents=(world.METHYLPREDNISOLONE, world.BUPIVACAINE),
    )
    noon.at = injection.t0 + timedelta(days=13, hours=21)  # less than 14 days of 24 hours
    laid_out(injection, noon.at)

    page = opened(a_link(injection, "W2")).get(PAGE).content.decode()

    assert "On average over the last 7 days" in page


def test_a_patient_elsewhere_reads_and_types_times_of_her_own_clock(noon):
    patient = world.a_patient(zone="America/Los_Angeles")
    injection = a_diary(patient=patient)
    noon.at = at(2)
    browser = opened(a_link(injection, "H2"))

    page = read(browser.get(PAGE))
    noon.at = at(5)
    opened("A" * 22).post(f"{PAGE}/H2", ANSWER | {"observed_at": "2026-03-16T08:30"})

    assert "about 8:20 AM PDT" in page
    assert Reading.objects.get().observed_at == world.local("2026-03-16 11:30")


@pytest.mark.parametrize("path", ["", "/H2", "/H4", "/D60"])
def test_looking_at_a_check_in_writes_nothing_but_the_audit(browser, path):
    answered(world.Injection.objects.get(), "D60", 2)
    tables = [m for m in apps.get_models() if m._meta.label not in ("sessions.Session",)]
    before = {m._meta.label: m.objects.count() for m in tables}

    browser.get(PAGE + path)

    after = {m._meta.label: m.objects.count() for m in tables}
    assert after == before | {"scheduling.Access": before["scheduling.Access"] + 1}


def test_every_page_stays_under_fifty_kilobytes(noon):
    noon.at = at(2)
    injection = a_diary(side=Side.BILATERAL)
    browser = opened(a_link(injection, "H2"))
    sent = {"score_left": "3", "score_right": "4", "moved": "yes", "comment": "x" * 1000}

    pages = [
        Client().get(f"/p/{'A' * 22}"),
        browser.get(PAGE),
        browser.post(f"{PAGE}/H2", sent | {"moved": ""}),
        browser.post(f"{PAGE}/H2", sent, follow=True),
    ]

    assert max(len(page.content) for page in pages) < 50_000


def test_an_aborted_injection_asks_how_the_patient_is_and_for_no_score(noon):
    injection = world.a_booking()
    bookings.abort(injection=injection, why="vasovagal", by=None, at=at(0))
    noon.at = at(25)
    browser = opened(a_link(laid_out(injection, noon.at)))

    page = browser.get(f"/p/{'A' * 22}", follow=True).content.decode()

    assert "How are you?" in page
    assert "score_left" not in page


def test_the_views_of_a_diary_are_on_record(browser, diary):
    browser.get(PAGE)

    assert Access.objects.filter(patient=diary.patient, page="link_survey", user=None).exists()


def test_the_restart_stands_before_the_questions_of_the_diary(noon):
    injection = a_diary(screening={"anticoagulant": "p2y12"})
    hold = AnticoagulantDecision.objects.create(
        order=injection.order,
        decision=HoldDecision.HOLD,
        drug="clopidogrel",
        prescriber="Dr. Moss",
        last_dose_at=injection.start - timedelta(days=5),
        restart_on=injection.start.date() + timedelta(days=1),
        signed_by=world.a_user("physician"),
        signed_at=injection.start - timedelta(days=9),
    )
    noon.at = at(2)

    page = read(opened(a_link(injection, "H2")).get(PAGE))

    assert hold.drug in page
    assert page.index("Dr. Moss wants you to start clopidogrel again") < page.index("<form")


def test_a_form_that_was_open_while_its_check_in_was_answered_loses_no_words(browser, diary):
    answered(diary, "H2", int(ANSWER["score_left"]), now=at(2))
    said = {"medicine": "ibuprofen", "medicine_time": "10:30", "comment": "numb between my legs"}

    sent = browser.post(f"{PAGE}/H2", ANSWER | said)

    assert sent.status_code == 302
    assert Reading.objects.count() == 1
    assert Analgesic.objects.get().name == "ibuprofen"
    task = Task.objects.get(kind=TaskKind.RED_FLAG)
    assert (task.urgent, task.detail) == (True, "numb between my legs")


def test_its_other_score_is_a_question_and_its_words_are_kept_at_once(browser, diary):
    answered(diary, "H2", 9, now=at(2))

    sent = browser.post(f"{PAGE}/H2", ANSWER | {"comment": "I felt odd"})

    assert sent.status_code == 409
    assert Reading.objects.get().score == 9
    assert Task.objects.get(kind=TaskKind.PATIENT_NOTE).detail == "I felt odd"


def evening_before(noon, **booked):
    """The browser of a patient who has given the score of the evening before."""
    noon.at = world.local("2026-03-15 18:30")
    injection = laid_out(world.a_booking(**booked), noon.at)
    browser = opened(a_link(injection, "P-1"))
    browser.post(f"{PAGE}/P-1", ANSWER)
    return browser


def test_after_the_score_of_the_evening_before_the_visit_is_next(noon):
    page = read(evening_before(noon).get(f"{PAGE}/P-1"))

    assert "Next is your visit on Monday, March 16, 2026." in page
    assert "Please come at <b>8:30 AM</b>" in page
    assert "1 Main Street" in page
    assert "That was the last one" not in page


def test_the_time_of_the_visit_is_the_clinics_wherever_the_patient_is(noon):
    elsewhere = world.an_order(world.a_patient(zone="America/Denver"))

    page = read(evening_before(noon, order=elsewhere).get(f"{PAGE}/P-1"))

    assert "Please come at <b>8:30 AM EDT</b>" in page


def test_without_a_score_to_give_the_visit_is_next_too(noon):
    injection = laid_out(world.a_booking(), noon.at)

    page = read(opened(a_link(injection, purpose=LinkPurpose.SURVEY)).get(PAGE))

    assert "There is no score to give right now." in page
    assert "Next is your visit on Monday, March 16, 2026." in page


def test_after_the_visit_nothing_speaks_of_one_to_come(noon):
    injection, noon.at = a_diary(), at(24 * 90)
    answered(injection, "N1", 3)

    page = read(opened(a_link(injection, "N1")).get(f"{PAGE}/N1"))

    assert "That was the last one for now." in page
    assert "Next is your visit" not in page
