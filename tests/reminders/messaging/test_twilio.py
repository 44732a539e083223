"""What only Twilio has: validity periods, messaging services, and addresses that are signed."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.fake_http import fake_api
from tests.reminders.messaging.carriers import twilio
from tests.reminders.messaging.test_carriers import HERE, Setup, delivery
from tests.world import NOW


@pytest.fixture
def setup():
    with fake_api() as api:
        api.status, api.answer = twilio.accepted("SM1")
        yield Setup(twilio.carrier(api.url), twilio, api)


@pytest.mark.parametrize(
    ("left", "seconds"),
    [(timedelta(hours=2), "7200"), (timedelta(days=2), "36000"), (-timedelta(hours=1), "1")],
)
def test_a_text_is_tried_for_as_long_as_it_is_of_use(setup, left, seconds):
    setup.send(delivery(expires_at=NOW + left))

    assert setup.api.asked[0].form["ValidityPeriod"] == seconds


def test_a_service_sends_under_its_own_name(setup):
    service = "MG" + "1" * 32
    setup.carrier = replace(setup.carrier, sender=service)

    setup.send(delivery())

    assert setup.api.asked[0].form["MessagingServiceSid"] == service
    assert "From" not in setup.api.asked[0].form


def test_a_report_about_another_attempt_needs_its_own_signature(setup):
    webhook = twilio.report(HERE + "status", uuid4(), "delivered")
    other = replace(webhook, url=f"{HERE}status?attempt={uuid4()}")

    assert not setup.carrier.has_signed(other)
