"""What patients write is heard once, understood by its word, and answered."""

from datetime import timedelta
from itertools import count

import pytest

from reminders.messaging.channels.base import ReceivedText, Unavailable
from reminders.messaging.content import links
from reminders.messaging.inbound import texts
from reminders.messaging.planning import outbox
from reminders.models import InboundText, Link, Message, Reading
from reminders.rules.text.replies import Meaning
from scheduling import bookings, people
from scheduling.bookings.reservations import reserved
from scheduling.models import ContactPoint, OptOut, Task, TaskKind
from scheduling.rules.procedure import Channel, Side
from tests.reminders.fake_carriers import states
from tests.world import NOW, START, a_booking, a_patient, an_order, completed, local

pytestmark = pytest.mark.django_db
CONFIRM_AT = local("2026-03-13 10:00")
SERIAL = count(1)


def by_text(number="+15550001111", **fields):
    injection = a_booking(an_order(a_patient(email=None, mobile=number)), **fields)
    ContactPoint.objects.update(first_text_at=NOW)
    return injection


def write(body, at=NOW, number="+15550001111", sid=None):
    return texts.receive(ReceivedText(sid or f"SM{next(SERIAL)}", number, body), at)


def answers(injection=None) -> list[str]:
    rows = Message.objects.filter(reply=True).order_by("pk")
    return list(
        (rows.filter(injection=injection) if injection else rows).values_list("sms_key", flat=True)
    )


@pytest.mark.parametrize(
    "body",
    [
        *("STOP", "stop", " Stop. ", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE"),
        *(
            "OPTOUT",
            "OPT-OUT",
            "opt out",
            "REMOVE",
            "ARRET",
            "TD",
            "STOP PLEASE",
            "stop texting me",
        ),
    ],
)
def test_every_word_of_stopping_ends_texts_at_once(carriers, body):
    injection = by_text()
    outbox.reconcile([injection.pk], NOW)

    write(body)
    carriers.deliver(NOW)

    assert [key.text_key for key in _attempts()] == ["opted_out"]
    assert OptOut.objects.filter(value="+15550001111", lifted_at=None).count() == 1
    assert Task.objects.filter(kind=TaskKind.OPTED_OUT, injection=injection).exists()


def test_a_number_that_stopped_already_asks_for_no_second_call(carriers):
    by_text()

    write("STOP")
    write("Stop")

    assert Task.objects.filter(kind=TaskKind.OPTED_OUT).count() == 1


def _attempts():
    from reminders.models import Attempt

    return Attempt.objects.order_by("pk")


def test_stop_is_acknowledged_once(carriers):
    by_text()

    write("STOP")
    write("STOP")

    assert answers() == ["opted_out"]


def test_cancel_may_mean_the_visit_so_a_person_phones_at_once(carriers):
    injection = by_text()

    write("CANCEL")

    task = Task.objects.get(kind=TaskKind.OPTED_OUT)
    assert task.urgent
    assert "may mean the injection" in task.title
    injection.refresh_from_db()
    assert injection.state == "booked"


def test_start_lifts_the_silence(carriers):
    by_text()
    write("STOP")

    write("START")

    assert not OptOut.objects.filter(lifted_at=None).exists()
    assert answers()[-1] == "opt_in"


def test_help_names_whom_to_call(carriers):
    injection = by_text()

    write("HELP")
    carriers.deliver(NOW)

    assert "Help: 555-010-0000" in carriers.sms.texts[0]
    assert injection.pk


def test_c_confirms_the_visit_that_was_asked_about(carriers):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)

    write("C", at=CONFIRM_AT + timedelta(minutes=1))

    injection.refresh_from_db()
    assert injection.confirmed_how == "text"
    assert answers() == ["confirmed"]


def test_c_to_a_text_that_only_links_confirms_no_time(carriers, settings):
    settings.SITE_URL = "https://messages.a-very-long-name-of-a-clinic.example.org"
    links._prefix.cache_clear()
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)
    links._prefix.cache_clear()
    assert "you have a message" in carriers.sms.texts[-1]

    write("C", at=CONFIRM_AT + timedelta(minutes=1))

    injection.refresh_from_db()
    assert injection.confirmed_at is None


