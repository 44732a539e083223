"""Claiming: due messages are locked, the rule decides, and what it decided is written."""

from datetime import timedelta

import pytest

from reminders.messaging.delivery import attempts, outgoing
from reminders.messaging.delivery.claim import claim
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message
from scheduling import bookings, people
from scheduling.models import ContactPoint, Injection, Location
from scheduling.rules.procedure import Channel
from tests.reminders.fake_carriers import message, only
from tests.world import NOW, a_booking, a_patient, an_order

pytestmark = pytest.mark.django_db
CHUNKS = {"sms": 10, "email": 10}
SECOND = timedelta(seconds=1)


def by_text(**fields):
    injection = a_booking(an_order(a_patient(email=None, **fields)))
    ContactPoint.objects.update(first_text_at=NOW)
    only(injection, "booked", NOW)
    return injection


def test_what_goes_carries_its_route_a_lease_and_the_number_of_its_claim():
    injection = by_text(mobile="+12025550104")

    taken = claim(NOW, 10, CHUNKS)

    (mine,) = taken.messages
    row = message(injection, "booked", "sms")
    assert (mine.channel, mine.address, mine.first) == ("sms", "+12025550104", False)
    assert (row.state, row.attempts_made, mine.attempts_made) == ("sending", 1, 1)
    assert row.lease_until is not None


def test_what_has_to_wait_keeps_its_count_and_learns_when_to_look_again():
    injection = by_text()
    bookings.confirm(injection=injection, how="phone", by=None, at=NOW + SECOND)

    taken = claim(NOW + SECOND, 10, CHUNKS)

    row = message(injection, "booked", "sms")
    assert taken.messages == []
    assert (row.state, row.attempts_made, row.retry_at) == ("queued", 0, NOW + 6 * SECOND)


def test_a_chunk_leaves_the_rest_of_a_channel_untouched():
    for _ in range(3):
        by_text()

    taken = claim(NOW, 10, {"sms": 2, "email": 10})

    assert (len(taken.messages), taken.touched) == (2, 2)
    assert Message.objects.filter(state="queued", retry_at=None).count() == 1


def unreadable():
    """An injection at a location whose settings cannot be read."""
    injection = by_text()
    elsewhere = Location.objects.create(
        name="Broken", address="1", phone="+12025550100", zone="America/New_York",
        policy={"waking_from": "eight"},
    )  # fmt: skip
    Injection.objects.filter(pk=injection.pk).update(location=elsewhere)
    return injection


def test_one_record_that_cannot_be_judged_holds_up_no_other():
    broken, sound = unreadable(), by_text()

    taken = claim(NOW, 10, CHUNKS)

    assert [each.injection for each in taken.messages] == [sound.pk]
    assert message(broken, "booked", "sms").retry_at == NOW + timedelta(minutes=1)


def test_what_cannot_be_judged_until_it_is_useless_ends_with_a_person(carriers):
    injection = unreadable()
    last = message(injection, "booked", "sms").expires_at - 30 * SECOND

    carriers.deliver(last)

    row = message(injection, "booked", "sms")
    assert (row.state, row.reason) == ("expired", outgoing.BUG)
    assert injection.tasks.filter(step="booked", done_at=None).exists()


def test_diary_texts_and_reminders_to_one_number_are_counted_apart():
    kept = [by_text(mobile="+12025550104") for _ in range(2)]
    diary = {"purpose": "diary", "states": ["booked"]}
    Message.objects.filter(injection=kept[0]).update(**diary)
    Attempt.objects.bulk_create(
        Attempt(message=message(kept[1], "booked", "sms"), channel="sms", address="+12025550104",
                state="accepted", handed_at=NOW) for _ in range(3)
    )  # fmt: skip

    taken = claim(NOW, 10, CHUNKS)

    assert [each.injection for each in taken.messages] == [kept[0].pk]
    assert message(kept[1], "booked", "sms").state == "queued"


@pytest.mark.parametrize("change", ["opted out", "moved to another number", "cancelled"])
def test_a_change_between_claim_and_hand_over_is_looked_at_before_anything_is_said(change):
    injection = by_text(mobile="+12025550104")
    drafts = [attempts.compose(each, NOW) for each in claim(NOW, 10, CHUNKS).messages]
    if change == "opted out":
        people.opt_out(channel=Channel.SMS, value="+12025550104", source="text", at=NOW)
    elif change == "cancelled":
        bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    else:
        people.reach(
            patient=injection.patient, channel=Channel.SMS, value="+12025550199", by=None, at=NOW
        )

    written = attempts.write(drafts, NOW)

    row = message(injection, "booked", "sms")
    assert written.deliveries == {}
    assert (row.state, row.retry_at, row.attempts_made) == ("queued", NOW, 0)
    assert not Attempt.objects.exists()


def test_facts_of_a_page_are_read_without_a_lock_and_without_a_change():
    injection = by_text()
    found = outgoing.read_queued(injection.pk, NOW)

    assert [each.step for each in found] == ["booked"]
    assert message(injection, "booked", "sms").state == "queued"


def test_reconciling_and_claiming_agree_about_a_patient_who_gave_no_consent():
    injection = a_booking(an_order(a_patient(email=None)))
    injection.patient.consents.update(revoked_at=NOW)

    outbox.reconcile([injection.pk], NOW)

    assert not Message.objects.filter(injection=injection, step="booked").exists()
    assert injection.tasks.filter(step="booked").exists()
