"""The outbox agrees with today's plan, whatever changed and however often it is asked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders.messaging import outbox, rounds
from reminders.messaging.outbox import Counts
from reminders.models import Message, Preparation
from scheduling import bookings, people, worklist
from scheduling.models import Task
from scheduling.rules.procedure import Channel, Purpose
from tests.reminders.post_room import message, states
from tests.world import NOW, START, a_booking, a_patient, an_order, completed, local, seats

pytestmark = pytest.mark.django_db


def writes(queries) -> list[str]:
    words = ("INSERT", "DELETE")
    return [each["sql"] for each in queries if each["sql"].lstrip().startswith(words)]


def test_a_booking_queues_every_message_that_its_plan_sends():
    injection = a_booking()

    counts = outbox.reconcile([injection.pk], NOW)

    assert counts.new == Message.objects.count() > 8
    assert set(states(injection).values()) == {"queued"}
    assert message(injection, "day_before", "sms").send_at == local("2026-03-15 16:00")


def test_reconciling_twice_changes_nothing():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    before = list(Message.objects.values().order_by("pk"))

    with CaptureQueriesContext(connection) as queries:
        counts = outbox.reconcile([injection.pk], NOW + timedelta(hours=1))

    assert counts == Counts()
    assert writes(queries) == []
    assert list(Message.objects.values().order_by("pk")) == before


def test_many_visits_cost_no_more_queries_than_one():
    one, *more = [a_booking(start=START + timedelta(days=day)) for day in range(5)]
    with CaptureQueriesContext(connection) as single:
        outbox.reconcile([one.pk], NOW)

    with CaptureQueriesContext(connection) as many:
        outbox.reconcile([each.pk for each in more], NOW)

    assert len(many) <= len(single)


def test_cancelling_a_visit_cancels_what_is_queued_and_says_so_once():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)
    outbox.reconcile([injection.pk], NOW)

    queued = states(injection, state="queued")
    assert set(queued) == {("cancelled", "email"), ("cancelled", "sms")}
    gone = Message.objects.filter(injection=injection, state="cancelled")
    assert {each.reason for each in gone} == {"superseded by revision 2"}


def test_moving_a_visit_supersedes_the_old_promise_and_announces_the_new_one():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    later = START + timedelta(days=1)
    held = seats(injection.order, injection.location, later)
    bookings.move(injection=injection, start=later, held=held, by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    assert states(injection, revision=1, state="queued") == {}
    assert states(injection, revision=2)[("moved", "sms")] == "queued"
    assert message(injection, "day_before", "sms", revision=2).send_at == local("2026-03-16 16:00")


def test_a_confirmed_visit_is_not_asked_to_confirm_again():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    bookings.confirm(injection=injection, how="phone", by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    again = message(injection, "confirm_again")
    assert again.state == "cancelled"
    assert "confirmed" in again.reason


def test_consent_given_again_brings_the_messages_back():
    patient = a_patient(email=None)
    injection = a_booking(an_order(patient))
    outbox.reconcile([injection.pk], NOW)
    told = {"purpose": Purpose.REMINDERS, "channel": Channel.SMS, "by": None}

    people.withdraw(patient=patient, why="asked", at=NOW, **told)
    outbox.reconcile([injection.pk], NOW)
    withdrawn = message(injection, "confirm").state
    people.agree(patient=patient, wording="v1", source="desk", at=NOW, **told)
    outbox.reconcile([injection.pk], NOW)

    assert withdrawn == "cancelled"
    assert message(injection, "confirm").state == "queued"


def test_a_patient_who_has_died_is_told_nothing_more():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    people.correct(patient=injection.patient, deceased_at=NOW, by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    assert states(injection, state="queued") == {}


def test_nobody_writes_retry_at_but_the_courier():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    pause = NOW + timedelta(minutes=3)
    Message.objects.update(retry_at=pause)

    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    outbox.reconcile([injection.pk], NOW)

    assert set(Message.objects.filter(revision=1).values_list("retry_at", flat=True)) == {pause}


def test_a_preparation_whose_time_has_passed_before_it_was_queued_becomes_a_phone_task():
    injection = a_booking()

    outbox.reconcile([injection.pk], START - timedelta(hours=2))

    late = message(injection, "day_before", "sms")
    assert (late.state, late.reason) == ("expired", "its time had passed before it was queued")
    task = Task.objects.get(kind="day_before", key__endswith="/sms")
    assert "Phone the patient" in task.title
    assert "+1555" in task.detail


def test_what_the_plan_leaves_to_a_person_opens_when_its_time_comes():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    calls = Task.objects.filter(kind="confirm_call")
    early = calls.exists()

    due = local("2026-03-14 13:00")
    outbox.reconcile(rounds.asking(due), due)

    assert not early
    assert calls.get().due_at >= due


def test_a_task_whose_reason_is_gone_is_closed():
    injection = a_booking()
    due = local("2026-03-14 13:00")
    outbox.reconcile([injection.pk], due)

    bookings.confirm(injection=injection, how="phone", by=None, at=due)
    outbox.reconcile([injection.pk], due)

    assert "confirmed" in Task.objects.get(kind="confirm_call").outcome


def test_a_task_that_a_person_finished_is_not_opened_again():
    injection = a_booking()
    due = local("2026-03-14 13:00")
    outbox.reconcile([injection.pk], due)
    task = Task.objects.get(kind="confirm_call")
    worklist.finish(task=task, outcome="Left a message", by=None, at=due)

    outbox.reconcile([injection.pk], due + timedelta(hours=1))

    task.refresh_from_db()
    assert task.outcome == "Left a message"


def test_a_completed_visit_gets_its_diary():
    injection = completed(a_booking())

    outbox.reconcile([injection.pk], injection.t0 + timedelta(minutes=10))

    assert message(injection, "diary", "H2").send_at == injection.t0 + timedelta(hours=2)
    assert injection.surveys.filter(slot="H2").exists()


def test_a_round_finds_what_changed_and_only_that():
    quiet, busy = a_booking(), a_booking(start=START + timedelta(days=2))
    rounds.reconcile_changed(NOW)
    bookings.confirm(injection=busy, how="phone", by=None, at=NOW + timedelta(minutes=1))

    found = rounds.changed()

    assert found == [busy.pk]
    assert quiet.pk not in found


def test_a_change_committed_late_is_still_found():
    first, second = a_booking(), a_booking(start=START + timedelta(days=2))
    rounds.reconcile_changed(NOW)
    bookings.confirm(injection=first, how="phone", by=None, at=NOW + timedelta(minutes=30))
    rounds.reconcile_changed(NOW + timedelta(minutes=30))

    bookings.confirm(injection=second, how="phone", by=None, at=NOW + timedelta(minutes=5))

    assert rounds.changed() == [second.pk]


def test_an_injection_that_cannot_be_planned_is_shown_to_a_person_and_stops_nobody():
    bad, good = a_booking(), a_booking(start=START + timedelta(days=2))
    type(bad.location).objects.filter(pk=bad.location_id).update(policy={"diary_hours": 7})

    outbox.reconcile([bad.pk, good.pk], NOW)

    assert states(good)
    assert not states(bad)
    assert Task.objects.filter(kind="unplannable", injection=bad).exists()


def test_the_night_looks_at_everybody():
    injection = a_booking()

    counts = rounds.everything(NOW)

    assert counts.new > 0
    assert Preparation.objects.get().reconciled_at == injection.changed_at


def test_the_protocol_of_a_visit_is_kept():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    outbox.reconcile([injection.pk], NOW + timedelta(days=1))

    assert Preparation.objects.get(injection=injection).protocol.version == "si-joint-1"
