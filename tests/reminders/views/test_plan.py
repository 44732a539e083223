"""The timeline on the page of a visit: what was said, what will be, and what will not."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import world
from tests.pages import read
from tests.reminders.diaries import laid_out

pytestmark = pytest.mark.django_db
ASKED = {"HX-Request": "true"}


@pytest.fixture
def page(noon):
    injection = laid_out(world.a_booking(), noon.at)
    client = Client()
    client.force_login(world.a_user("desk"))
    return read(client.get(reverse("plan", args=[injection.reference]), headers=ASKED))


def test_what_is_to_come_stands_apart_from_what_was(page):
    assert page.index("<caption>Up to now</caption>") < page.index("<caption>To come</caption>")


def test_every_message_names_its_channel_and_its_reason(page):
    ahead = page.partition("<caption>To come</caption>")[2].partition("</table>")[0]

    assert ahead.count("by sms") + ahead.count("by email") > 3


def test_what_is_not_sent_is_counted_with_its_reasons(page):
    off = page.partition("Not needed now (")[2]

    assert int(off.partition(")")[0]) > 0
    assert "<b>The injection was not moved</b>: " in off
