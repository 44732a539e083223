"""What dead workers leave behind ends as sent, as said again, or with a person."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from reminders.messaging.delivery import attempts, claim, dispatcher, recovery
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message
from scheduling.models import ContactPoint, Task
from tests.reminders.fake_carriers import message, states
from tests.world import NOW, a_booking, a_patient, an_order

pytestmark = pytest.mark.django_db
CHUNKS = {"sms": 10, "email": 50}


def dies_at_hand_over(injection):
    """A worker that wrote its attempts and was killed before it heard anything."""
    outbox.reconcile([injection.pk], NOW)
    outgoing_messages = claim.claim(NOW, 50, CHUNKS).messages
    attempts.write([attempts.compose(each, NOW) for each in outgoing_messages], NOW)
    lease_ends()


def lease_ends():
    Message.objects.filter(state="sending").update(lease_until=Now() - timedelta(seconds=1))


def by_text(**fields):
    injection = a_booking(an_order(a_patient(email=None, **fields)))
    ContactPoint.objects.update(first_text_at=NOW)
    return injection


def by_mail():
    return a_booking(an_order(a_patient(mobile=None)))


def test_a_claim_that_never_became_an_attempt_goes_back_to_the_queue(carriers):
    injection = by_text()
    outbox.reconcile([injection.pk], NOW)
    claim.claim(NOW, 50, CHUNKS)
    lease_ends()

    counts = recovery.recover(NOW)
    carriers.deliver(NOW)

    assert counts.requeued == 1
    assert states(injection)["booked", "sms"] == "sent"


def test_a_living_worker_keeps_its_messages(carriers):
    injection = by_text()
    outbox.reconcile([injection.pk], NOW)
    claim.claim(NOW, 50, CHUNKS)

    counts = recovery.recover(NOW + timedelta(days=1))

    assert counts == recovery.RecoveryCounts()
    assert states(injection)["booked", "sms"] == "sending"


def test_a_text_the_carrier_has_is_not_sent_again(carriers):
    injection = by_text()
    dies_at_hand_over(injection)
    attempt = Attempt.objects.get()
    carriers.sms.known[str(attempt.reference)] = "SM1"

    counts = recovery.recover(NOW)
    carriers.deliver(NOW)

    attempt.refresh_from_db()
    assert (counts.found, carriers.sms.taken) == (1, [])
    assert (attempt.state, attempt.provider_id) == ("accepted", "SM1")
    assert states(injection)["booked", "sms"] == "sent"


def test_a_text_the_carrier_never_had_is_sent(carriers):
    injection = by_text()
    dies_at_hand_over(injection)

    recovery.recover(NOW)
    carriers.deliver(NOW)

    assert len(carriers.sms.taken) == 1
    assert [each.state for each in Attempt.objects.order_by("pk")] == ["unavailable", "accepted"]


def test_a_text_nobody_can_tell_about_is_never_said_blindly_again(carriers):
    injection = by_text()
    Message.objects.update(retry_when_unknown=False)
    dies_at_hand_over(injection)
    carriers.sms.can_tell = False
    Message.objects.update(retry_when_unknown=False)

    recovery.recover(NOW)
    carriers.deliver(NOW)

    assert carriers.sms.taken == []
    assert message(injection, "booked", "sms").reason == recovery.UNKNOWN_END
    assert Task.objects.filter(step="booked").exists()


def test_an_e_mail_is_said_again_under_the_same_message_id(carriers):
    injection = by_mail()
    dies_at_hand_over(injection)
    lost = message(injection, "booked", "email")

    recovery.recover(NOW)
    carriers.deliver(NOW)

    assert f"Message-ID: <{lost.reference}@" in carriers.email.texts[0]


def test_an_e_mail_that_must_not_be_said_twice_is_not(carriers):
    injection = by_mail()
    outbox.reconcile([injection.pk], NOW)
    Message.objects.update(retry_when_unknown=False)
    outgoing_messages = claim.claim(NOW, 50, CHUNKS).messages
    attempts.write([attempts.compose(each, NOW) for each in outgoing_messages], NOW)
    lease_ends()

    recovery.recover(NOW)
    carriers.deliver(NOW)

    assert carriers.email.taken == []
    assert states(injection)["booked", "email"] == "failed"


def test_a_carrier_that_does_not_answer_is_asked_again_later(carriers, monkeypatch):
    injection = by_text()
    dies_at_hand_over(injection)

    def down(unconfirmed):
        raise recovery.Unavailable("could not ask")

    monkeypatch.setattr(carriers.sms, "find", down, raising=False)
    counts = recovery.recover(NOW)

    assert (counts.open, states(injection)["booked", "sms"]) == (1, "sending")


def test_a_message_that_kills_every_worker_is_given_to_a_person(carriers):
    injection = by_text()
    outbox.reconcile([injection.pk], NOW)
    for _ in range(recovery.DEADLY):
        claim.claim(NOW, 50, CHUNKS)
        lease_ends()
        recovery.recover(NOW)

    assert message(injection, "booked", "sms").reason == recovery.KILLER
    assert Task.objects.filter(step="booked").exists()


def test_news_of_a_worker_that_was_thought_dead_changes_nothing(carriers):
    injection = by_mail()
    dies_at_hand_over(injection)
    slow = Attempt.objects.select_related("message").get()
    recovery.recover(NOW)
    carriers.deliver(NOW)

    late = dispatcher._attempt_result(
        _letter_like(slow), slow.pk, dispatcher.Unavailable("timed out")
    )
    dispatcher._write_results([late], NOW)

    slow.refresh_from_db()
    assert slow.error == "its end is unknown: said again under the same reference"
    assert states(injection)["booked", "email"] == "sent"


def test_a_worker_that_slept_through_its_lease_says_nothing(carriers):
    injection = by_text()
    outbox.reconcile([injection.pk], NOW)
    asleep = [attempts.compose(each, NOW) for each in claim.claim(NOW, 50, CHUNKS).messages]
    lease_ends()
    recovery.recover(NOW)
    awake = claim.claim(NOW, 50, CHUNKS).messages

    assert attempts.write(asleep, NOW).deliveries == {}
    written = attempts.write([attempts.compose(each, NOW) for each in awake], NOW)
    assert len(written.deliveries) == len(awake)


def test_late_news_does_not_take_a_message_from_the_worker_that_has_it_now(carriers):
    injection = by_mail()
    dies_at_hand_over(injection)
    slow = Attempt.objects.select_related("message").get()
    recovery.recover(NOW)
    claim.claim(NOW, 50, CHUNKS)

    late = dispatcher._attempt_result(
        _letter_like(slow), slow.pk, dispatcher.Unavailable("timed out")
    )
    dispatcher._write_results([late], NOW)

    assert states(injection)["booked", "email"] == "sending"


def test_two_lost_texts_of_the_same_words_are_not_one(carriers):
    injection = by_text()
    for key in ("first", "second"):
        facts = {"injection": injection, "patient": injection.patient, "text_key": "help"}
        outbox.reply(**facts, key=key, at=NOW)
    outgoing_messages = claim.claim(NOW, 50, CHUNKS).messages
    attempts.write([attempts.compose(each, NOW) for each in outgoing_messages], NOW)
    lease_ends()
    carriers.sms.known[Attempt.objects.first().body_sha256] = "SM1"

    counts = recovery.recover(NOW)

    assert (counts.found, counts.requeued) == (1, 1)


def _letter_like(attempt):
    """The letter of an attempt, as far as its result needs it."""
    empty = claim.OutgoingMessage(*[None] * len(claim.OutgoingMessage._fields))
    return empty._replace(
        message=attempt.message_id,
        channel=attempt.channel,
        address=attempt.address,
        attempts_made=1,
        expires_at=attempt.message.expires_at,
    )


def test_an_attempt_that_cannot_be_judged_holds_up_no_other(carriers, monkeypatch):
    bad, good = by_text(), by_text()
    dies_at_hand_over(bad)
    dies_at_hand_over(good)
    lost = Attempt.objects.get(message__injection=bad).reference
    find = carriers.sms.find

    def broken(unconfirmed):
        if unconfirmed.reference == lost:
            raise RuntimeError("a bug in the question")
        return find(unconfirmed)

    monkeypatch.setattr(carriers.sms, "find", broken)
    recovery.recover(NOW)

    assert states(good)["booked", "sms"] == "queued"
    assert states(bad)["booked", "sms"] == "sending"
