"""Where members of staff work: an administrator says so, and the history keeps it."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import User
from scheduling.models import OnCallShift
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    browser = Client()
    browser.user = world.a_user("administrator", is_staff=True)
    browser.force_login(browser.user)
    return browser


def test_a_new_account_works_where_the_administrator_says(administrator):
    north, _ = world.a_location(name="North"), world.a_location(name="South")
    form = {"username": "dana", "role": "desk", "locations": [north.pk]}

    administrator.post(reverse("admin:accounts_user_add"), form)

    assert list(User.objects.get(username="dana").locations.all()) == [north]


def test_the_history_keeps_who_was_given_which_location_and_when_it_was_taken(administrator):
    north, nurse = world.a_location(name="North"), world.a_user("nurse")
    form = {"username": nurse.username, "role": "nurse", "is_active": "on", "last_name": "N"}

    administrator.post(reverse("admin:accounts_user_change", args=[nurse.pk]), form)

    events = apps.get_model("accounts", "WorksAtEvent").objects.filter(user=nurse, location=north)
    labels = [(each.pgh_label, each.pgh_context_id is None) for each in events.order_by("pgh_id")]
    assert labels == [("insert", True), ("delete", False)]


def test_nobody_gives_themselves_a_location(administrator):
    place = world.a_location(name="North")
    administrator.user.locations.clear()
    form = {"username": administrator.user.username, "locations": [place.pk]}

    administrator.post(reverse("admin:accounts_user_change", args=[administrator.user.pk]), form)

    assert not administrator.user.locations.exists()


def test_nobody_is_on_call_for_a_location_where_they_do_not_work(administrator):
    nurse, place = world.a_user("nurse"), world.a_location(name="North")
    shift = {"location": place.pk, "name": "N", "user": nurse.pk, "turn": 1}
    shift |= {"email": "nurse@clinic.example"}
    add = reverse("admin:scheduling_oncallshift_add")

    nurse.locations.clear()
    refused = administrator.post(add, shift)
    nurse.locations.add(place)
    administrator.post(add, shift)

    assert "Add North to this account first" in read(refused)
    assert OnCallShift.objects.get().user == nurse
