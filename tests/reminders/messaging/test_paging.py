"""A warning sign pages whoever is on call, then the next, until somebody takes it."""

from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from reminders.messaging import rounds
from reminders.messaging.channels.base import DeliveryReceipt, Refused, Unavailable, Unknown
from reminders.messaging.paging import alerts, pages, words
from reminders.messaging.planning import outbox
from reminders.models import Alert, InboundText, Page, PageSays, PageState, TakenHow
from reminders.rules.plan.message_states import AttemptState
from reminders.rules.text import sms
from scheduling import bookings, orders, worklist
from scheduling.bookings import JointFacts
from scheduling.models import OnCallShift, Resource, ResourceKind, Task, TaskKind
from tests.reminders.messaging.test_inbound import by_text, write
from tests.world import (
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    a_location,
    a_user,
    completed,
    local,
)

pytestmark = pytest.mark.django_db
NUMBER, NURSE, DOCTOR = "+15550001111", "+15550200001", "+15550200002"
WORDS = "I can not feel my legs and it is numb between them"
SUNDAY_NIGHT = local("2026-03-22 22:00")
WAIT = timedelta(minutes=10)


@pytest.fixture
def injection(carriers):
    """Done on a Monday; a nurse is on call first, a physician next, another at the clinic."""
    found = completed(by_text())
    place = found.location
    shift(place, "Nurse on call", NURSE, 1)
    shift(place, "Dr. Second", DOCTOR, 2)
    last = a_user("physician", email="last@clinic.example")
    Resource.objects.create(location=place, kind=ResourceKind.PHYSICIAN, name="Last", user=last)
    return found


def shift(place, name, phone, turn, **fields):
    OnCallShift.objects.create(location=place, name=name, phone=phone, turn=turn, **fields)


def tick(carriers, now):
    rounds.tick(now, lambda: carriers.deliver(now))


def report_sign(at=SUNDAY_NIGHT):
    """The patient writes words of danger."""
    return write(WORDS, at=at, number=NUMBER)


def told(carriers):
    """The numbers and addresses that were paged, in order."""
    ours = set(Page.objects.values_list("reference", flat=True))
    both = [*carriers.sms.taken, *carriers.email.taken]
    return [each.address for each in both if each.reference in ours]


def test_whoever_is_on_call_is_paged_at_once(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)

    assert told(carriers) == [NURSE]
    page = Page.objects.get()
    assert (page.state, page.settled_at) == (PageState.SENT, SUNDAY_NIGHT)


def test_a_page_says_nothing_of_the_patient(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)

    text = next(each.body for each in carriers.sms.taken if each.address == NURSE)
    for secret in (injection.patient.family_name, injection.patient.mrn, "numb", "legs", NUMBER):
        assert secret not in text


def test_who_does_not_answer_is_followed_by_the_next_and_at_last_by_every_physician(
    carriers, injection
):
    report_sign()
    for minutes in (0, 9, 10, 19, 20, 40):
        tick(carriers, SUNDAY_NIGHT + timedelta(minutes=minutes))

    at = {page.address: page.queued_at - SUNDAY_NIGHT for page in Page.objects.all()}
    assert at == {NURSE: 0 * WAIT, DOCTOR: WAIT, "last@clinic.example": 2 * WAIT}
    assert Alert.objects.get().next_at is None  # nobody is left


def test_the_minutes_are_a_setting_of_the_location(carriers, injection):
    injection.location.policy = {"page_next_after_min": 3}
    injection.location.save()
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    tick(carriers, SUNDAY_NIGHT + timedelta(minutes=3))

    assert told(carriers) == [NURSE, DOCTOR]


def test_settings_that_cannot_be_read_hold_up_no_page(carriers, injection):
    type(injection.location).objects.update(policy={"page_next_after_min": "soon"})
    report_sign()
    tick(carriers, SUNDAY_NIGHT)

    assert NURSE in told(carriers)


