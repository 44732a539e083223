"""What only Telnyx has: requests that grow old, messaging profiles, events of other kinds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fake_http import fake_api
from tests.reminders.messaging.carriers import telnyx
from tests.reminders.messaging.test_carriers import HERE, Setup, delivery
from tests.world import NOW


def test_a_profile_chooses_the_number_itself():
    profile = "4000eba1-a0c0-4563-9925-b25e842a7cb6"
    with fake_api() as api:
        api.status, api.answer = telnyx.accepted("T1")
        Setup(replace(telnyx.carrier(api.url), sender=profile), telnyx, api).send(delivery())

    assert api.asked[0].json["messaging_profile_id"] == profile
    assert "from" not in api.asked[0].json


@pytest.mark.parametrize(("minutes", "fresh"), [(0, True), (4, True), (-4, True), (6, False)])
def test_a_request_is_believed_for_five_minutes(minutes, fresh):
    webhook = telnyx.signed(HERE, {}, NOW - timedelta(minutes=minutes))

    assert telnyx.carrier("").has_signed(webhook) is fresh


def test_an_event_of_another_kind_is_no_text():
    webhook = telnyx.event(HERE, "message.finalized", {"id": "T1"})

    assert telnyx.carrier("").received_text(webhook) is None
