"""The page of a visit tells what was said and what was not, each with its own reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders.messaging.channels.base import Refused
from reminders.messaging.planning import outbox
from reminders.messaging.timeline import TimelineEntry, timeline
from reminders.models import Attempt, Message
from scheduling import bookings
from scheduling.models import Location
from tests.reminders.fake_carriers import message, report
from tests.world import NOW, START, a_booking, a_patient, an_order, local

pytestmark = pytest.mark.django_db


def line(injection, step: str, occurrence: str = "", revision: int | None = None) -> TimelineEntry:
    """The line of one promise; of an older revision's when it is named."""
    found = [
        each
        for each in timeline(injection, NOW)
        if (entry := each.planned or each.message)
        and (entry.step, entry.occurrence) == (step, occurrence)
        and (revision is None or (each.message and each.message.revision == revision))
    ]
    assert len(found) == 1, found
    return found[0]


def arrived(message) -> None:
    attempt = Attempt.objects.get(message=message, state="accepted")
    report(attempt, "delivered", at=NOW + timedelta(minutes=1))


def test_a_delivered_text_is_not_called_unneeded_afterwards(carriers):
    injection = a_booking()
    carriers.work(injection, NOW)
    arrived(message(injection, "opt_in"))
    outbox.reconcile([injection.pk], NOW + timedelta(minutes=2))

    told = line(injection, "opt_in")

    assert (told.state, told.tone, told.why, told.is_off) == ("Delivered", "good", "", False)


def test_a_delivered_message_keeps_the_plans_reason(carriers):
    injection = a_booking()
    carriers.work(injection, NOW)
    arrived(message(injection, "booked", "email"))

    told = line(injection, "booked", "email")

    assert (told.state, told.why) == ("Delivered", told.planned.why)
    assert told.at == NOW


def test_a_message_that_failed_over_shows_both_hand_overs(carriers):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    confirm = message(injection, "confirm").send_at
    carriers.deliver(NOW)
    carriers.sms.answers.append(Refused("error 30006 from the carrier"))

    carriers.deliver(confirm)

    told = line(injection, "confirm")
    ways = [(each.channel.value, each.state.value, each.error) for each in told.attempts]
    assert told.state == "Sent"
    assert ways == [("sms", "refused", "error 30006 from the carrier"), ("email", "accepted", "")]


def test_a_cancelled_message_says_what_superseded_it(carriers):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "day_before", "sms", revision=1)
    assert (told.state, told.why) == ("Cancelled", "superseded by revision 2")
    assert (told.tone, told.planned) == ("plain", None)


def test_a_folded_step_names_its_reason_and_has_no_message(carriers):
    injection = a_booking(at=START - timedelta(hours=20))
    outbox.reconcile([injection.pk], START - timedelta(hours=20))

    told = line(injection, "week_before", "sms")

    assert (told.state, told.message) == ("Part of another message", None)
    assert "folded into the booking message" in told.why


def test_what_needs_consent_that_was_not_given_is_left_to_a_person(carriers):
    injection = a_booking(an_order(a_patient(consent=())))
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "week_before", "email")

    assert (told.state, told.message, told.channels) == ("For a person", None, ())
    assert "no way to write to this patient" in told.why


def test_what_may_be_left_unsaid_without_consent_is_not_called_late(carriers):
    injection = a_booking(an_order(a_patient(consent=())))
    outbox.reconcile([injection.pk], NOW)

    told = line(injection, "confirm")

    assert (told.state, told.message) == ("Not sent", None)
    assert "no way to write to this patient" in told.why


def test_the_timeline_costs_the_same_for_many_messages(carriers):
    injection = a_booking()
    with CaptureQueriesContext(connection) as few:
        timeline(injection, NOW)
    carriers.work(injection, NOW)

    with CaptureQueriesContext(connection) as many:
        timeline(injection, NOW)

    assert len(many) <= len(few) + 2


def test_a_queued_message_says_what_would_stop_it_by_the_rule_that_will():
    injection = a_booking(an_order(a_patient(email=None)))
    outbox.reconcile([injection.pk], NOW)
    before = line(injection, "confirm").held_up

    injection.patient.consents.update(revoked_at=NOW)

    assert before is None
    assert line(injection, "confirm").held_up.why == "sms: no consent for reminders"


def test_a_location_whose_settings_cannot_be_read_does_not_take_the_page_away():
    injection = a_booking(an_order(a_patient(email=None)))
    outbox.reconcile([injection.pk], NOW)
    Location.objects.update(policy={"waking_from": "eight"})

    found = [each for each in timeline(injection, NOW) if each.held_up]

    assert {each.held_up.why for each in found} == {"an error of ours, see the log"}


def test_a_message_that_is_due_at_night_says_until_when_it_waits():
    injection = a_booking(an_order(a_patient(email=None)))
    outbox.reconcile([injection.pk], NOW)
    night = local("2026-03-12 23:00")
    Message.objects.filter(injection=injection, step="confirm").update(send_at=night)

    found = line(injection, "confirm")

    assert found.waits_until == local("2026-03-13 08:00")
    assert found.held_up.why == "it is night where the patient is"
