"""The patient's link: who gets in, for how long, and what looking may change."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.test import Client

from reminders.models import LinkPurpose, WrongBirthDate
from scheduling import bookings, orders, worklist
from scheduling.models import Access, Injection, Task, TaskKind
from scheduling.rules.procedure import HoldDecision, Sedation
from tests import world
from tests.pages import read
from tests.reminders.diaries import BIRTH, a_diary, a_link, at, laid_out, opened

pytestmark = pytest.mark.django_db
WRONG = BIRTH | {"year": "1961"}


@pytest.fixture
def token(noon):
    return a_link(laid_out(world.a_booking(), noon.at))


def rows() -> dict[str, int]:
    """How many rows every table has; sessions and views are the browser's and the audit's."""
    kept = {"sessions.Session", "scheduling.Access"}
    tables = [model for model in apps.get_models() if model._meta.label not in kept]
    return {model._meta.label: model.objects.count() for model in tables}


def test_the_birth_date_is_asked_before_anything_is_shown(token):
    page = Client().get(f"/p/{token}")

    patient = Injection.objects.get().patient
    assert page.status_code == 200
    assert b"date of birth" in page.content
    assert patient.given_name.encode() not in page.content
    assert b"sacroiliac" not in page.content.lower()


def test_the_right_birth_date_shows_the_plan_with_clock_times(token):
    page = opened(token).get(f"/p/{token}").content.decode()

    assert "Monday, March 16, 2026 at 9:00 AM" in page
    assert "come at <b>8:30 AM</b>" in page
    assert "From 1:00 AM" in page
    assert "1 Main Street" in page


@pytest.mark.parametrize("birth", [WRONG, BIRTH | {"day": "13"}])
def test_a_wrong_birth_date_is_refused_without_saying_what_is_wrong(token, birth):
    page = Client().post(f"/p/{token}/open", birth)

    assert page.status_code == 422
    assert b"does not match" in page.content


@pytest.mark.parametrize(
    ("birth", "sentence"),
    [
        ({}, "Enter the month."),
        (BIRTH | {"day": ""}, "Enter the day."),
        (BIRTH | {"month": "13"}, "12"),
        (BIRTH | {"year": "sixty"}, "Enter the year as a number."),
        (BIRTH | {"month": "2", "day": "30"}, "There is no such date."),
        (BIRTH | {"year": "99999999999999999999"}, "2200"),
    ],
)
def test_an_impossible_birth_date_gets_a_sentence_and_costs_no_try(token, birth, sentence):
    page = Client().post(f"/p/{token}/open", birth)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not WrongBirthDate.objects.exists()


def test_unknown_expired_and_revoked_links_answer_alike(token, noon):
    injection = Injection.objects.get()
    a_link(injection, token="B" * 22, expires_at=noon.at)
    a_link(injection, token="C" * 22, revoked_at=noon.at)

    pages = [Client().get(f"/p/{each * 22}") for each in "BCE"]
    pages += [Client().post(f"/p/{each * 22}/open", BIRTH) for each in "BCE"]
    pages += [Client().get(f"/p/{'E' * 22}/check-in"), Client().post(f"/p/{'E' * 22}/confirm")]

    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert b"555-010-0000" in pages[0].content


@pytest.mark.parametrize("path", ["", "/visit.ics", "/check-in", "/check-in/H2"])
def test_a_get_changes_nothing_but_the_audit(token, path):
    browser = opened(token)
    before = rows()

    browser.get(f"/p/{token}{path}")
    Client().get(f"/p/{token}{path}")

    assert rows() == before


@pytest.mark.parametrize("verb", ["open", "confirm", "change", "driver"])
def test_what_changes_something_is_no_get(token, verb):
    assert opened(token).get(f"/p/{token}/{verb}").status_code == 405


@pytest.mark.parametrize("verb", ["confirm", "change", "driver", "check-in/H2"])
def test_nothing_is_done_before_the_birth_date(token, verb):
    before = rows()

    answer = Client().post(f"/p/{token}/{verb}", {"name": "A", "phone": "+15550100222"})

    assert answer.status_code == 302
    assert answer["Location"] == f"/p/{token}"
    assert rows() == before


def test_the_door_closes_after_a_quarter_of_an_hour(token, noon):
    browser = opened(token)
    noon.at += timedelta(minutes=14)
    assert b"Main Street" in browser.get(f"/p/{token}").content

    noon.at += timedelta(minutes=1)

    assert b"Main Street" not in browser.get(f"/p/{token}").content


def test_what_was_sent_after_the_door_closed_is_said_to_be_unsaved(token, noon):
    browser = opened(token)
    noon.at += timedelta(minutes=16)

    page = browser.post(f"/p/{token}/change", {"wish": "any afternoon"}, follow=True)

    assert "nothing was saved" in page.content.decode()
    assert not Task.objects.filter(kind=TaskKind.CHANGE_WANTED).exists()


def test_one_patients_birth_date_does_not_open_anothers_link(token, noon):
    other = laid_out(world.a_booking(start=world.START + timedelta(days=1)), noon.at)
    foreign = a_link(other, token="F" * 22)

    page = opened(token).get(f"/p/{foreign}")

    assert b"date of birth" in page.content
    assert other.patient.given_name.encode() not in page.content


def test_two_open_links_in_one_browser_show_each_its_own_patient(token, noon):
    patient = world.a_patient(given_name="Second", birth_date=world.date(1971, 5, 2))
    order = world.an_order(patient)
    foreign = a_link(laid_out(world.a_booking(order), noon.at), token="F" * 22)
    browser = opened(token)
    browser.post(f"/p/{foreign}/open", {"month": "5", "day": "2", "year": "1971"})

    assert b"Hello Second" in browser.get(f"/p/{foreign}").content
    assert b"Hello Given" in browser.get(f"/p/{token}").content


def test_every_page_is_kept_out_of_caches_and_indexes(token):
    pages = [Client().get(f"/p/{token}"), opened(token).get(f"/p/{token}"), Client().get("/p/x")]
    for page in pages:
        assert "no-store" in page["Cache-Control"]
        assert "noindex" in page["X-Robots-Tag"]
        assert page["Referrer-Policy"] == "same-origin"
        assert "script-src 'self'" in page["Content-Security-Policy"]


def test_confirming_is_a_button_that_may_be_pressed_twice(token):
    browser = opened(token)

    browser.post(f"/p/{token}/confirm")
    page = browser.post(f"/p/{token}/confirm", follow=True)

    injection = Injection.objects.get()
    assert injection.confirmed_how == "link"
    assert b"You have confirmed" in page.content


def test_a_visit_that_is_over_asks_nobody_to_prepare(token, noon):
    noon.at = Injection.objects.get().end + timedelta(hours=1)

    page = opened(token).get(f"/p/{token}").content.decode()

    assert "Your visit was on" in page
    assert "If you are sick" not in page


def test_asking_for_another_time_opens_a_task_and_moves_nothing(token):
    page = opened(token).post(f"/p/{token}/change", {"wish": "any afternoon"}, follow=True)

    task = Task.objects.get(kind=TaskKind.CHANGE_WANTED)
    assert (task.detail, task.queue) == ("any afternoon", "desk")
    assert Injection.objects.get().start == world.START
    assert b"Our staff will call you" in page.content


def test_every_new_wish_reaches_the_desk_and_the_same_one_once(token):
    patient = opened(token)

    for wish in ("any afternoon", "any afternoon", "not before noon"):
        patient.post(f"/p/{token}/change", {"wish": wish})

    wishes = Task.objects.filter(kind=TaskKind.CHANGE_WANTED).values_list("detail", flat=True)
    assert sorted(wishes) == ["any afternoon", "not before noon"]


def test_a_driver_is_named_with_a_telephone(noon):
    token = a_link(laid_out(world.a_booking(sedation=Sedation.MODERATE_IV), noon.at))
    browser = opened(token)

    refused = browser.post(f"/p/{token}/driver", {"name": "", "phone": "12"})
    taken = browser.post(f"/p/{token}/driver", {"name": "A Friend", "phone": "(555) 010-0222"})

    assert refused.status_code == 422
    assert b"Enter the name of your driver." in refused.content
    assert b"telephone number" in refused.content
    assert taken.status_code == 302
    assert Injection.objects.get().driver_name == "A Friend"


def test_a_cancelled_visit_says_so_and_can_not_be_confirmed(token, noon):
    bookings.cancel(injection=Injection.objects.get(), why="clinic closed", by=None, at=noon.at)

    page = opened(token).post(f"/p/{token}/confirm", follow=True).content.decode()

    assert "Your visit is cancelled" in page
    assert "can not be changed here" in page


def test_the_calendar_entry_says_when_and_where_and_not_why(token):
    entry = opened(token).get(f"/p/{token}/visit.ics")

    text = entry.content.decode()
    assert entry["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART;TZID=America/New_York:20260316T090000" in text
    assert "njection" not in text


def test_a_patient_in_another_zone_reads_the_clinics_zone(noon):
    patient = world.a_patient(zone="America/Los_Angeles")
    token = a_link(laid_out(world.a_booking(world.an_order(patient)), noon.at))

    page = read(opened(token).get(f"/p/{token}"))

    assert "9:00 AM EDT" in page
    assert "the clinic&#x27;s local time" in page or "the clinic's local time" in page


def test_every_look_at_a_patient_leaves_a_row(token):
    browser = opened(token)
    browser.get(f"/p/{token}")
    browser.get(f"/p/{token}/visit.ics")

    seen = list(Access.objects.order_by("pk").values_list("page", "user", "address"))
    assert seen == [("link", None, "127.0.0.1"), ("link_ics", None, "127.0.0.1")]


def test_knocking_too_often_is_told_to_wait(token):
    answers = [Client().get(f"/p/{token}").status_code for _ in range(62)]

    assert answers[:60] == [200] * 60
    assert answers[-1] == 429


def test_patients_behind_one_router_do_not_shut_each_other_out(token):
    """Twenty forms a minute are for one link, not for a whole waiting room."""
    for number in range(30):
        Client().post(f"/p/{number:022}/open", BIRTH)

    assert Client().post(f"/p/{token}/open", BIRTH).status_code == 302


def test_forms_through_one_link_have_their_measure(token):
    answers = [Client().post(f"/p/{token}/open", {}).status_code for _ in range(21)]

    assert answers == [422] * 20 + [429]


def test_patients_get_in_while_redis_is_away(token, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1"}}

    page = Client().post(f"/p/{token}/open", BIRTH, follow=True)

    assert b"Hello Given" in page.content


def test_a_link_from_before_the_visit_leads_to_the_check_ins_after_it(noon):
    injection = a_diary()
    noon.at = at(1)
    token = a_link(injection, purpose=LinkPurpose.PREPARE)

    page = opened(token).get(f"/p/{token}")

    assert page["Location"] == f"/p/{token}/check-in"


def test_pages_stay_light(token):
    page = opened(token).get(f"/p/{token}")

    assert len(page.content) < 50_000


def hold_clopidogrel(injection: Injection, at: datetime) -> None:
    """A signed hold of clopidogrel, the last dose five days before the visit."""
    orders.decide_anticoagulant(
        order=injection.order,
        decision=HoldDecision.HOLD,
        drug="clopidogrel",
        prescriber="Moss",
        last_dose_at=world.START - timedelta(days=5),
        restart_on=(world.START + timedelta(days=1)).date(),
        by=world.a_user("physician"),
        at=at,
    )


def test_who_may_have_paused_a_drug_is_told_to_call_until_somebody_has_phoned(noon):
    injection = world.a_booking(world.an_order(screening={"anticoagulant": "p2y12"}))
    token = a_link(laid_out(injection, noon.at))
    hold_clopidogrel(injection, noon.at)
    noon.at = world.START - timedelta(days=4)
    later = world.START + timedelta(days=2)
    free = world.free_resources(injection.order, injection.location, later)
    bookings.move(injection=injection, start=later, resources=free, by=None, at=noon.at)

    unsettled = read(opened(token).get(f"/p/{token}"))
    task = Task.objects.get(kind=TaskKind.PAUSED_DRUG)
    worklist.finish(task=task, outcome="Not paused", by=world.a_user("nurse"), at=noon.at)
    settled = read(opened(token).get(f"/p/{token}"))

    assert "before your next dose" in unsettled
    assert "Keep taking it" not in unsettled
    assert "last dose of clopidogrel" not in unsettled
    assert "before your next dose" not in settled
    assert "Keep taking it" in settled


@pytest.mark.parametrize("end", ["cancel", "no_show"])
def test_a_page_of_a_visit_that_did_not_happen_tells_who_paused_to_call(noon, end):
    injection = world.a_booking()
    token = a_link(laid_out(injection, noon.at))
    hold_clopidogrel(injection, noon.at)
    noon.at = world.START + timedelta(hours=1)
    if end == "cancel":
        bookings.cancel(injection=injection, why="ill", by=None, at=noon.at)
    else:
        bookings.no_show(injection=injection, by=None, at=noon.at)

    page = read(opened(token).get(f"/p/{token}"))

    assert "before your next dose" in page
    assert "Keep taking it" not in page
