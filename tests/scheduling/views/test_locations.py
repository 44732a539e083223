"""Whom somebody finds who works at one location of two, and what they are told of the others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import worklist
from scheduling.finding.resources import Opening
from scheduling.forms.booking import OpeningForm
from scheduling.models import Access, Injection, Location, Patient, TaskKind
from scheduling.people import visible
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
WHERE_THEY_WORK = 'SELECT "scheduling_location"."id"'


@pytest.fixture
def north(noon):
    return world.a_location(name="North")


@pytest.fixture
def south(noon, north, desk, nurse):
    """The other location; the desk and the nurse work at North alone."""
    south = world.a_location(name="South")
    for browser in (desk, nurse):
        browser.user.locations.set([north])
    return south


def seen(user, at=world.NOW):
    return set(Patient.objects.filter(visible.to(user, at, path="")))


def found(browser, text):
    return browser.post(reverse("patient_search"), {"q": text}).content.decode()


def test_a_patient_is_seen_where_registered_and_where_booked_and_nowhere_else(desk, north, south):
    registered = world.a_patient(location=north)
    booked = world.a_booking(world.an_order(world.a_patient(location=south)), location=north)
    world.a_patient(location=south)
    world.a_booking(location=south)

    assert seen(desk.user) == {registered, booked.patient}


def test_a_patient_of_whom_no_location_is_known_is_seen_by_all_who_work_somewhere(desk, south):
    patient = world.a_patient()

    assert patient in seen(desk.user)
    desk.user.locations.clear()
    assert seen(type(desk.user).objects.get(pk=desk.user.pk)) == set()


def test_a_clinic_may_show_every_patient_to_all_of_its_staff(desk, south, settings):
    settings.STAFF_SEE_ALL_LOCATIONS = True
    desk.user.locations.clear()
    elsewhere = world.a_booking(location=south)

    page = read(desk.get(reverse("injection", args=[elsewhere.reference])))

    assert str(elsewhere.patient) in page
    assert "You work at no location yet" not in page
    assert set(visible.locations(desk.user)) == set(Location.objects.all())


def test_an_address_of_a_patient_elsewhere_leads_on_and_names_nobody(desk, south):
    patient = world.a_patient(location=south)

    answer = desk.get(reverse("patient", args=[patient.reference]))

    page = read(answer)
    assert answer.status_code == 403
    assert "This patient is seen at another location" in page
    assert reverse("emergency_access", args=[patient.reference]) in page
    assert patient.family_name not in page


@pytest.mark.parametrize("text", ["hale", "maren hale", "4/12/1960", "hale 4/12/1960", "0123"])
def test_parts_of_what_is_known_find_no_patient_elsewhere(desk, south, text):
    patient = world.a_patient(
        family_name="Hale", given_name="Maren", mobile="+12025550123", location=south
    )

    page = found(desk, text)

    assert "Nobody fits" in page
    assert str(patient.reference) not in page


@pytest.mark.parametrize("text", ["Maren Hale 4/12/1960", "hale, maren 1960-04-12", "M-7", "m-7"])
def test_who_names_a_patient_elsewhere_exactly_is_led_on_without_a_second_chart(desk, south, text):
    patient = world.a_patient(family_name="Hale", given_name="Maren", mrn="M-7", location=south)

    page = found(desk, text)

    assert "There is a chart already" in page
    assert reverse("emergency_access", args=[patient.reference]) in page
    assert "Hale</a>" not in page
    assert Access.objects.filter(patient=patient, page="patients").exists()


def test_a_namesake_elsewhere_stops_a_second_chart_and_shows_no_number(desk, south):
    twin = world.a_patient(family_name="Hale", given_name="Maren", mrn="M-7", location=south)
    facts = {"family_name": "Hale", "given_name": "Maren", "birth_date": "1960-04-12"}
    facts |= {"mrn": "M-8", "language": "en", "zone": world.ZONE}

    answer = desk.post(reverse("patient_new"), facts)

    page = read(answer)
    assert answer.status_code == 422
    assert reverse("emergency_access", args=[twin.reference]) in page
    assert "M-7" not in page


def test_a_new_patient_belongs_to_the_one_location_of_who_registers(desk, north, south):
    facts = {"family_name": "Hale", "given_name": "Maren", "birth_date": "1960-04-12"}
    facts |= {"mrn": "M-8", "language": "en", "zone": world.ZONE}

    desk.post(reverse("patient_new"), facts)

    assert Patient.objects.get().location == north


def test_who_works_at_two_locations_says_to_which_a_new_patient_comes(desk, north, south):
    desk.user.locations.set([north, south])
    facts = {"family_name": "Hale", "given_name": "Maren", "birth_date": "1960-04-12"}
    facts |= {"mrn": "M-8", "language": "en", "zone": world.ZONE}

    unsaid = desk.post(reverse("patient_new"), facts)
    desk.post(reverse("patient_new"), facts | {"location": south.pk})

    assert unsaid.status_code == 422
    assert Patient.objects.get().location == south


def test_nothing_is_booked_at_a_location_that_is_not_ones_own(desk, north, south):
    order = world.an_order(world.a_patient(location=north))
    resources = world.free_resources(order, south, world.START)
    sent = OpeningForm.hidden(Opening(world.START, world.START, resources))

    desk.post(reverse("book", args=[order.reference]), sent | {"location": south.pk})

    assert not Injection.objects.exists()


def test_no_injection_is_moved_at_a_location_that_is_not_ones_own(desk, north, south):
    shared = world.a_booking(world.an_order(world.a_patient(location=north)), location=south)

    answer = desk.get(reverse("injection_move", args=[shared.reference]))

    assert answer.status_code == 403
    assert "Only those who work at South give new times there" in read(answer)


def test_a_new_account_without_a_location_is_told_whom_to_ask(desk, south):
    desk.user.locations.clear()

    pages = [read(desk.get(reverse(name))) for name in ("home", "day", "patients", "patient_new")]

    assert all("Ask an administrator to add your locations" in page for page in pages)


def test_a_page_asks_once_where_its_reader_works_and_nothing_for_a_row(nurse, north, south):
    a_task(north)
    few = asked_by(nurse)
    for _ in range(3):
        a_task(north)

    many = asked_by(nurse)

    assert len(many) == len(few)
    assert len([sql for sql in many if sql.startswith(WHERE_THEY_WORK)]) == 1


def a_task(location):
    facts = {"kind": TaskKind.UNKNOWN_SENDER, "queue": "nurse", "title": "Phone the patient"}
    facts |= {"patient": world.a_patient(location=location), "key": str(next(world.NUMBERS))}
    return worklist.open_task(due_at=world.NOW, at=world.NOW, **facts)


def asked_by(browser):
    browser.get(reverse("worklist"))
    with CaptureQueriesContext(connection) as captured:
        browser.get(reverse("worklist"))
    return [each["sql"] for each in captured]


def test_an_order_is_entered_in_the_name_of_a_physician_who_can_sign_it(desk, north, south):
    patient = world.a_patient(location=north)
    here, elsewhere = world.a_user("physician"), world.a_user("physician")
    here.locations.set([north])
    elsewhere.locations.set([south])

    page = read(desk.get(reverse("order_new", args=[patient.reference])))

    assert here.display_name in page
    assert elsewhere.display_name not in page
