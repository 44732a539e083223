"""Django's administration, asked for rows, fields and settings that nobody means."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Closure, Location
from tests import world

pytestmark = pytest.mark.django_db
SITE = {"name": "North", "address": "1 Main Street", "phone": "+15550100000"}
SITE |= {"zone": "America/Chicago"}


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(world.a_user("administrator", is_staff=True))
    return client


LISTS = ("scheduling_location", "scheduling_closure", "accounts_user", "scheduling_resource")


@pytest.mark.parametrize("rows", LISTS)
@pytest.mark.parametrize("row", ["x", "1e999", "٣x", "9" * 400, "\x00"])
def test_an_action_on_rows_that_cannot_be_changes_nothing(administrator, rows, row):
    world.a_location()
    address = reverse(f"admin:{rows}_changelist")
    form = {"action": "delete_selected", "_selected_action": [row], "index": 0}

    answer = administrator.post(address, form)

    assert answer.status_code in (200, 302)
    assert Location.objects.count() == 1


def test_a_field_without_a_name_names_no_row(administrator):
    location = world.a_location()
    address = reverse("admin:scheduling_location_change", args=[location.pk])

    assert administrator.get(address, {"_to_field": ""}).status_code == 302


@pytest.mark.parametrize("name", ["q", "name", "name__contains", "kind__exact", "p", "o"])
def test_a_null_character_finds_no_row(administrator, name):
    answer = administrator.get(reverse("admin:scheduling_resource_changelist"), {name: "\x00"})

    assert answer.status_code == 400


@pytest.mark.parametrize("row", ["x", "1", "%00", "a/b"])
def test_no_row_leads_to_a_page_of_the_site(administrator, row):
    answers = [administrator.get(f"/admin/r/{kind}/{row}/") for kind in (1, 71, "x")]

    assert {answer.status_code for answer in answers} <= {400, 404}


@pytest.mark.parametrize(
    "policy",
    ["[" * 20_000, "9" * 5000, r'{"\ud800": 1}', r'{"room_min": "\u0000"}'],
    ids=["lists in lists", "a long number", "half a character", "a null character"],
)
def test_settings_that_cannot_be_kept_are_refused(administrator, policy):
    address = reverse("admin:scheduling_location_add")

    page = administrator.post(address, SITE | {"policy": policy}).content.decode()

    assert "Enter a valid JSON." in unescape(page)
    assert not Location.objects.exists()


def test_settings_may_hold_any_whole_character(administrator):
    policy = r'{"room_min": "\ud83d\ude03"}'

    page = administrator.post(
        reverse("admin:scheduling_location_add"), SITE | {"policy": policy}
    ).content.decode()

    assert "room_min is '😃': write a whole number" in unescape(page)


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("2026-03-16T10:00+23:59", "2026-03-16T11:00+23:59", True),
        ("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", False),
        ("1500-01-01 10:00", "2026-03-16 10:00", False),
    ],
)
def test_a_closure_is_kept_with_any_offset_and_no_far_year(administrator, start, end, kept):
    resource = world.a_location().resources.first()
    form = {"resource": resource.pk, "during_0": start, "during_1": end, "reason": "Leave"}

    administrator.post(reverse("admin:scheduling_closure_add"), form)

    assert Closure.objects.exists() is kept