def test_a_reply_with_the_code_takes_it_and_the_others_hear_of_it(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    tick(carriers, SUNDAY_NIGHT + WAIT)
    code, later = Alert.objects.get().code, SUNDAY_NIGHT + WAIT + timedelta(minutes=4)

    text = write(f"ok {code}", at=later, number=DOCTOR)
    tick(carriers, later)

    alert = Alert.objects.get()
    assert (alert.taken_name, alert.taken_at, alert.taken_how) == (
        "Dr. Second",
        later,
        TakenHow.REPLY,
    )
    assert text.effect == "took the warning sign that it was paged about"
    assert "taken by Dr. Second" in carriers.sms.taken[-1].body
    tick(carriers, later + 5 * WAIT)
    assert "last@clinic.example" not in told(carriers)


def test_the_first_who_answers_has_it(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    tick(carriers, SUNDAY_NIGHT + WAIT)
    code = Alert.objects.get().code

    write(code, at=SUNDAY_NIGHT + WAIT, number=DOCTOR)
    second = write(code, at=SUNDAY_NIGHT + WAIT, number=NURSE)

    assert Alert.objects.get().taken_name == "Dr. Second"
    assert second.effect == "an answer to a page that somebody had taken"


@pytest.mark.parametrize("body", ["ok", "12345 is not it", "0000", "what is it?"])
def test_a_reply_without_the_code_takes_nothing_and_is_not_lost(carriers, injection, body):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)

    write(body, at=SUNDAY_NIGHT, number=NURSE)

    assert Alert.objects.get().taken_at is None
    assert Task.objects.filter(kind=TaskKind.UNKNOWN_SENDER, detail__contains=body).exists()


def test_a_code_from_a_telephone_that_was_not_paged_takes_nothing(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)

    write(Alert.objects.get().code, at=SUNDAY_NIGHT, number=NUMBER)

    assert Alert.objects.get().taken_at is None


def test_a_telephone_that_cannot_be_reached_pages_the_next_at_once(carriers, injection):
    carriers.sms.answers.append(Refused("no such number"))
    report_sign()
    for seconds in (0, 2, 4):
        tick(carriers, SUNDAY_NIGHT + timedelta(seconds=seconds))

    assert Page.objects.get(address=NURSE).state is PageState.FAILED
    assert DOCTOR in told(carriers)


@pytest.mark.parametrize("trouble", [Unavailable("away"), Unknown("lost"), RuntimeError("a bug")])
def test_a_carrier_in_trouble_is_asked_again(carriers, injection, trouble):
    carriers.sms.answers.append(trouble)
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    tick(carriers, SUNDAY_NIGHT + pages.PAUSE)

    assert Page.objects.get(address=NURSE).state is PageState.SENT


def test_a_carrier_that_stays_away_fails_in_the_end_and_the_next_is_paged(carriers, injection):
    OnCallShift.objects.filter(phone=DOCTOR).update(phone="", email="doctor@clinic.example")
    carriers.sms.answers.extend([Unavailable("away")] * 20)
    report_sign()
    for tries in range(pages.MOST_ATTEMPTS + 1):
        tick(carriers, SUNDAY_NIGHT + tries * pages.PAUSE)

    assert Page.objects.get(address=NURSE).state is PageState.FAILED
    assert "doctor@clinic.example" in told(carriers)


def test_a_page_in_the_hands_of_a_worker_is_left_alone_and_sent_again_when_it_died(
    carriers, injection
):
    report_sign()
    alerts.attend(SUNDAY_NIGHT)
    (page,) = pages._claim(SUNDAY_NIGHT)  # and the worker is gone
    carriers.deliver(SUNDAY_NIGHT)
    assert NURSE not in told(carriers)

    Page.objects.filter(pk=page.pk).update(lease_until=Now() - timedelta(seconds=1))
    carriers.deliver(SUNDAY_NIGHT)

    assert told(carriers) == [NURSE]
    page.refresh_from_db()
    assert (page.state, page.attempts_made) == (PageState.SENT, 2)


def test_what_the_carrier_says_later_is_kept(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    page = Page.objects.get()
    receipt = DeliveryReceipt(page.reference, "SM1", "delivered", AttemptState.DELIVERED)

    assert pages.receive(receipt, SUNDAY_NIGHT + timedelta(seconds=9))

    page.refresh_from_db()
    assert (page.state, page.settled_at) == (
        PageState.DELIVERED,
        SUNDAY_NIGHT + timedelta(seconds=9),
    )


def test_a_page_the_carrier_could_not_deliver_pages_the_next_at_once(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    page, later = Page.objects.get(), SUNDAY_NIGHT + timedelta(minutes=1)
    receipt = DeliveryReceipt(
        page.reference, "SM1", "undelivered", AttemptState.UNDELIVERED, "30003"
    )

    pages.receive(receipt, later)
    tick(carriers, later)

    assert told(carriers) == [NURSE, DOCTOR]


def test_a_task_that_is_done_pages_nobody_more(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    nurse = a_user("nurse")
    worklist.finish(
        task=Task.objects.get(kind=TaskKind.RED_FLAG), outcome="phoned", by=nurse, at=SUNDAY_NIGHT
    )
    tick(carriers, SUNDAY_NIGHT + 2 * WAIT)

    alert = Alert.objects.get()
    assert (alert.taken_by, alert.taken_how) == (nurse, TakenHow.FINISHED)
    assert DOCTOR not in told(carriers)


def test_who_gives_it_back_is_followed_by_the_next(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    alert = Alert.objects.get()
    alerts.take(alert=alert, name="N", by=None, how=TakenHow.SIGNED_IN, at=SUNDAY_NIGHT)
    with pytest.raises(ValidationError, match="N has taken this"):
        alerts.take(alert=alert, name="M", by=None, how=TakenHow.SIGNED_IN, at=SUNDAY_NIGHT)

    alerts.give_back(alert=alert, at=SUNDAY_NIGHT)
    tick(carriers, SUNDAY_NIGHT)

    assert DOCTOR in told(carriers)


def test_whoever_takes_it_after_it_was_given_back_is_told_to_the_others_too(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    alert = Alert.objects.get()
    for name in ("First", "Second"):
        alerts.take(alert=alert, name=name, by=None, how=TakenHow.SIGNED_IN, at=SUNDAY_NIGHT)
        tick(carriers, SUNDAY_NIGHT)
        alerts.give_back(alert=alert, at=SUNDAY_NIGHT)

    heard = [each.body for each in carriers.sms.taken if each.address == NURSE]
    assert ["taken by First" in heard[-2], "taken by Second" in heard[-1]] == [True, True]


def test_every_way_to_a_red_flag_pages(carriers, injection):
    """The alert follows the task, whoever opened it: a text, a stranger, a step of the plan."""
    write("my chest hurts", at=SUNDAY_NIGHT, number="+15559998888")
    report_sign()
    Task.objects.create(
        kind=TaskKind.PLANNED,
        injection=injection,
        step="red_flag",
        queue="physician",
        title="Warning sign before the visit",
        urgent=True,
        page=True,
        opened_at=SUNDAY_NIGHT,
        due_at=SUNDAY_NIGHT,
    )
    tick(carriers, SUNDAY_NIGHT)

    assert Alert.objects.count() == 3
    assert told(carriers).count(NURSE) == 3


def test_a_strangers_warning_sign_pages_the_first_on_call_of_every_location(carriers, injection):
    shift(a_location(), "Nurse elsewhere", "+15550200009", 1)
    write("my chest hurts", at=SUNDAY_NIGHT, number="+15559998888")
    tick(carriers, SUNDAY_NIGHT)

    assert set(told(carriers)) == {NURSE, "+15550200009"}


def test_urgent_work_that_is_no_warning_sign_pages_nobody(carriers):
    injection = a_booking()
    bookings.arrive(injection=injection, by=None, at=START)
    bookings.take_baseline(
        injection=injection, joints=[JointFacts(injection.side, 1, START)], by=None, at=START
    )
    outbox.reconcile([injection.pk], START)
    tick(carriers, START)

    assert Task.objects.filter(step="baseline_low", urgent=True).exists()
    assert not Alert.objects.exists()


def test_a_warning_sign_that_staff_record_before_the_injection_pages(carriers):
    injection = a_booking()
    orders.amend(
        order=injection.order,
        why="told at the desk",
        by=a_user("nurse"),
        at=NOW,
        screening=NOTHING_TO_REPORT | {"red_flag": "yes"},
    )
    tick(carriers, NOW)

    assert Alert.objects.get().task.step == "SF-20"


def test_nobody_is_paged_about_a_numb_leg_within_its_hours(carriers, injection):
    write("my leg is numb", at=injection.t0 + timedelta(hours=2), number=NUMBER)
    tick(carriers, injection.t0 + timedelta(hours=2))

    assert not Alert.objects.exists()


def test_trouble_with_one_alert_keeps_no_other_waiting(carriers, injection, monkeypatch):
    report_sign()
    write("my chest hurts", at=SUNDAY_NIGHT, number="+15559998888")
    alerts.attend(SUNDAY_NIGHT - WAIT)  # opened; nobody is due yet
    Alert.objects.update(next_at=SUNDAY_NIGHT)
    Page.objects.all().delete()
    turn, first = alerts._next_turn, Alert.objects.order_by("pk").first()

    def broken(alert, *args):
        if alert.pk == first.pk:
            raise RuntimeError("a bug")
        return turn(alert, *args)

    monkeypatch.setattr(alerts, "_next_turn", broken)
    tick(carriers, SUNDAY_NIGHT)

    assert Page.objects.exclude(alert=first).exists()


@pytest.mark.parametrize("part", ["_open", "_end_finished", "_page_next"])
def test_an_error_in_paging_holds_up_no_patients_message(carriers, injection, monkeypatch, part):
    def broken(now):
        raise RuntimeError("a bug")

    broken.__name__ = part
    monkeypatch.setattr(alerts, part, broken)
    injection = a_booking()
    tick(carriers, NOW)

    assert injection.messages.filter(state="sent").exists()


def test_a_text_to_staff_fits_one_part_with_the_longest_values(carriers, injection, settings):
    settings.SITE_URL = "https://go.example.org"
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    page = Page.objects.select_related("alert").get()
    page.alert.pk, page.alert.taken_name = 12_345_678, "x" * 90

    for says in PageSays:
        page.says = says
        assert sms.fits(sms.normalise(words.text(page, "Lakeside Care Team")))


def test_the_safety_text_names_the_number_that_is_answered_at_that_hour(carriers, injection):
    by_night = {"weekdays": list(range(7)), "starts": time(18), "ends": time(7)}
    shift(
        injection.location,
        "Answering service",
        "+12025550199",
        3,
        answers_patients=True,
        **by_night,
    )
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    write("where do i park", at=SUNDAY_NIGHT + timedelta(hours=12), number=NUMBER)
    tick(carriers, SUNDAY_NIGHT + timedelta(hours=12))

    night, noon = [each.body for each in carriers.sms.taken if each.address == NUMBER]
    assert "202-555-0199" in night
    assert "202-555-0199" not in noon
    assert "day or night" not in night + noon


def test_what_staff_write_is_kept_once(carriers, injection):
    report_sign()
    tick(carriers, SUNDAY_NIGHT)
    code = Alert.objects.get().code

    for _ in range(2):
        write(code, at=SUNDAY_NIGHT, number=NURSE, sid="SM-of-the-nurse")

    assert InboundText.objects.filter(sender=NURSE).count() == 1
