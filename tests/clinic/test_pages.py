"""The start page, the way in, and the pages of apology."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Role
from scheduling import clock, worklist
from scheduling.models import Access, Location, TaskKind
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*json)|<style|\sstyle=|\son\w+=", re.IGNORECASE)


def signed_in(role: str, **fields: str) -> Client:
    client = Client()
    if role != "administrator" and not Location.objects.exists():
        world.an_office()
    client.user = world.a_user(role, **fields)
    client.force_login(client.user)
    return client


@pytest.fixture
def noon(monkeypatch):
    class Hands:
        at = world.NOW

    monkeypatch.setattr(clock, "now", lambda: Hands.at)
    return Hands


def test_the_start_counts_todays_injections_at_each_location(noon):
    injection = world.a_booking()
    noon.at = injection.start - timedelta(hours=1)

    page = read(signed_in("desk").get(reverse("home")))

    assert f"<b>1</b> injection today at {injection.location}" in page
    assert "1 ahead, 0 here, 0 done" in page


def test_the_start_shows_orders_that_wait_for_a_time(noon):
    order = world.an_order()

    page = read(signed_in("desk").get(reverse("home")))

    assert reverse("book", args=[order.reference]) in page


def test_the_start_names_injections_that_are_near_and_not_confirmed(noon):
    injection = world.a_booking()
    noon.at = injection.start - timedelta(days=2)

    page = read(signed_in("desk").get(reverse("home")))

    assert reverse("injection", args=[injection.reference]) in page
    assert "<b>1</b> injection in the next 3 days not confirmed yet" in page


def test_an_order_whose_booking_was_cancelled_waits_for_a_time_again(noon):
    from scheduling import bookings

    injection = world.a_booking()
    bookings.cancel(injection=injection, why="Ill", by=None, at=noon.at)

    page = read(signed_in("desk").get(reverse("home")))

    assert reverse("book", args=[injection.order.reference]) in page


def test_the_start_shows_ones_own_tasks_and_marks_what_is_late(noon):
    patient = world.a_patient()
    facts = {"kind": TaskKind.UNKNOWN_SENDER, "queue": "desk", "title": "Phone the patient"}
    facts["patient"] = patient
    worklist.open_task(due_at=noon.at - timedelta(hours=1), at=noon.at, **facts)

    page = read(signed_in("desk").get(reverse("home")))

    assert "Phone the patient" in page
    assert "▲ 1 late" in page


def test_patients_named_on_the_start_are_written_down_as_looked_at(noon):
    order = world.an_order()

    signed_in("desk").get(reverse("home"))

    assert Access.objects.get(page="home").patient == order.patient


def test_an_administrator_sees_no_patient_on_the_start(noon):
    order = world.an_order()

    page = signed_in("administrator").get(reverse("home")).content.decode()

    assert str(order.patient) not in page
    assert reverse("admin:index") in page


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("desk", ["day", "patients", "worklist"]),
        ("nurse", ["day", "patients", "worklist", "reviews"]),
        ("physician", ["day", "patients", "worklist", "reviews", "cosignatures"]),
        ("administrator", ["admin:index"]),
    ],
)
def test_the_head_leads_to_the_pages_of_the_role(role, pages):
    answer = signed_in(role).get(reverse("home"))

    assert [item.url for item in answer.context["navigation"]] == [reverse(page) for page in pages]


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_everybody_may_change_password_and_second_step(role):
    client = signed_in(role, password="correct horse battery")

    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("account_change_password")).status_code == 200


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back():
    answer = Client().get(reverse("patients"))

    assert answer["Location"] == f"{reverse('account_login')}?next={reverse('patients')}"


def test_a_wrong_password_is_told_in_one_sentence_for_both_fields():
    world.a_user("desk", username="dana", password="correct horse battery")

    answer = Client().post(reverse("account_login"), {"login": "dana", "password": "wrong"})

    assert "username and/or password" in answer.content.decode()


def test_a_right_password_opens_the_start():
    world.a_user("desk", username="dana", password="correct horse battery")
    sent = {"login": "dana", "password": "correct horse battery"}

    answer = Client().post(reverse("account_login"), sent)

    assert answer["Location"] == reverse("home")


def test_nobody_signs_up():
    sent = {"username": "stranger", "password1": "correct horse battery"}

    page = Client().post(reverse("account_signup"), sent).content.decode()

    assert "Sign Up Closed" in page


def test_the_sign_of_life_needs_no_login():
    assert Client().get(reverse("healthz")).content == b"ok\n"


def test_a_page_of_another_role_says_so_and_leads_back():
    answer = signed_in("administrator").get(reverse("patients"))

    assert answer.status_code == 403
    assert "Your role does not open this page" in answer.content.decode()


def test_an_address_that_leads_nowhere_says_so():
    answer = signed_in("desk").get("/nowhere")

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_an_old_form_is_refused_without_blame():
    client = Client(enforce_csrf_checks=True)

    answer = client.post(reverse("account_login"), {})

    assert answer.status_code == 403
    assert "This form had grown old" in answer.content.decode()


PAGES = ("home", "day", "day_sheet", "patients", "patient_new", "worklist", "mfa_index")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_carries_inline_script_or_style(name, noon):
    world.a_booking()

    page = signed_in("physician").get(reverse(name)).content.decode()

    assert not INLINE.findall(page)


@pytest.fixture
def no_redis(settings):
    """Redis is away: nobody listens at its address."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1"}}


