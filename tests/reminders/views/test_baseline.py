"""The page on which the baseline is taken before the needle."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import bookings
from scheduling.models import Access
from scheduling.rules.procedure import Side
from tests import world

pytestmark = pytest.mark.django_db
SENT = {"score_left": "7", "taken_at": "2026-03-16T08:40", "activity": "Rising from a chair"}


@pytest.fixture
def injection(noon):
    noon.at = world.START - timedelta(minutes=15)
    injection = world.a_booking()
    bookings.arrive(injection=injection, by=None, at=noon.at)
    return injection


@pytest.fixture
def nurse(injection):
    browser = Client()
    browser.force_login(world.a_user("nurse"))
    browser.page = reverse("injection_baseline", args=[injection.reference])
    return browser


def test_a_nurse_keeps_the_baseline_with_its_time_and_activity(nurse, injection):
    answer = nurse.post(nurse.page, SENT | {"rest_left": "2"}, follow=True)

    joint = injection.joints.get()
    assert (joint.baseline, joint.rest_score) == (7, 2)
    assert joint.baseline_at == world.local("2026-03-16 08:40")
    page = answer.content.decode()
    assert "Baseline, left" in page
    assert "Rising from a chair" in page
    assert "What was done" not in page


@pytest.mark.parametrize(
    ("score", "sentence"), [("2", "ask the physician before the needle"), ("3", "is below 4")]
)
def test_what_is_low_is_said_at_once(nurse, score, sentence):
    page = nurse.post(nurse.page, SENT | {"score_left": score}, follow=True).content.decode()

    assert sentence in page


def test_the_completion_form_starts_with_the_baseline_that_was_taken(nurse, injection):
    nurse.post(nurse.page, SENT)

    page = nurse.get(reverse("injection_complete", args=[injection.reference])).content.decode()

    chosen = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]+)"[^>]*checked', page)
    assert chosen == [("left-baseline", "7")]
    assert 'value="2026-03-16T08:40"' in page


def test_history_tells_the_baseline_once(nurse, injection):
    nurse.post(nurse.page, SENT)

    page = nurse.get(reverse("injection", args=[injection.reference])).content.decode()

    assert page.count("Left: baseline 7, index activity Rising from a chair.") == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"score_left": ""}, "Choose one number from 0 to 10"),
        ({"score_left": "11"}, "Choose one number from 0 to 10"),
        ({"taken_at": ""}, "Say when it was taken"),
        ({"taken_at": "2026-03-16T08:59"}, "That time has not come yet"),
        ({"activity": "x" * 81}, "at most 80"),
    ],
)
def test_a_bad_baseline_gets_a_sentence_and_keeps_nothing(nurse, injection, sent, sentence):
    answer = nurse.post(nurse.page, SENT | sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not injection.joints.exists()


def test_both_sides_are_asked_about_apart(noon):
    noon.at = world.START
    injection = world.a_booking(side=Side.BILATERAL)
    browser = Client()
    browser.force_login(world.a_user("nurse"))

    page = browser.get(reverse("injection_baseline", args=[injection.reference])).content.decode()

    assert page.count('name="score_left"') == page.count('name="score_right"') == 11


def test_after_the_needle_no_baseline_is_taken(nurse, injection, noon):
    world.completed(injection)

    assert nurse.post(nurse.page, SENT).status_code == 409


def test_looking_is_written_down(nurse, injection):
    nurse.get(nurse.page)

    assert Access.objects.filter(patient=injection.patient, page="injection_baseline").exists()


def test_a_desk_takes_no_baseline(nurse, injection):
    desk = Client()
    desk.force_login(world.a_user("desk"))

    assert desk.get(nurse.page).status_code == 403
    assert (
        nurse.page
        not in desk.get(reverse("injection", args=[injection.reference])).content.decode()
    )
