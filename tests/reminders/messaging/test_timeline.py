"""The page of a visit tells what was said and what was not, each with its own reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders.messaging.channels.base import Refused
from reminders.messaging.delivery import receipts
from reminders.messaging.planning import outbox
from reminders.messaging.timeline import Line, timeline
from reminders.models import Attempt
from scheduling import bookings
from tests.reminders.post_room import message
from tests.world import NOW, START, a_booking, a_patient, an_order

pytestmark = pytest.mark.django_db


def line(injection, step: str, occurrence: str = "", revision: int | None = None) -> Line:
    """The line of one promise; of an older revision's when it is named."""
    found = [
        each
        for each in timeline(injection)
        if (entry := each.planned or each.message)
        and (entry.step, entry.occurrence) == (step, occurrence)
        and (revision is None or (each.message and each.message.revision == revision))
    ]
    assert len(found) == 1, found
    return found[0]


def arrived(message) -> None:
    attempt = Attempt.objects.get(message=message, state="accepted")
    told = {"reference": attempt.reference, "provider_id": attempt.provider_id, "code": ""}
    receipts.receive(**told, word="delivered", at=NOW + timedelta(minutes=1))


def test_a_delivered_text_is_not_called_unneeded_afterwards(post_room):
    injection = a_booking()
    post_room.work(injection, NOW)
    arrived(message(injection, "opt_in"))
    outbox.reconcile([injection.pk], NOW + timedelta(minutes=2))

    told = line(injection, "opt_in")

    assert (told.state, told.tone, told.why, told.is_off) == ("Delivered", "good", "", False)


def test_a_delivered_message_keeps_the_plans_reason(post_room):
    injection = a_booking()
    post_room.work(injection, NOW)
    arrived(message(injection, "booked", "email"))

    told = line(injection, "booked", "email")

    assert (told.state, told.why) == ("Delivered", told.planned.why)
    assert told.at == NOW


def test_a_message_that_failed_over_shows_both_hand_overs(post_room):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    confirm = message(injection, "confirm").send_at
    post_room.deliver(NOW)
    post_room.sms.answers.append(Refused("error 30006 from the carrier"))

    post_room.deliver(confirm)

    told = line(injection, "confirm")
    ways = [(each.channel.value, each.state.value, each.error) for each in told.attempts]
    assert told.state == "Sent"
    assert ways == [("sms", "refused", "error 30006 from the carrier"), ("email", "accepted", "")]


def test_a_cancelled_message_says_what_superseded_it(post_room):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "day_before", "sms", revision=1)
    assert (told.state, told.why) == ("Cancelled", "superseded by revision 2")
    assert (told.tone, told.planned) == ("plain", None)


def test_a_folded_step_names_its_reason_and_has_no_message(post_room):
    injection = a_booking(at=START - timedelta(hours=20))
    outbox.reconcile([injection.pk], START - timedelta(hours=20))

    told = line(injection, "week_before", "sms")

    assert (told.state, told.message) == ("Part of another message", None)
    assert "folded into the booking message" in told.why


def test_what_needs_consent_that_was_not_given_is_left_to_a_person(post_room):
    injection = a_booking(an_order(a_patient(consent=())))
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "week_before", "email")

    assert (told.state, told.message, told.channels) == ("For a person", None, ())
    assert "no way to write to this patient" in told.why


def test_what_may_be_left_unsaid_without_consent_is_not_called_late(post_room):
    injection = a_booking(an_order(a_patient(consent=())))
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "confirm")

    assert (told.state, told.message) == ("Not sent", None)
    assert "no way to write to this patient" in told.why


def test_the_timeline_costs_the_same_for_many_messages(post_room):
    injection = a_booking()
    with CaptureQueriesContext(connection) as few:
        timeline(injection)
    post_room.work(injection, NOW)

    with CaptureQueriesContext(connection) as many:
        timeline(injection)

    assert len(many) <= len(few) + 2