def test_staff_work_on_while_redis_is_away(no_redis):
    client = signed_in("desk")

    pages = [client.get(reverse(name)) for name in ("home", "day", "patients", "worklist")]

    assert [page.status_code for page in pages] == [200] * 4


def test_a_page_that_needs_an_absent_server_says_what_to_do(no_redis):
    client = Client(raise_request_exception=False)

    answer = client.post(reverse("account_login"), {"login": "dana", "password": "wrong"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "Wait half a minute, go back and look" in answer.content.decode()


def test_a_fault_of_ours_is_no_503(monkeypatch):
    monkeypatch.setattr("scheduling.worklist.open_tasks", None)
    client = signed_in("desk")
    client.raise_request_exception = False

    answer = client.get(reverse("home"))

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page():
    tasks = f"http://testserver{reverse('worklist')}?queue=all"

    answer = Client().post(reverse("task_finish", args=[1]), {}, headers={"referer": tasks})

    assert answer["Location"] == f"{reverse('account_login')}?next=/tasks%3Fqueue%3Dall"


def test_a_form_sent_after_the_session_ended_says_that_nothing_was_saved():
    client = Client()

    page = client.post(reverse("patient_new"), {"family_name": "Ames"}, follow=True)

    assert "You were signed out meanwhile, so nothing was saved." in page.content.decode()


@pytest.mark.parametrize("foreign", ["https://elsewhere.example/tasks", "//elsewhere.example"])
def test_a_form_sent_from_elsewhere_leads_to_the_start(foreign):
    answer = Client().post(reverse("task_finish", args=[1]), {}, headers={"referer": foreign})

    assert answer["Location"] == f"{reverse('account_login')}?next=/"


def test_a_part_of_a_page_takes_its_whole_page_to_the_sign_in():
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{reverse('patients')}"}

    answer = Client().post(reverse("patient_search"), {"q": "a"}, headers=headers)

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next={reverse('patients')}"


def test_pages_with_patients_are_kept_in_no_cache(noon):
    answer = signed_in("desk").get(reverse("patients"))

    assert "no-store" in answer["Cache-Control"]


def test_an_administrator_records_a_location_and_a_resource_with_hours():
    client = signed_in("administrator")
    client.user.is_staff = True
    client.user.save()
    site = {"name": "North", "address": "1 Main Street", "phone": "+15550100000"}
    client.post(
        reverse("admin:scheduling_location_add"),
        site | {"zone": "America/Chicago", "policy": '{"room_min": 25}'},
    )
    location = Location.objects.get(name="North")
    hours = {"hours-TOTAL_FORMS": 1, "hours-INITIAL_FORMS": 0, "hours-0-weekday": 0}
    hours |= {"hours-0-opens": "08:00", "hours-0-closes": "17:00"}
    suite = {"location": location.pk, "kind": "suite", "name": "Suite 1", "active": "on"}

    client.post(reverse("admin:scheduling_resource_add"), suite | hours)

    assert location.policy == {"room_min": 25}
    assert location.resources.get().hours.get().weekday == 0


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("[]", "Write settings by name"),
        ("1", "Write settings by name"),
        ('"abc"', "Write settings by name"),
        ("{", "Enter a valid JSON."),
        ('{"grid_min": 7.5}', "grid_min is 7.5: write a whole number."),
        ('{"grid_min": 25}', "grid_min is 25: write a divisor of 60."),
        ('{"room_min": -5}', "room_min is -5: write a whole number, 1 to 1440."),
        ('{"rom_min": 30}', "unknown setting rom_min: known are "),
        ('{"diary_hours": 7}', "diary_hours is 7: choose 6 or 8."),
        ('{"waking_from": "eight"}', "waking_from is 'eight': write HH:MM"),
    ],
)
def test_a_policy_that_nobody_can_read_is_refused(policy, sentence):
    client = signed_in("administrator")
    client.user.is_staff = True
    client.user.save()
    site = {"name": "North", "address": "1 Main Street", "phone": "+15550100000"}

    page = client.post(
        reverse("admin:scheduling_location_add"),
        site | {"zone": "America/Chicago", "policy": policy},
    )

    assert sentence in unescape(page.content.decode())
    assert not Location.objects.exists()


def test_a_policy_is_refused_once_by_two_who_read_the_same_name():
    with pytest.raises(ValidationError) as refused:
        Location(zone="America/Chicago", policy={"diary_hours": "eight"}).clean()

    assert refused.value.messages == ["diary_hours is 'eight': write a whole number."]


def test_a_role_that_is_no_administrator_opens_no_administration():
    client = signed_in("physician")
    client.user.is_staff = True
    client.user.save()

    assert client.get(reverse("admin:index")).status_code == 403
