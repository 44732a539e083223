"""The outbox agrees with today's plan, whatever changed and however often it is asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reminders.followup import slots, surveys
from reminders.messaging import rounds
from reminders.messaging.planning import outbox
from reminders.messaging.planning.facts import facts_by_injection
from reminders.messaging.planning.outbox import ReconcileCounts
from reminders.models import InboundText, Message, Preparation
from scheduling import bookings, people, worklist
from scheduling.models import Task, TaskKind
from scheduling.rules.procedure import Channel, Purpose
from tests.reminders.fake_carriers import message, states
from tests.world import (
    NOW,
    START,
    a_booking,
    a_location,
    a_patient,
    a_user,
    an_order,
    completed,
    free_resources,
    local,
)

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

    assert counts == ReconcileCounts()
    assert writes(queries) == []
    assert list(Message.objects.values().order_by("pk")) == before


def test_many_visits_cost_no_more_queries_than_one():
    one, *more = [a_booking(start=START + timedelta(days=day)) for day in range(5)]
    with CaptureQueriesContext(connection) as single:
        outbox.reconcile([one.pk], NOW)

    with CaptureQueriesContext(connection) as many:
        outbox.reconcile([each.pk for each in more], NOW)

    assert len(many) <= len(single)


def test_an_arrival_that_is_undone_brings_back_what_it_took_away():
    injection, mistaken = a_booking(), START - timedelta(hours=20)
    outbox.reconcile([injection.pk], mistaken)
    before = states(injection)
    bookings.arrive(injection=injection, by=None, at=mistaken)
    outbox.reconcile([injection.pk], mistaken)
    taken = states(injection)

    bookings.undo_arrival(injection=injection, by=None, at=mistaken)
    outbox.reconcile([injection.pk], mistaken)

    assert taken != before
    assert states(injection) == before


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
    resources = free_resources(injection.order, injection.location, later)
    bookings.move(injection=injection, start=later, resources=resources, by=None, at=NOW)
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


def test_a_message_that_moves_forward_does_not_wait_for_its_old_time():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    row = message(injection, "confirm")
    later = row.send_at + timedelta(days=1)
    Message.objects.filter(pk=row.pk).update(
        send_at=later, expires_at=later + timedelta(hours=8), retry_at=later
    )

    outbox.reconcile([injection.pk], NOW)

    again = message(injection, "confirm")
    assert (again.send_at, again.retry_at) == (row.send_at, None)


def test_a_preparation_whose_time_has_passed_before_it_was_queued_becomes_a_phone_task():
    injection = a_booking()

    outbox.reconcile([injection.pk], START - timedelta(hours=2))

    late = message(injection, "day_before", "sms")
    assert (late.state, late.reason) == ("expired", "its time had passed before it was queued")
    task = Task.objects.get(step="day_before", occurrence="sms")
    assert "Phone the patient" in task.title
    assert "Call 555-" in task.detail


def test_what_the_plan_leaves_to_a_person_opens_when_its_time_comes():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    calls = Task.objects.filter(step="confirm_call")
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

    assert "confirmed" in Task.objects.get(step="confirm_call").outcome


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
    assert Task.objects.filter(kind=TaskKind.UNPLANNABLE, injection=bad).exists()


def test_the_night_looks_at_everybody():
    injection = a_booking()

    counts = rounds.everything(NOW)

    assert counts.new > 0
    assert Preparation.objects.get().reconciled_at == injection.changed_at


def test_the_protocol_of_a_visit_is_kept():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    outbox.reconcile([injection.pk], NOW + timedelta(days=1))

    assert Preparation.objects.get(injection=injection).protocol.version == "si-joint-7"


def breaking_for(injection, verb, error):
    """The same verb, which breaks as soon as this injection is among those it is given."""

    def broken(found, *args, **kwargs):
        if injection.pk in found:
            raise error
        return verb(found, *args, **kwargs)

    return broken


@pytest.mark.parametrize("error", [DatabaseError("a broken row"), RuntimeError("a bug")])
def test_an_injection_that_cannot_be_written_down_stops_nobody(monkeypatch, error):
    good, bad, last = [a_booking(start=START + timedelta(days=day)) for day in range(3)]
    monkeypatch.setattr(
        slots, "update_surveys_of", breaking_for(bad, slots.update_surveys_of, error)
    )

    outbox.reconcile([good.pk, bad.pk, last.pk], NOW)

    assert states(good)
    assert states(last)
    assert not states(bad)
    assert [task.injection for task in Task.objects.filter(kind=TaskKind.UNPLANNABLE)] == [bad]


def test_a_database_error_of_one_injection_leaves_the_others_written():
    good, bad = a_booking(), a_booking(start=START + timedelta(days=2))
    with connection.cursor() as cursor:
        refuse = f"CHECK (injection_id <> {bad.pk})"
        cursor.execute(f"ALTER TABLE reminders_message ADD CONSTRAINT broken {refuse}")

    outbox.reconcile([good.pk, bad.pk], NOW)

    assert states(good)
    assert Task.objects.filter(kind=TaskKind.UNPLANNABLE, injection=bad).exists()


def test_an_injection_that_cannot_be_written_down_is_not_asked_about_again(monkeypatch):
    bad = a_booking()
    error = DatabaseError("a broken row")
    monkeypatch.setattr(
        slots, "update_surveys_of", breaking_for(bad, slots.update_surveys_of, error)
    )

    rounds.reconcile_changed(NOW)

    assert rounds.changed() == []


def test_nothing_leaves_for_an_injection_that_cannot_be_written_down(monkeypatch):
    bad = a_booking()
    outbox.reconcile([bad.pk], NOW)
    error = DatabaseError("a broken row")
    monkeypatch.setattr(
        slots, "update_surveys_of", breaking_for(bad, slots.update_surveys_of, error)
    )

    outbox.reconcile([bad.pk], NOW)

    assert states(bad, state="queued") == {}


def test_the_task_of_an_unplannable_injection_closes_once_its_data_is_mended():
    injection = a_booking()
    location = type(injection.location).objects.filter(pk=injection.location_id)
    location.update(policy={"diary_hours": 7})
    outbox.reconcile([injection.pk], NOW)

    location.update(policy={})
    outbox.reconcile([injection.pk], NOW)
    mended = Task.objects.get(kind=TaskKind.UNPLANNABLE).outcome
    location.update(policy={"diary_hours": 7})
    outbox.reconcile([injection.pk], NOW)

    assert "planned again" in mended
    assert Task.objects.get(kind=TaskKind.UNPLANNABLE).done_at is None


def test_a_task_that_was_closed_opens_again_when_its_reason_returns():
    injection = a_booking()
    due = local("2026-03-14 13:00")
    outbox.reconcile([injection.pk], due)
    bookings.confirm(injection=injection, how="phone", by=None, at=due)
    outbox.reconcile([injection.pk], due)

    type(injection).objects.filter(pk=injection.pk).update(confirmed_at=None, changed_at=due)
    outbox.reconcile([injection.pk], due)

    assert Task.objects.get(step="confirm_call").done_at is None


def test_a_task_that_a_person_finished_stays_finished_when_its_reason_returns():
    injection, nurse = a_booking(), a_user("nurse")
    due = local("2026-03-14 13:00")
    outbox.reconcile([injection.pk], due)
    task = Task.objects.get(step="confirm_call")
    worklist.finish(task=task, outcome="Left a message", by=nurse, at=due)

    outbox.reconcile([injection.pk], due + timedelta(hours=1))

    task.refresh_from_db()
    assert task.outcome == "Left a message"


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_change_that_is_no_later_than_the_last_known_one_is_still_found(minutes):
    injection = a_booking()
    at = NOW + timedelta(minutes=30)
    bookings.confirm(injection=injection, how="phone", by=None, at=at)
    rounds.reconcile_changed(at)

    told = {"purpose": Purpose.REMINDERS, "channel": Channel.SMS, "why": "asked", "by": None}
    people.withdraw(patient=injection.patient, at=at + timedelta(minutes=minutes), **told)

    assert rounds.changed() == [injection.pk]


def test_an_unchanged_injection_costs_no_write():
    injection = a_booking()
    rounds.reconcile_changed(NOW)

    with CaptureQueriesContext(connection) as queries:
        outbox.reconcile([injection.pk], NOW)

    marked = Preparation.objects.get(injection=injection)
    assert writes(queries) == []
    assert (rounds.changed(), marked.reconciled_at) == ([], injection.changed_at)


def test_a_message_is_looked_at_again_shortly_before_it_leaves():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    due = message(injection, "confirm").send_at

    early = rounds.near(due - timedelta(minutes=10))
    near = rounds.near(due - timedelta(minutes=1))
    again = rounds.near(due - timedelta(seconds=55))

    assert (early, near, again) == ([], [injection.pk], [])


def test_many_messages_of_one_moment_are_all_looked_at_a_round_at_a_time():
    all_of_them = [a_booking(start=START, location=a_location()) for _ in range(3)]
    outbox.reconcile([each.pk for each in all_of_them], NOW)
    soon = message(all_of_them[0], "confirm").send_at - timedelta(minutes=1)

    found = [rounds.near(soon, limit=1) for _ in range(4)]

    assert sorted(found) == [[], *sorted([each.pk] for each in all_of_them)]


def test_a_backlog_is_not_read_to_find_what_is_near():
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        rounds.near(NOW)
    asked = next(each["sql"] for each in queries if "reminders_message" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    bounds = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "message_due" in plan
    assert ">=" in bounds
    assert "<=" in bounds


def test_a_patient_who_agreed_to_calls_only_is_left_to_a_person():
    patient = a_patient(consent=())
    number = {"channel": Channel.PHONE, "value": "+15550001234"}
    people.reach(patient=patient, **number, by=None, at=NOW)
    told = {"wording": "v1", "source": "desk", "by": None, "at": NOW}
    agreed = {"purpose": Purpose.REMINDERS, "channel": Channel.PHONE}
    people.agree(patient=patient, **agreed, **told)
    injection = a_booking(an_order(patient))

    outbox.reconcile([injection.pk], NOW)

    assert Task.objects.filter(step="booked", injection=injection).exists()


def test_nobody_phones_about_a_message_that_goes_after_all():
    patient = a_patient(consent=())
    injection = a_booking(an_order(patient))
    outbox.reconcile([injection.pk], NOW)
    told = {"purpose": Purpose.REMINDERS, "channel": Channel.SMS, "by": None, "at": NOW}

    people.agree(patient=patient, wording="v1", source="desk", **told)
    outbox.reconcile([injection.pk], NOW)

    booked = Task.objects.filter(step="booked", injection=injection)
    assert states(injection)["booked", "sms"] == "queued"
    assert not booked.filter(done_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_round_does_not_wait_for_an_answer_that_is_being_kept():
    injection = completed(a_booking())
    at = injection.t0 + timedelta(hours=2)
    slots.update_surveys(
        injection,
        facts=facts_by_injection([injection.pk])[injection.pk],
        protocol=slots.protocol_of(injection),
        at=at,
    )
    text = InboundText.objects.create(
        provider_id="SM1", sender="+15550001111", body="4", received_at=at, meaning="score"
    )

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        surveys.answer_text(injection=injection, score=4, inbound=text, at=at)
        round_ = other.submit(in_a_connection_of_its_own, outbox.reconcile, [injection.pk], at)
        counts = round_.result(timeout=30)

    assert counts.new > 0


def in_a_connection_of_its_own(verb, *args):
    try:
        return verb(*args)
    finally:
        connection.close()
