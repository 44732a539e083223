"""Whoever walks away is signed out, whatever the browser does."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from clinic.accounts import sessions
from tests.world import a_user

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture
def later(monkeypatch):
    """Move the clock on by so many seconds."""
    start, gone = time.time(), [0.0]
    monkeypatch.setattr(time, "time", lambda: start + gone[0])

    def move(seconds):
        gone[0] += seconds

    return move


@pytest.fixture
def desk():
    browser = Client()
    browser.force_login(a_user("desk"))
    browser.get("/")
    return browser


def is_in(browser):
    return browser.get("/patients").status_code == 200


def test_who_works_stays(desk, later):
    for _ in range(20):
        later(10 * MINUTE)
        assert is_in(desk)


def test_who_walks_away_is_signed_out_after_a_quarter_of_an_hour(desk, later):
    later(14 * MINUTE)
    assert is_in(desk)

    later(16 * MINUTE)

    assert not is_in(desk)
    assert not Session.objects.exists()


def test_what_is_sent_too_late_is_not_done_and_says_so(desk, later):
    later(16 * MINUTE)

    answer = desk.post("/patients/new", {"family_name": "Late"})

    assert answer["Location"].startswith("/accounts/login/")
    assert "nothing was saved" in desk.get(answer["Location"]).content.decode()


def test_after_half_a_day_everybody_signs_in_again(desk, later):
    for _ in range(12 * 6):
        later(10 * MINUTE)
        desk.get("/still-here")

    later(MINUTE)

    assert not is_in(desk)


def test_the_limits_are_settings(desk, later, settings):
    settings.IDLE_SECONDS = 2 * MINUTE

    later(3 * MINUTE)

    assert not is_in(desk)


def test_requests_close_to_each_other_are_one_note(desk, later):
    seen = desk.session[sessions.SEEN]

    later(10)
    desk.get("/still-here")

    assert desk.session[sessions.SEEN] == seen


def test_a_page_asks_who_is_here_and_gets_a_token_for_its_forms(desk):
    said = desk.get("/still-here").json()

    assert str(said["person"]) == desk.session["_auth_user_id"]
    assert len(said["token"]) == 64


def test_who_is_signed_out_is_told_nothing(client):
    assert client.get("/still-here").status_code == 302


def test_a_session_from_a_clock_that_ran_ahead_ends(desk, later):
    later(-3600)

    assert not is_in(desk)
