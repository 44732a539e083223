"""States only move forward, through one table that the database holds too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message, Receipt
from reminders.rules.plan.message_states import (
    ATTEMPT_NEXT,
    MESSAGE_NEXT,
    AttemptState,
    MessageState,
)
from scheduling.models import OptOut, Task
from tests.reminders.fake_carriers import message, only, report, states
from tests.waiting import until
from tests.world import NOW, a_booking, a_patient, an_order

MOVES = [(a, b) for a in MessageState for b in MessageState if a is not b]
ATTEMPT_MOVES = [(a, b) for a in AttemptState for b in AttemptState if a is not b]


def allowed(row, target) -> bool:
    facts = {"state": target, "reason": "a reason"}
    if isinstance(row, Attempt):
        facts = {"state": target}
    elif target is MessageState.SENDING:
        facts["lease_until"] = NOW
    try:
        with transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**facts)
    except Error:
        return False
    return True


@pytest.mark.django_db
def test_the_database_knows_the_table_of_message_states():
    only(injection := a_booking(), "booked", NOW)
    row = message(injection, "booked", "sms")

    found = {}
    for origin, target in MOVES:
        _force(row, origin)
        found[origin, target] = allowed(row, target)

    assert found == {(a, b): b in MESSAGE_NEXT[a] for a, b in MOVES}


@pytest.mark.django_db
def test_the_database_knows_the_table_of_attempt_states():
    only(injection := a_booking(), "booked", NOW)
    row = Attempt.objects.create(
        message=message(injection, "booked", "sms"), channel="sms", address="+1", handed_at=NOW
    )

    found = {}
    for origin, target in ATTEMPT_MOVES:
        _force(row, origin)
        found[origin, target] = allowed(row, target)

    assert found == {(a, b): b in ATTEMPT_NEXT[a] for a, b in ATTEMPT_MOVES}


def _force(row, state) -> None:
    """Put a row into a state, past the guard."""
    facts = {"state": state.value}
    if isinstance(row, Message):
        facts |= {"reason": "a reason", "lease_until": NOW}
    table, values = row._meta.db_table, ", ".join(f"{name} = %s" for name in facts)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE {table} SET {values} WHERE id = %s",  # noqa: S608, our own names
            [*facts.values(), row.pk],
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_the_document_shows_the_table():
    call_command("message_states", "--check")


def test_a_document_that_differs_fails_the_check(settings, tmp_path):
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match="out of date"):
        call_command("message_states", "--check")


@pytest.fixture
def sent(carriers):
    """A text that its carrier has taken."""
    injection = a_booking(an_order(a_patient(email=None)))
    only(injection, "booked", NOW)
    carriers.deliver(NOW)
    return Attempt.objects.get()


def receipt(attempt, word, code="", minutes=1):
    return report(attempt, word, code, NOW + timedelta(minutes=minutes))


def state_of(attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return attempt.state.value, Message.objects.get(pk=attempt.message_id).state.value


@pytest.mark.parametrize(
    "words",
    [
        ("sent", "delivered"),
        ("delivered", "sent"),
        ("queued", "sent", "delivered", "delivered", "queued"),
        ("delivered",),
    ],
)
def test_receipts_in_any_order_end_as_delivered(sent, words):
    for word in words:
        receipt(sent, word)

    assert state_of(sent) == ("delivered", "delivered")
    assert Receipt.objects.count() == len(set(words))


def test_a_receipt_may_overtake_our_own_note(sent):
    _force(sent, AttemptState.HANDED)
    _force(sent.message, MessageState.SENDING)

    receipt(sent, "delivered")

    assert state_of(sent) == ("delivered", "delivered")


def test_a_word_we_do_not_know_is_kept_and_changes_nothing(sent):
    receipt(sent, "teleported")

    assert state_of(sent) == ("accepted", "sent")
    assert Receipt.objects.get().meaning is None


def test_a_receipt_for_an_attempt_we_do_not_know_is_told_apart(db):
    unknown = Attempt(reference=uuid4(), provider_id="SM9")

    assert receipt(unknown, "delivered") is False


def test_an_undelivered_preparation_becomes_a_phone_task(sent):
    receipt(sent, "undelivered", "30006")

    assert state_of(sent) == ("undelivered", "undelivered")
    assert "error 30006 from the carrier" in Task.objects.get(step="booked").detail


def test_an_undelivered_text_goes_out_as_an_e_mail(carriers):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    only(injection, "confirm", NOW)
    due = message(injection, "confirm").send_at
    carriers.deliver(due)
    attempt = Attempt.objects.get()

    report(attempt, "undelivered", "30003", due)
    carriers.deliver(due)

    assert "Please confirm" in carriers.email.texts[0]
    assert states(injection)["confirm", ""] == "sent"


def test_a_late_failure_of_an_earlier_attempt_does_not_undo_a_later_one(carriers):
    injection = a_booking()
    only(injection, "confirm", NOW)
    due = message(injection, "confirm").send_at
    carriers.deliver(due)
    first = Attempt.objects.get()
    report(first, "undelivered", "30003", due)
    carriers.deliver(due)

    report(first, "failed", "30003", due)

    assert states(injection)["confirm", ""] == "sent"


def test_a_channel_that_was_only_away_is_tried_when_the_other_has_failed(carriers):
    injection = a_booking()
    only(injection, "confirm", NOW)
    row = message(injection, "confirm")
    mail = {"message": row, "channel": "email", "address": "patient@example.com"}
    Attempt.objects.create(**mail, state="unavailable", handed_at=row.send_at)
    carriers.deliver(row.send_at)
    text = Attempt.objects.get(channel="sms")

    report(text, "undelivered", "30003", row.send_at)
    carriers.deliver(row.send_at)

    assert "Please confirm" in carriers.email.texts[0]
    assert states(injection)["confirm", ""] == "sent"


@pytest.mark.django_db(transaction=True)
def test_two_attempts_that_fail_at_the_same_moment_do_not_wait_for_each_other():
    injection = a_booking()
    only(injection, "confirm", NOW)
    row = message(injection, "confirm")
    Message.objects.filter(pk=row.pk).update(state="sending", lease_until=NOW)
    Message.objects.filter(pk=row.pk).update(state="sent")
    facts = {"message": row, "state": "accepted", "handed_at": NOW}
    text = Attempt.objects.create(**facts, channel="sms", address="+15550001111")
    mail = Attempt.objects.create(**facts, channel="email", address="patient@example.com")
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        receipt(text, "undelivered")
        waits = other.submit(in_a_connection_of_its_own, receipt, mail, "undelivered")
        until(lambda: waits.done() or somebody_waits_for_a_lock())
    waits.result()

    assert states(injection)["confirm", ""] == "undelivered"


def in_a_connection_of_its_own(verb, *args):
    try:
        return verb(*args)
    finally:
        connection.close()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_a_block_reported_later_is_an_opt_out(sent):
    receipt(sent, "undelivered", "21610")

    assert OptOut.objects.filter(value=sent.address, lifted_at=None).exists()
