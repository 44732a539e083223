"""After the injection: what to do at home, and how the diary works, for this patient alone."""

from datetime import timedelta

import pytest
from django.urls import reverse

from reminders.messaging.planning import outbox
from reminders.models import Message, Reading
from scheduling.rules.procedure import InjectionState, Sedation, Side
from tests import world
from tests.pages import read
from tests.reminders.diaries import a_diary, a_link, at, laid_out, opened
from tests.world import completed

pytestmark = pytest.mark.django_db
TOKEN = "A" * 22
HOME, SURVEY = reverse("link_home", args=[TOKEN]), reverse("link_survey", args=[TOKEN])


@pytest.fixture
def browser(noon):
    """A patient on the way home, half an hour after T0."""
    noon.at = at(0.5)
    return opened(a_link(a_diary(sedation=Sedation.MODERATE_IV), ""))


def test_its_link_opens_what_to_do_at_home(noon):
    injection = completed(world.a_booking())
    noon.at = injection.t0 + timedelta(minutes=11)
    outbox.reconcile([injection.pk], noon.at)
    message = Message.objects.get(injection=injection, step="discharge")

    answer = opened(a_link(injection, message=message)).get(f"/p/{TOKEN}")

    assert answer["Location"] == HOME


def test_it_holds_what_concerns_this_patient_and_the_warning_signs(browser):
    page = read(browser.get(HOME))

    assert "Do not drive for 24 hours, until 9:20 AM on Tuesday, March 17." in page
    assert "You had a shot on your left side." in page
    assert "Call us the same day" in page
    assert "still numb or weak at 5:20 PM on Monday, March 16" in page
    assert "It may take 2 to 14 days" not in page
    assert "Your next check-in is today at 10:05 AM." in page


@pytest.mark.parametrize("hours", [0.5, 2, 30])
def test_every_page_of_the_diary_leads_to_it(noon, hours):
    noon.at = at(hours)
    browser = opened(a_link(a_diary()))

    assert HOME in read(browser.get(f"/p/{TOKEN}", follow=True))


def test_the_first_link_explains_the_diary_and_lets_the_patient_try_the_scale(browser):
    page = read(browser.get(SURVEY))

    assert "move and do the things that usually hurt" in page
    assert "Your first check-in is today at <b>10:05 AM</b>" in page
    assert page.count('name="score_left"') == 11
    assert "no score to give" not in page


def test_a_try_is_not_kept(browser):
    page = read(browser.post(SURVEY, {"practice": "yes", "score_left": "6"}))

    assert "You chose 6. It was only a try: nothing was saved." in page
    assert not Reading.objects.exists()


def test_a_try_without_a_number_says_what_to_do(browser):
    answer = browser.post(SURVEY, {"practice": "yes"})

    assert answer.status_code == 422
    assert "Choose one number from 0 to 10 for your left side." in read(answer)


def test_a_try_after_the_first_check_in_opened_leads_to_it(browser, noon):
    noon.at = at(0.6)

    answer = browser.post(SURVEY, {"practice": "yes", "score_left": "6"})

    assert answer["Location"] == SURVEY
    assert not Reading.objects.exists()


def test_both_sides_are_tried(noon):
    noon.at = at(0.5)
    browser = opened(a_link(a_diary(side=Side.BILATERAL), ""))

    page = read(browser.post(SURVEY, {"practice": "yes", "score_left": "6", "score_right": "2"}))

    assert "You chose 6, 2." in page


def test_before_the_injection_there_is_nothing_for_at_home(noon):
    injection = laid_out(world.a_booking(), noon.at)
    assert injection.state is InjectionState.BOOKED
    browser = opened(a_link(injection, "", purpose="prepare"))

    assert browser.get(HOME)["Location"] == f"/p/{TOKEN}"
