"""The carrier's webhooks: signed or refused, and never a 500 for garbage."""

from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from twilio.request_validator import RequestValidator

from clinic import addresses
from reminders.models import Attempt, InboundText
from tests.reminders.fake_carriers import message, only
from tests.reminders.messaging.test_carriers import CARRIERS
from tests.world import NOW, a_booking

pytestmark = pytest.mark.django_db

NOBODY = UUID("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def carrier(settings):
    """Posts forms as the carrier does, signed unless told otherwise."""

    def post(address, form, signature=None):
        url = settings.SITE_URL + address
        signed = RequestValidator(settings.SMS.token).compute_signature(url, form)
        headers = {"X-Twilio-Signature": signed if signature is None else signature}
        client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
        kind = "application/x-www-form-urlencoded"
        return client.post(address, urlencode(form), content_type=kind, headers=headers)

    return post


def status_of(reference) -> str:
    return f"{reverse('sms_status')}?attempt={reference}"


@pytest.fixture
def attempt():
    injection = a_booking()
    only(injection, "booked", NOW)
    row = message(injection, "booked", "sms")
    return Attempt.objects.create(message=row, channel="sms", address="+15550001111", handed_at=NOW)


def test_a_signed_receipt_is_kept(carrier, attempt):
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}

    answer = carrier(status_of(attempt.reference), form)

    attempt.refresh_from_db()
    assert answer.status_code == 200
    assert (attempt.state, attempt.provider_id) == ("accepted", "SM1")


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 403), ({"X-Twilio-Signature": "forged"}, 413)]
)
def test_what_no_carrier_sends_is_refused_unread(client, monkeypatch, headers, status):
    unread = property(lambda request: pytest.fail("the body was read"))
    monkeypatch.setattr(HttpRequest, "body", unread)

    answer = client.post(
        reverse("sms_inbound"), b"x" * 70_000, content_type="text/plain", headers=headers
    )

    assert answer.status_code == status


@pytest.mark.parametrize("signature", ["", "forged", "ñ"])
def test_a_forged_receipt_is_refused_and_changes_nothing(carrier, attempt, signature):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}

    answer = carrier(status_of(attempt.reference), form, signature)

    attempt.refresh_from_db()
    assert answer.status_code == 403
    assert attempt.state == "handed"


def test_a_code_of_any_length_is_kept_by_its_beginning(carrier, attempt):
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "9" * 300}

    answer = carrier(status_of(attempt.reference), form)

    attempt.refresh_from_db()
    assert answer.status_code == 200
    assert attempt.error == f"error {'9' * 12} from the carrier"


def test_a_receipt_for_nothing_we_know_is_not_wanted_again(carrier):
    answer = carrier(status_of(uuid4()), {"MessageSid": "SM1", "MessageStatus": "delivered"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "form", "sentence"),
    [
        ("?attempt=no-uuid", {"MessageStatus": "sent"}, "must name an attempt"),
        ("", {"MessageStatus": "sent"}, "must name an attempt"),
        (f"?attempt={NOBODY}", {}, "state of the text is missing"),
        (f"?attempt={NOBODY}", {str(number): "x" for number in range(201)}, "200 fields"),
    ],
)
def test_garbage_gets_a_sentence(carrier, address, form, sentence):
    answer = carrier(reverse("sms_status") + address, form)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("look", CARRIERS.values(), ids=CARRIERS)
def test_the_carrier_in_use_is_heard_in_its_own_language(client, settings, monkeypatch, look):
    settings.SMS = addresses.sms(look.URL)
    monkeypatch.setattr("scheduling.clock.now", lambda: NOW)
    webhook = look.text(settings.SITE_URL + reverse("sms_inbound"), "T1", "+15550001111", "HELP")

    answer = client.post(
        reverse("sms_inbound"),
        webhook.body,
        content_type="application/json",
        headers=webhook.headers,
    )

    assert answer.status_code == 200
    assert InboundText.objects.get().body == "HELP"


def test_a_text_is_heard_and_answered_through_the_outbox_alone(carrier):
    form = {"MessageSid": "SM1", "From": "+15550001111", "To": "+15550100000", "Body": "HELP"}

    answer = carrier(reverse("sms_inbound"), form)

    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    assert InboundText.objects.get().body == "HELP"


@pytest.mark.parametrize(
    "form",
    [
        {"From": "+15550001111", "Body": "C"},
        {"MessageSid": "SM1", "Body": "C"},
        {"MessageSid": "S" * 81, "From": "+15550001111"},
        {"MessageSid": "SM1", "From": "+" + "1" * 30},
    ],
)
def test_a_text_without_its_marks_is_refused_with_a_sentence(carrier, form):
    answer = carrier(reverse("sms_inbound"), form)

    assert answer.status_code == 400
    assert answer.content


@pytest.mark.parametrize(
    ("sender", "body"),
    [("TWILIO", "hello"), ("12345", "STOP"), ("+15550001111", ""), ("+15550001111", "☃" * 5000)],
)
def test_odd_senders_and_bodies_are_heard_without_a_fault(carrier, sender, body):
    answer = carrier(reverse("sms_inbound"), {"MessageSid": "SM1", "From": sender, "Body": body})

    assert answer.status_code == 200
    assert len(InboundText.objects.get().body) <= 1600


def test_the_doors_open_for_posts_only(client):
    assert client.get(reverse("sms_inbound")).status_code == 405
    assert client.get(reverse("sms_status")).status_code == 405
