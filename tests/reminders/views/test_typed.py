"""Scores that somebody else reports, typed in by staff: whose number it is."""

import pytest
from django.test import Client

from reminders.models import EnteredBy, Reading
from tests import world
from tests.reminders.diaries import a_diary, at, laid_out

pytestmark = pytest.mark.django_db
TYPED = {
    "slot": "H4",
    "observed_at": "2026-03-16T13:20",
    "score_left": "5",
    "moved": "yes",
    "brought": "phone",
}


def typed(teller: str, noon, **more: str) -> int:
    """The status of a nurse's page after this was typed in."""
    noon.at = at(12)
    browser = Client()
    browser.force_login(world.a_user("nurse"))
    path = f"/injections/{a_diary().reference}/answer"
    return browser.post(path, TYPED | {"teller": teller} | more).status_code


@pytest.mark.parametrize(
    ("teller", "entered_by", "gave"),
    [
        ("relayed", EnteredBy.PROXY, True),
        ("proxy", EnteredBy.PROXY, False),
        ("patient", EnteredBy.STAFF, None),
        ("staff", EnteredBy.STAFF, None),
    ],
)
def test_who_gave_the_number_is_kept_beside_who_said_it(noon, teller, entered_by, gave):
    status = typed(teller, noon)

    reading = Reading.objects.get(survey__slot="H4")
    assert status == 302
    assert (reading.entered_by, reading.patient_gave_number) == (entered_by, gave)


def test_the_score_of_the_evening_before_is_typed_in_from_the_messages_of_the_visit(noon):
    injection, browser = laid_out(world.a_booking(), noon.at), Client()
    browser.force_login(world.a_user("nurse"))
    noon.at = world.local("2026-03-15 18:30")
    path = f"/injections/{injection.reference}/answer"

    messages = browser.get(f"/injections/{injection.reference}/plan").content.decode()
    said = {"slot": "P-1", "observed_at": "2026-03-15T18:20", "teller": "patient"}
    status = browser.post(path, TYPED | said).status_code

    assert path in messages
    assert status == 302
    assert Reading.objects.get(survey__slot="P-1").score == 5


def test_nobody_else_repeats_the_tests(noon):
    assert typed("relayed", noon, **{"tests_left-faber": "negative"}) == 422
