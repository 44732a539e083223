"""A link to a new password: to the account's own address, and nobody learns who has an account."""

import logging
import re

import pytest
from celery.exceptions import OperationalError
from django.core import mail
from django.test import Client
from django.urls import reverse

from clinic.accounts import tasks
from scheduling import clock
from tests import world

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "dana@clinic.example", "stranger@elsewhere.example"
TOKEN = re.compile(r"\b[0-9A-Za-z]{64}\b")  # against forgery, another each time
LINK = re.compile(r"^http\S+$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    """Pages of a demonstration show the time to the second."""
    monkeypatch.setattr(clock, "now", lambda: world.NOW)


@pytest.fixture
def dana():
    return world.a_user("desk", username="dana", email=KNOWN)


@pytest.fixture
def queue(monkeypatch):
    """What a worker would be woken for: the accounts of each wake-up."""
    woken: list[list[int]] = []
    monkeypatch.setattr(tasks.send_reset_links, "delay", woken.append)
    return woken


@pytest.fixture
def broken_mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


@pytest.fixture
def no_broker(monkeypatch):
    def away(users):
        raise OperationalError("nobody listens")

    monkeypatch.setattr(tasks.send_reset_links, "delay", away)


def answer_to(address: str) -> tuple[int, str, str]:
    """Status, whereto, and the page at last without its tokens."""
    client = Client()
    asked = client.post(reverse("account_reset_password"), {"email": address})
    page = client.get(asked["Location"]).content.decode()
    return asked.status_code, asked["Location"], TOKEN.sub("", page)


def test_the_answer_is_the_same_for_every_address(dana, queue):
    assert answer_to(KNOWN) == answer_to(UNKNOWN)


@pytest.mark.usefixtures("broken_mail")
def test_the_answer_is_the_same_while_mail_is_down(dana, queue):
    before = answer_to(KNOWN)

    assert before == answer_to(UNKNOWN)
    assert before[:2] == (302, reverse("account_reset_password_done"))


@pytest.mark.usefixtures("no_broker")
def test_without_redis_the_answer_is_the_same_and_the_log_says_so(dana, caplog):
    with caplog.at_level(logging.ERROR):
        answers = {answer_to(KNOWN), answer_to(UNKNOWN)}

    assert len(answers) == 1
    assert caplog.text.count("reset_links_not_asked_for") == 2


def test_a_page_sends_no_mail_itself(dana, queue):
    answer_to(KNOWN)
    answer_to(UNKNOWN)

    assert mail.outbox == []
    assert queue == [[dana.pk], []]


def test_the_link_opens_a_new_password(dana, queue):
    answer_to(KNOWN)
    tasks.send_reset_links(*queue)
    (link,) = LINK.findall(mail.outbox[0].body)
    client = Client()
    form = client.get(link.removeprefix("http://localhost:8000"), follow=True)

    client.post(
        form.redirect_chain[-1][0],
        dict.fromkeys(("password1", "password2"), "correct horse battery"),
    )

    dana.refresh_from_db()
    assert dana.check_password("correct horse battery")


def test_the_link_goes_to_the_address_on_the_account_alone(dana, queue):
    answer_to(KNOWN.upper())

    tasks.send_reset_links(*queue)

    assert [sent.to for sent in mail.outbox] == [[KNOWN]]


def test_an_address_that_nobody_has_gets_no_mail(queue):
    answer_to(UNKNOWN)

    tasks.send_reset_links(*queue)

    assert mail.outbox == []


def test_somebody_who_has_left_gets_no_mail(dana, queue):
    answer_to(KNOWN)
    dana.is_active = False
    dana.save()

    tasks.send_reset_links(*queue)

    assert mail.outbox == []


@pytest.mark.usefixtures("broken_mail")
def test_a_link_that_cannot_leave_is_in_the_log(dana, caplog):
    with caplog.at_level(logging.ERROR):
        tasks.send_reset_links([dana.pk])

    assert "reset_link_not_sent" in caplog.text
    assert KNOWN not in caplog.text
