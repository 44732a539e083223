"""What is signed, what leaves the house and who may come in asks again who somebody is."""

import pytest
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from clinic.roles import asks_again
from scheduling.models import Location
from tests import world

pytestmark = pytest.mark.django_db
PASSWORD = "rain-over-the-lake-7"
SITE = {"name": "North", "address": "1 Main Street", "phone": "+15550100000", "policy": "{}"}
SITE |= {"zone": "America/Chicago"}
ASKED = "/accounts/reauthenticate/"


def signed_in(role):
    user = world.a_user(role, password=PASSWORD, is_staff=role == "administrator")
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client


@pytest.fixture
def administrator():
    return signed_in("administrator")


def forms():
    """Every form of Django's administration that may be opened without a row."""
    for model, page in admin.site._registry.items():
        if not model._meta.model_name.endswith("event"):
            yield reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_add")


def test_the_forms_of_settings_and_accounts_ask_before_anything_is_typed(administrator):
    answers = [administrator.get(address) for address in forms()]

    assert len(answers) > 4
    assert all(answer["Location"].startswith(ASKED) for answer in answers)


def test_lists_open_without_asking_and_an_action_on_their_rows_asks(administrator):
    address = reverse("admin:scheduling_location_changelist")

    assert administrator.get(address).status_code == 200
    assert administrator.post(address, {"action": "x"})["Location"].startswith(ASKED)


def test_settings_that_were_sent_are_saved_once_it_is_confirmed_who_sent_them(administrator):
    asked = administrator.post(reverse("admin:scheduling_location_add"), SITE)
    before = Location.objects.count()

    administrator.post(asked["Location"], {"password": PASSWORD})

    assert (before, Location.objects.count()) == (0, 1)


def test_an_action_on_a_filtered_list_is_done_once_it_is_confirmed(administrator):
    room = world.a_resource(world.a_location(rooms=0), "bay", "Bay 1")
    address = reverse("admin:scheduling_resource_changelist") + "?kind__exact=bay"
    sent = {"action": "delete_selected", "_selected_action": room.pk, "post": "yes"}

    asked = administrator.post(address, sent)
    administrator.post(asked["Location"], {"password": PASSWORD})

    assert not type(room).objects.filter(pk=room.pk).exists()


def test_a_wrong_password_saves_nothing(administrator):
    asked = administrator.post(reverse("admin:scheduling_location_add"), SITE)

    administrator.post(asked["Location"], {"password": "another-lake-7"})

    assert not Location.objects.exists()


def test_a_password_that_was_typed_for_somebody_is_not_kept(administrator):
    nurse = world.a_user("nurse")
    address = reverse("admin:auth_user_password_change", args=[nurse.pk])
    secret = {"password1": "storm-over-the-lake-8", "password2": "storm-over-the-lake-8"}

    asked = administrator.post(address, {"usable_password": "true"} | secret)

    assert asked["Location"] == f"{ASKED}?next={address.replace('/', '%2F')}"
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    assert not any(secret["password1"] in session for session in kept)
    assert "Enter it again" in administrator.get(asked["Location"]).content.decode()
    nurse.refresh_from_db()
    assert not nurse.has_usable_password()


def test_who_has_just_confirmed_is_not_asked_again(administrator):
    address = reverse("admin:scheduling_location_add")
    administrator.post(f"{ASKED}?next=/", {"password": PASSWORD})

    assert administrator.get(address).status_code == 200


@pytest.mark.parametrize("page", ["review_sign", "order_cosign", "order_decline"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_signed_asks(page, method):
    assert asks_again(page, method)


def test_whoever_may_not_open_a_page_is_refused_and_not_asked():
    assert signed_in("nurse").get(reverse("admin:scheduling_location_add")).status_code == 403


@pytest.mark.parametrize("page", ["home", "day", "admin:index", "admin:jsi18n", "account_logout"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_ordinary_pages_ask_nothing(page, method):
    assert not asks_again(page, method)
