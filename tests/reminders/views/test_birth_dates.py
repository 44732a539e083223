"""Five wrong dates of birth a patient and day: who counts them, who is told, and what ends it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from reminders.messaging.planning import renewal
from reminders.models import LinkRenewal, WrongBirthDate
from scheduling import worklist
from scheduling.models import Access, Task, TaskKind
from scheduling.rules.procedure import Channel
from tests import world
from tests.pages import read
from tests.reminders.diaries import BIRTH, a_link, laid_out, opened

pytestmark = pytest.mark.django_db
WRONG = BIRTH | {"year": "1961"}
LATE = world.local("2026-03-10 23:50")
ASKED, SHUT, OPEN = 422, 429, 302


@pytest.fixture
def injection(noon):
    return laid_out(world.a_booking(), noon.at)


def several(injection, tokens: str) -> list[str]:
    """Links of one visit, each with a token of one letter."""
    return [a_link(injection, token=letter * 22) for letter in tokens]


def give(token: str, birth=WRONG, **headers: str) -> int:
    """What a browser that nobody knows is answered."""
    return Client().post(f"/p/{token}/open", birth, **headers).status_code


def lock(injection) -> str:
    """A link after five wrong dates of birth."""
    token = a_link(injection)
    assert [give(token) for _ in range(5)] == [ASKED] * 4 + [SHUT]
    return token


def a_new_link(injection, at) -> None:
    """Staff have spoken to the patient."""
    facts = {"channel": Channel.SMS, "slot": "", "why": "phoned", "by": world.a_user("desk")}
    number = renewal.following(injection)
    renewal.renew(injection=injection, number=number, at=at, **facts)


def calls() -> list[Task]:
    return list(Task.objects.filter(kind=TaskKind.LINK_LOCKED).order_by("pk"))


def test_twenty_eight_links_of_one_visit_allow_five_tries_together(injection):
    tokens = several(injection, "ABCDEFGHIJKLMNOPQRSTUVWXYZab")

    answers = [give(token) for token in tokens]

    assert answers == [ASKED] * 4 + [SHUT] * 24
    assert WrongBirthDate.objects.count() == 5
    assert give(tokens[-1], BIRTH) == SHUT


def test_links_of_two_visits_of_one_patient_are_counted_together(injection):
    patient, later = injection.patient, world.START + timedelta(days=30)
    other = world.a_booking(world.an_order(patient), start=later)
    first, second = a_link(injection), a_link(other, token="B" * 22)

    answers = [give(token) for token in (first, second, first, second, first, second)]

    assert answers == [ASKED] * 4 + [SHUT] * 2


def test_another_patient_is_not_locked(injection):
    lock(injection)

    other = a_link(world.a_booking(), token="B" * 22)

    assert give(other, BIRTH) == OPEN


def test_a_right_date_does_not_begin_the_count_anew(injection):
    token = a_link(injection)

    answers = [give(token, birth) for birth in (WRONG, WRONG, WRONG, WRONG, BIRTH, WRONG)]

    assert answers == [ASKED] * 4 + [OPEN, SHUT]


def test_the_page_of_a_locked_link_says_until_when_and_whom_to_call_and_nothing_else(injection):
    token = lock(injection)

    answer = Client().get(f"/p/{token}")

    page = read(answer)
    assert answer.status_code == SHUT
    assert answer["Cache-Control"] == "no-store, private"
    assert "It opens again tomorrow" in page
    assert injection.location.phone in answer.content.decode()
    assert "Month" not in page
    assert injection.patient.family_name not in page


def test_the_number_is_the_one_that_is_answered_at_this_hour(injection):
    shift = {"name": "Answering service", "phone": "+12025550181", "answers_patients": True}
    injection.location.on_call.create(**shift)
    token = lock(injection)

    page = read(Client().get(f"/p/{token}"))

    assert "202-555-0181" in page


def test_the_next_day_the_same_link_opens_by_itself(injection, noon):
    token = lock(injection)

    noon.at += timedelta(days=1)

    assert give(token) == ASKED
    assert give(token, BIRTH) == OPEN


def test_the_day_is_the_patients_own_and_ends_at_midnight(injection, noon):
    noon.at = LATE
    token = lock(injection)

    noon.at += timedelta(minutes=9)
    before = give(token, BIRTH)
    noon.at += timedelta(minutes=1)

    assert (before, give(token, BIRTH)) == (SHUT, OPEN)


def test_a_patient_elsewhere_waits_for_midnight_there(noon):
    far = world.a_patient(zone="America/Los_Angeles")
    token = lock(laid_out(world.a_booking(world.an_order(far)), noon.at))

    noon.at = world.local("2026-03-11 02:59")
    before = give(token, BIRTH)
    noon.at = world.local("2026-03-11 03:00")

    assert (before, give(token, BIRTH)) == (SHUT, OPEN)


def test_who_is_inside_stays_there_while_somebody_else_tries(injection):
    browser = opened(a_link(injection, token="B" * 22))

    lock(injection)

    assert browser.get(f"/p/{'B' * 22}").status_code == 200


def test_a_wrong_date_is_kept_with_patient_link_time_and_address_and_without_the_date(
    injection, noon
):
    token = a_link(injection)

    give(token, REMOTE_ADDR="203.0.113.9")

    (row,) = WrongBirthDate.objects.values()
    link = injection.links.get()
    assert row.pop("id")
    assert row == {
        "patient_id": injection.patient_id,
        "link_id": link.pk,
        "address": "203.0.113.9",
        "at": noon.at,
    }
    assert not Access.objects.exists()


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_what_was_tried_cannot_be_changed_or_removed(injection, deed):
    give(a_link(injection))
    rows = WrongBirthDate.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(address=None) if deed == "update" else rows._raw_delete(rows.db)


def test_a_lock_is_one_task_of_the_desk(injection):
    lock(injection)

    (task,) = calls()
    assert (task.queue, task.patient, task.injection) == ("desk", injection.patient, injection)
    assert "Tomorrow the links ask again" in task.detail


def test_a_lock_of_the_next_day_adds_no_task_while_one_is_open(injection, noon):
    token = lock(injection)

    noon.at += timedelta(days=1)
    for _ in range(5):
        give(token)

    assert len(calls()) == 1


def test_a_lock_after_the_call_is_another_task(injection, noon):
    token = lock(injection)
    worklist.finish(task=calls()[0], outcome="Phoned", by=world.a_user("desk"), at=noon.at)

    noon.at += timedelta(days=1)
    for _ in range(5):
        give(token)

    assert [bool(task.done_at) for task in calls()] == [True, False]


def test_a_new_link_lets_the_patient_try_again_today_through_every_link(injection, noon):
    lock(injection)
    check_in = a_link(injection, "P-1", token="B" * 22)

    a_new_link(injection, noon.at)

    assert give(check_in, BIRTH) == OPEN


def test_a_new_link_of_one_visit_settles_the_lock_of_another(injection, noon):
    lock(injection)
    later = world.START + timedelta(days=30)
    other = laid_out(world.a_booking(world.an_order(injection.patient), start=later), noon.at)

    a_new_link(other, noon.at)

    assert [task.outcome for task in calls()] == ["A new link was sent."]
    assert give("A" * 22, BIRTH) == OPEN


def test_after_a_new_link_five_wrong_ones_lock_again_and_call_again(injection, noon):
    lock(injection)
    a_new_link(injection, noon.at)
    check_in = a_link(injection, "P-1", token="B" * 22)

    noon.at += timedelta(minutes=1)
    answers = [give(check_in) for _ in range(6)]

    assert answers == [ASKED] * 4 + [SHUT] * 2
    assert [bool(task.done_at) for task in calls()] == [True, False]


def test_a_new_link_of_another_patient_lifts_nothing(injection, noon):
    token = lock(injection)

    a_new_link(laid_out(world.a_booking(), noon.at), noon.at)

    assert LinkRenewal.objects.exists()
    assert give(token, BIRTH) == SHUT