def test_c_for_two_patients_on_one_number_is_asked_by_link(carriers):
    one, other = by_text(), by_text(start=START + timedelta(hours=1))
    carriers.work(one, CONFIRM_AT)
    carriers.work(other, CONFIRM_AT)

    write("C", at=CONFIRM_AT + timedelta(minutes=1))

    one.refresh_from_db()
    other.refresh_from_db()
    assert one.confirmed_at is other.confirmed_at is None
    assert answers(one) == answers(other) == ["link_only"]


def test_c_without_a_question_confirms_nothing(carriers):
    injection = by_text()

    write("C")

    injection.refresh_from_db()
    assert injection.confirmed_at is None
    assert answers() == ["not_read_live"]


def test_c_said_twice_is_thanked_for_again(carriers):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)
    write("C", at=CONFIRM_AT + timedelta(minutes=1))

    write("C", at=CONFIRM_AT + timedelta(minutes=2))

    assert answers() == ["confirmed", "confirmed"]


def test_r_asks_a_person_to_call(carriers):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)

    write("R", at=CONFIRM_AT + timedelta(minutes=1))

    task = Task.objects.get(kind=TaskKind.CHANGE_WANTED)
    assert task.injection == injection
    assert "555-000-1111" in task.detail
    assert answers() == ["change_wanted"]


def test_a_number_answers_the_open_check_in(carriers):
    injection = completed(by_text())
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=2, minutes=1),
        timedelta(minutes=15),
    )

    write("4", at=injection.t0 + timedelta(hours=2, minutes=3))

    reading = Reading.objects.get(injection=injection)
    assert (reading.score, reading.survey.slot, reading.channel) == (4, "H2", "sms")
    assert answers() == ["score_saved"]


def test_the_acknowledgement_names_the_next_check_in(carriers):
    injection = completed(by_text())
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=2, minutes=1),
        timedelta(minutes=15),
    )
    at = injection.t0 + timedelta(hours=2, minutes=3)

    write("4", at=at)
    carriers.deliver(at)

    assert "saved. Next check-in at 12:20 PM" in carriers.sms.texts[-1]


def test_both_sides_cannot_be_answered_with_one_number(carriers):
    order = an_order(a_patient(email=None, mobile="+15550001111"), side=Side.BILATERAL)
    injection = completed(a_booking(order))
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=2, minutes=1),
        timedelta(minutes=15),
    )

    write("4", at=injection.t0 + timedelta(hours=2, minutes=3))

    assert not Reading.objects.exists()
    assert answers() == ["check_in_link"]


def test_a_number_without_an_open_diary_is_no_score(carriers):
    by_text()

    write("7")

    assert not Reading.objects.exists()
    assert answers() == ["not_read_live"]


@pytest.mark.parametrize("body", ["11", "-1", "7 or 8", "4.5"])
def test_an_unclear_number_is_asked_for_again(carriers, body):
    injection = completed(by_text())
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=2, minutes=1),
        timedelta(minutes=30),
    )

    write(body, at=injection.t0 + timedelta(hours=2, minutes=3))

    assert not Reading.objects.exists()
    assert answers() == ["not_understood"]


def test_a_word_of_danger_reaches_a_nurse_at_once(carriers):
    injection = by_text()

    write("I have a fever and chills")

    task = Task.objects.get(kind=TaskKind.RED_FLAG, injection=injection)
    assert task.urgent
    assert answers() == ["not_read_live"]


def test_danger_from_an_unknown_number_reaches_a_nurse_too(carriers):
    write("can not breathe", number="+15559990000")

    task = Task.objects.get(kind=TaskKind.RED_FLAG)
    assert (task.urgent, task.queue, task.injection) == (True, "nurse", None)
    assert "555-999-0000" in task.detail


def test_any_other_words_are_left_to_a_nurse(carriers):
    injection = by_text()

    write("May I bring my dog?")

    assert Task.objects.filter(kind=TaskKind.PATIENT_NOTE, injection=injection).exists()
    assert answers() == ["not_read_live"]


def test_the_same_text_told_twice_is_heard_once(carriers):
    by_text()

    write("HELP", sid="SM-same")
    write("HELP", sid="SM-same")

    assert InboundText.objects.count() == 1
    assert answers() == ["help"]


