"""Mail through a provider's API, by Anymail: what is sent, and what each answer means."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from uuid import uuid4

import anymail.backends
import pytest
from anymail.exceptions import AnymailUnsupportedFeature
from django.core.mail import EmailMultiAlternatives

from clinic import addresses
from reminders.messaging.channels.base import Accepted, Delivery, Refused, Unavailable, Unknown
from reminders.messaging.channels.email import EmailChannel, outcome_of
from tests.fake_http import FakeApi, fake_api
from tests.world import NOW

NO_PROVIDERS = {"base", "base_requests", "console", "test", "sendinblue"}  # the last is brevo now
BY_SMTP_ONLY = {"sendgrid", "amazon_ses"}
VALUES = {"api_url": "https://api.example/v1/", "sandbox_id": "7"}  # others may be anything


class ReadSettings(dict):
    """Settings that remember which of them were read."""

    def __init__(self, values: dict) -> None:
        super().__init__(values)
        self.read = set()

    def __getitem__(self, name: str) -> str:
        value = super().__getitem__(name)
        self.read.add(name)
        return value


def an_email() -> EmailMultiAlternatives:
    """One with every part that ours may have."""
    email = EmailMultiAlternatives(
        "Your visit",
        "Come at 9.",
        "Clínica <clinic@example.com>",
        ["p1@example.com"],
        headers={"Message-ID": "<1@clinic>", "Auto-Submitted": "auto-generated"},
    )
    email.attach_alternative("<p>Come at 9.</p>", "text/html")
    email.attach("visit.ics", "BEGIN:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    return email


def test_every_provider_of_anymail_is_one_setting():
    modules = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)}

    assert modules - NO_PROVIDERS - BY_SMTP_ONLY == set(addresses.EMAIL_PROVIDERS)


@pytest.mark.parametrize("name", sorted(addresses.EMAIL_PROVIDERS))
def test_a_provider_reads_each_of_its_settings_and_can_carry_each_part(name, settings):
    needed, possible = addresses.EMAIL_PROVIDERS[name]
    query = "&".join(f"{each}={VALUES.get(each, 'secret')}" for each in needed | possible)
    given = addresses.email(f"anymail://{name}?{query}").anymail
    settings.ANYMAIL = ReadSettings({"RESEND_VERIFY_ATTACHMENT_EXTENSIONS": False} | given)

    backend = import_module(f"anymail.backends.{name}").EmailBackend()
    payload = backend.build_message_payload(an_email(), backend.send_defaults)

    assert settings.ANYMAIL.read >= set(given)
    assert payload.get_request_params(backend.api_url)


@pytest.fixture
def provider(settings) -> Iterator[FakeApi]:
    with fake_api() as api:
        api.answer = {"id": "<1@clinic>", "message": "Queued."}
        settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
        settings.ANYMAIL = {
            "MAILGUN_API_KEY": "k",
            "MAILGUN_API_URL": f"{api.url}/v3",
            "REQUESTS_TIMEOUT": settings.EMAIL_TIMEOUT,
        }
        yield api


def send(count: int = 1) -> list:
    with EmailChannel().open() as connection:
        mails = [Delivery(1, uuid4(), "p1@example.com", an_email(), NOW) for _ in range(count)]
        return list(connection.send(mails, NOW))


def test_a_mail_keeps_its_parts_and_its_message_id(provider):
    assert send() == [Accepted()]

    (body,) = [asked.body for asked in provider.asked]
    assert b"Come at 9." in body
    assert b"<p>Come at 9.</p>" in body
    assert b'text/calendar; method="REQUEST"' in body
    assert b"<1@clinic>" in body


def test_a_drain_keeps_its_connection(provider):
    assert send(3) == [Accepted()] * 3
    assert len({asked.client for asked in provider.asked}) == 1


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Refused),
        (422, Refused),
        (401, Unavailable),
        (403, Unavailable),
        (404, Unavailable),
        (408, Unavailable),
        (429, Unavailable),
        (503, Unavailable),
        (500, Unknown),
        (502, Unknown),
    ],
)
def test_each_answer_has_its_meaning(provider, status, meaning):
    provider.status, provider.answer = status, {"message": "p1@example.com is no good"}

    (outcome,) = send()

    assert type(outcome) is meaning
    assert "p1" not in str(outcome)


def test_an_answer_that_cannot_be_read_leaves_the_end_unknown(provider):
    provider.answer = "taken?"

    assert [type(outcome) for outcome in send()] == [Unknown]


def test_a_provider_that_hangs_up_may_have_taken_it(provider):
    provider.hangs_up = True

    assert [type(outcome) for outcome in send()] == [Unknown]


def test_a_provider_that_is_not_there_has_taken_nothing(provider, settings):
    settings.ANYMAIL["MAILGUN_API_URL"] = "http://127.0.0.1:1/v3"

    assert [type(outcome) for outcome in send()] == [Unavailable]


def test_a_recipient_on_the_providers_list_of_the_refused_is_refused(provider, settings):
    settings.EMAIL_BACKEND = "anymail.backends.mandrill.EmailBackend"
    settings.ANYMAIL |= {
        "MANDRILL_API_KEY": "k",
        "MANDRILL_API_URL": settings.ANYMAIL["MAILGUN_API_URL"],
    }
    provider.answer = [{"email": "p1@example.com", "status": "rejected", "_id": "1"}]

    assert [type(outcome) for outcome in send()] == [Refused]


def test_what_a_provider_can_never_carry_is_refused():
    assert type(outcome_of(AnymailUnsupportedFeature("alternatives"))) is Refused
