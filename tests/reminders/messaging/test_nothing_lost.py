"""Whatever a patient writes is understood and done, or in front of a person."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reminders.messaging.channels.base import ReceivedText
from reminders.messaging.inbound import texts
from reminders.models import InboundText, Message, Reading
from reminders.protocols.warning_signs import shipped
from reminders.rules.text.replies import Meaning
from scheduling.models import OptOut, Task, TaskKind
from tests.reminders.messaging.test_inbound import answers, by_text, write
from tests.world import NOW, completed

pytestmark = pytest.mark.django_db
NUMBER, STRANGER = "+15550001111", "+15559990000"
SAID = (
    "7 11 4.5 stop yes c r help my leg is numb and weak both fever temp 102 sugar 420 thanks ok "
    "where do i park ? ! , . “hello” cancel the visit 👍 work please not wrong number"
)
UNDERSTOOD = {
    Meaning.STOP,
    Meaning.WRONG_NUMBER,
    Meaning.START,
    Meaning.HELP,
    Meaning.CONFIRM,
    Meaning.CHANGE,
    Meaning.SCORE,
    Meaning.REACTION,
}


@pytest.fixture
def in_diary(carriers):
    """A patient two hours after T0 whose check-in was asked for by text, and the time."""
    injection = completed(by_text())
    at = injection.t0 + timedelta(hours=2, minutes=1)
    carriers.until(injection, injection.t0 + timedelta(minutes=31), at, timedelta(minutes=30))
    return injection, at + timedelta(minutes=2)


def before_a_person(text: InboundText) -> bool:
    """Whether some task holds these words."""
    said = text.body.strip() or texts.PICTURE
    return any(said in task.detail for task in Task.objects.exclude(kind=TaskKind.PLANNED))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
    | st.lists(st.sampled_from(SAID.split()), max_size=7).map(" ".join),
    st.sampled_from([NUMBER, STRANGER]),
)
def test_no_text_is_lost(in_diary, body, number):
    _, at = in_diary

    text = write(body, at=at, number=number)

    text.refresh_from_db()
    assert text.effect
    seen = before_a_person(text)
    assert ("with a person" in text.effect or "left to a person" in text.effect) <= seen
    if not seen:
        reply = texts.parse(body, shipped())
        expected = text.effect.startswith("a numb leg within its hours")
        assert reply.meaning in UNDERSTOOD or expected


@pytest.mark.parametrize("body", ["temp 102", "sugar is 420", "7 and I threw up"])
def test_a_number_that_is_a_warning_sign_is_with_a_nurse_at_once(in_diary, body):
    injection, at = in_diary

    text = write(body, at=at)

    task = Task.objects.get(injection=injection, kind=TaskKind.RED_FLAG)
    assert (task.urgent, task.detail, task.due_at) == (True, body, at)
    assert answers(injection) == ["not_read_live"]
    assert text.effect == "left to a person"
    assert not Reading.objects.exists()


@pytest.mark.parametrize("body", ["7 I think but it feels odd", "11", "5 or 6"])
def test_a_number_that_is_no_score_is_asked_for_again_and_read(in_diary, body):
    injection, at = in_diary

    text = write(body, at=at)

    assert Task.objects.get(injection=injection, kind=TaskKind.PATIENT_NOTE).detail == body
    assert answers(injection) == ["not_understood"]
    assert text.effect == "left to a person"


def test_a_numb_leg_within_its_hours_gets_the_safety_text_and_no_task(in_diary, carriers):
    injection, at = in_diary

    text = write("my left leg is numb", at=at)
    carriers.deliver(at)

    assert answers(injection) == ["fall_safety"]
    assert "Stand and walk with help" in carriers.sms.texts[-1]
    assert not Task.objects.filter(kind__in=[TaskKind.RED_FLAG, TaskKind.PATIENT_NOTE]).exists()
    assert text.effect == "a numb leg within its hours: told how to be safe"


@pytest.mark.parametrize("body", ["numb between my legs", "both legs are weak", "numb and I fell"])
def test_more_than_one_numb_leg_is_a_warning_sign_within_the_hours_too(in_diary, body):
    injection, at = in_diary

    write(body, at=at)

    assert Task.objects.get(injection=injection, kind=TaskKind.RED_FLAG).urgent
    assert answers(injection) == ["not_read_live"]


def test_a_warning_sign_beside_stop_is_with_a_person_and_said_so():
    injection = by_text()

    text = write("STOP. I have a fever")

    assert text.effect == "opted out of texts; a warning sign, with a person"
    assert Task.objects.get(injection=injection, kind=TaskKind.RED_FLAG).detail == text.body


def test_the_same_words_many_times_are_one_task_that_counts_them():
    by_text()

    for _ in range(9):
        write("I am driving and will answer later.")

    task = Task.objects.get(kind=TaskKind.PATIENT_NOTE)
    assert "The same words came 9 times." in task.detail


def test_many_texts_of_a_stranger_are_one_task_too():
    for _ in range(3):
        write("You have reached Ann.", number=STRANGER)

    assert "came 3 times" in Task.objects.get(kind=TaskKind.UNKNOWN_SENDER).detail


def test_words_said_again_after_the_task_was_done_open_a_new_one():
    by_text()
    write("May I bring my dog?")
    Task.objects.update(done_at=NOW, outcome="Phoned")

    write("May I bring my dog?")

    assert Task.objects.filter(kind=TaskKind.PATIENT_NOTE, done_at=None).count() == 1


@pytest.mark.parametrize(
    "reaction",
    [
        "Liked “{}”",
        'Emphasized "{}"',
        "Laughed at “{}…",
        "Reacted 👍 to “{}”",
        "Le gusta “{}”",
        "A aimé « {} »",
        "👍 to “ {} ” ",
    ],
)
@pytest.mark.parametrize("length", [400, 40])
def test_a_reaction_to_our_own_text_is_not_the_patients_word(carriers, reaction, length):
    injection = by_text()
    ours = (
        f"{injection.location.name}: today, arrive 9:00 AM. Fever, new illness or new medicine? "
        "Call 555-010-0000 before you leave home. STOP to opt out."
    )

    text = write(reaction.format(ours[:length]))

    assert text.effect == "a reaction to one of our texts"
    assert not OptOut.objects.exists()
    assert not Task.objects.filter(kind=TaskKind.RED_FLAG).exists()


def test_words_of_a_telephone_that_nobody_told_us_are_read_and_opt_nobody_out():
    injection = by_text()

    ours = f"{injection.location.name}: Fever or new illness? Call us. STOP to opt out."

    text = write(f"Hat „{ours}“ mit „Gefällt mir“ markiert")

    assert Task.objects.get(injection=injection, kind=TaskKind.PATIENT_NOTE).detail == text.body
    assert not Task.objects.filter(kind=TaskKind.RED_FLAG).exists()
    assert not OptOut.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "“{}: see you” where do I park",
        "Please explain “{}: see you”",
        "My sister said “you have a fever, call them”",
        "You wrote “{}: call before you leave” but I can not reach you and I have a fever",
        "“{}: see you” I have a fever",
        "Liked “{}: today",
    ],
)
def test_what_a_patient_writes_around_a_quotation_is_read(body):
    injection = by_text()

    text = write(body.format(injection.location.name))

    assert before_a_person(text)


@pytest.mark.parametrize(
    ("keyword", "effect"),
    [("STOP", "opted out of texts"), ("HELP", "told whom to call")],
)
def test_what_the_carrier_has_understood_counts_whatever_the_words(keyword, effect):
    by_text()

    text = texts.receive(ReceivedText("SM-carrier", NUMBER, "ALTO", keyword=keyword), NOW)

    assert text.effect == effect
    assert OptOut.objects.exists() is (keyword == "STOP")


def test_a_picture_is_not_read_here_and_a_nurse_knows_there_was_one():
    injection = by_text()

    texts.receive(ReceivedText("SM-picture", NUMBER, "", pictures=1), NOW)

    task = Task.objects.get(injection=injection, kind=TaskKind.PATIENT_NOTE)
    assert task.detail == "(a picture, which is not kept)"
    assert answers(injection) == ["not_read_live"]
    assert Message.objects.filter(reply=True).count() == 1


@pytest.mark.parametrize("body", ["Please stop, he passed away", "STOP! This is my work number"])
def test_what_is_said_beside_an_opt_out_is_read(body):
    injection = by_text()

    text = write(body)

    assert text.effect == "opted out of texts; the other words, with a person"
    assert Task.objects.get(injection=injection, kind=TaskKind.PATIENT_NOTE).detail == body


@pytest.mark.parametrize("body", ["STOP", "please stop texting me", "Opt me out, thanks"])
def test_an_opt_out_that_says_no_more_asks_nobody_to_read_it(body):
    by_text()

    assert write(body).effect == "opted out of texts"
    assert not Task.objects.filter(kind=TaskKind.PATIENT_NOTE).exists()