def test_an_answering_machine_is_not_answered_for_ever(carriers):
    by_text()

    for _ in range(12):
        write("I am away from my desk")

    assert len(answers()) == 6


def test_stopping_in_the_middle_of_a_diary_ends_it(carriers):
    injection = completed(by_text())
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=2, minutes=1),
        timedelta(minutes=15),
    )
    told = len(carriers.sms.taken)

    at = injection.t0 + timedelta(hours=2, minutes=3)
    write("STOP", at=at)
    carriers.until(injection, at, at + timedelta(hours=7), timedelta(minutes=30))

    assert len(carriers.sms.taken) == told + 1
    assert "opted out" in carriers.sms.texts[-1]
    assert "queued" not in {state for key, state in states(injection).items() if key[0] == "diary"}


def test_silence_asks_nobody_to_phone_about_what_was_said_already(carriers):
    injection = by_text()
    carriers.work(injection, NOW)

    write("STOP", at=NOW + timedelta(minutes=1))
    carriers.work(injection, NOW + timedelta(minutes=2))

    assert states(injection)["booked", "sms"] == "sent"
    assert not Task.objects.filter(step="booked").exists()


@pytest.mark.parametrize("body", ["Yes", "START"])
def test_a_yes_without_a_silence_to_lift_is_left_to_a_person(carriers, body):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)

    write(body, at=CONFIRM_AT + timedelta(minutes=5))

    assert answers() == ["not_read_live"]
    assert Task.objects.filter(kind=TaskKind.PATIENT_NOTE, injection=injection).exists()


def test_words_from_a_number_nobody_knows_reach_a_person(carriers):
    write("My mother cannot come on Monday", number="+15550009999")

    task = Task.objects.get()
    assert "555-000-9999" in task.detail
    assert answers() == []


def test_a_c_from_before_a_move_does_not_confirm_a_time_nobody_was_told(carriers):
    injection = by_text()
    carriers.work(injection, NOW)
    later = injection.start + timedelta(days=1)
    resources = reserved(injection)
    bookings.move(injection=injection, start=later, resources=resources, by=None, at=NOW)

    write("C", at=NOW + timedelta(seconds=1))

    injection.refresh_from_db()
    assert injection.confirmed_at is None


def test_a_c_confirms_the_new_time_once_it_was_told(carriers):
    injection = by_text()
    carriers.work(injection, NOW)
    later = injection.start + timedelta(days=1)
    resources = reserved(injection)
    bookings.move(injection=injection, start=later, resources=resources, by=None, at=NOW)
    carriers.work(injection, NOW + timedelta(minutes=1))

    write("C", at=NOW + timedelta(minutes=2))

    injection.refresh_from_db()
    assert injection.confirmed_how == "text"


def test_an_error_of_ours_loses_neither_the_text_nor_its_meaning(carriers, monkeypatch):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)

    def broken(heard):
        raise RuntimeError("a bug")

    monkeypatch.setitem(texts.ACTIONS, Meaning.CONFIRM, broken)
    text = write("C", at=CONFIRM_AT + timedelta(minutes=5))

    assert InboundText.objects.filter(pk=text.pk, effect="left to a person").exists()
    assert Task.objects.filter(injection=injection, kind=TaskKind.PATIENT_NOTE).exists()


def test_a_number_of_the_next_morning_asks_by_link_about_the_last_check_in(carriers):
    injection = completed(by_text())
    carriers.until(
        injection,
        injection.t0 + timedelta(minutes=31),
        injection.t0 + timedelta(hours=8, minutes=1),
        timedelta(minutes=15),
    )

    morning = local("2026-03-17 09:00")
    write("3", at=morning)
    carriers.deliver(morning)

    assert not Reading.objects.exists()
    assert answers() == ["check_in_link"]
    assert Link.objects.latest("pk").slot == "H8"


def open_links(injection) -> int:
    return Link.objects.filter(injection=injection, revoked_at=None).count()


def test_a_wrong_number_ends_texts_and_every_link_that_was_sent_there(carriers):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)
    before = open_links(injection)

    write("Wrong number", at=CONFIRM_AT + timedelta(minutes=5))

    assert (before > 0, open_links(injection)) == (True, 0)
    assert OptOut.objects.filter(value="+15550001111", source="wrong number").exists()
    assert Task.objects.filter(kind=TaskKind.WRONG_NUMBER, injection=injection).exists()


def test_a_wrong_number_leaves_the_links_in_the_patients_e_mails_open(carriers):
    injection = a_booking(an_order(a_patient(mobile="+15550001111")))
    carriers.work(injection, NOW, CONFIRM_AT)
    mailed = Link.objects.filter(message__attempts__channel="email").count()

    write("Wrong number", at=CONFIRM_AT + timedelta(minutes=5))

    assert open_links(injection) == mailed > 0


def test_another_number_ends_the_links_that_were_sent_to_the_old_one(carriers):
    injection = by_text()
    carriers.work(injection, CONFIRM_AT)
    before = open_links(injection)
    at = CONFIRM_AT + timedelta(minutes=5)

    new = {"channel": Channel.SMS, "value": "+15550002222"}
    people.reach(patient=injection.patient, **new, by=None, at=at)
    outbox.reconcile([injection.pk], at)

    assert (before > 0, open_links(injection)) == (True, 0)


def test_a_link_that_never_arrived_at_the_old_number_stays_good_for_the_new_one(carriers):
    injection = by_text()
    carriers.sms.answers.extend([Unavailable("down")] * 20)
    carriers.work(injection, CONFIRM_AT)
    before = open_links(injection)
    at = CONFIRM_AT + timedelta(minutes=5)

    new = {"channel": Channel.SMS, "value": "+15550002222"}
    people.reach(patient=injection.patient, **new, by=None, at=at)
    outbox.reconcile([injection.pk], at)

    assert open_links(injection) == before > 0


def test_the_links_of_another_patient_on_the_number_stay_open_when_one_changes_it(carriers):
    one, other = by_text(), by_text(start=START + timedelta(hours=1))
    carriers.work(one, CONFIRM_AT)
    carriers.work(other, CONFIRM_AT)
    at = CONFIRM_AT + timedelta(minutes=5)

    new = {"channel": Channel.SMS, "value": "+15550002222"}
    people.reach(patient=one.patient, **new, by=None, at=at)
    outbox.reconcile([one.pk, other.pk], at)

    assert open_links(one) == 0
    assert open_links(other) > 0


def test_start_brings_back_what_the_silence_had_cancelled(carriers):
    injection = by_text()
    carriers.work(injection, NOW)
    write("STOP", at=NOW + timedelta(minutes=1))
    carriers.work(injection, NOW + timedelta(minutes=2))
    silent = states(injection)["day_before", "sms"]

    write("START", at=NOW + timedelta(minutes=3))
    outbox.reconcile([injection.pk], NOW + timedelta(minutes=4))

    assert silent == "cancelled"
    assert states(injection)["day_before", "sms"] == "queued"


def test_one_stop_silences_everybody_on_the_number_and_asks_to_phone_each(carriers):
    one, other = by_text(), by_text(start=START + timedelta(hours=1))
    outbox.reconcile([one.pk, other.pk], NOW)

    write("STOP", at=NOW + timedelta(minutes=1))
    outbox.reconcile([one.pk, other.pk], NOW + timedelta(minutes=2))

    asked = Task.objects.filter(kind=TaskKind.OPTED_OUT).values_list("injection", flat=True)
    assert not Message.objects.filter(state="queued", reply=False).exists()
    assert set(asked) == {one.pk, other.pk}


def test_two_open_diaries_of_one_patient_are_told_apart_by_link(carriers):
    patient = a_patient(email=None, mobile="+15550001111")
    first = a_booking(an_order(patient))
    second = a_booking(an_order(patient, side=Side.RIGHT), start=START + timedelta(hours=2))
    ContactPoint.objects.update(first_text_at=NOW)
    for injection in (first, second):
        completed(injection)
        carriers.work(injection, injection.t0 + timedelta(hours=2, minutes=1))

    write("4", at=second.t0 + timedelta(hours=2, minutes=2))

    assert not Reading.objects.exists()
    assert answers(first) == answers(second) == ["check_in_link"]
