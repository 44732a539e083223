"""Nothing leaves that today's plan does not hold; one poisonous message never stops the next."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from reminders.messaging.channels.base import OptedOut, Refused, Unavailable, Unknown
from reminders.messaging.delivery import attempts, circuit_breaker, claim, dispatcher
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Link, Message, Preparation, ProtocolVersion
from reminders.rules.plan.eligibility import FAIL_OVER_AFTER
from scheduling import bookings
from scheduling.models import ContactPoint, Injection, OptOut, Patient, Task
from scheduling.rules.procedure import Purpose
from tests.reminders.fake_carriers import message, only, states
from tests.world import NOW, a_booking, a_patient, an_order, completed, local

pytestmark = pytest.mark.django_db
CONFIRM_AT = local("2026-03-13 10:00")  # three days before START


def by_text_only(**fields):
    return a_booking(an_order(a_patient(email=None, **fields)))


def test_a_booking_is_told_by_text_and_by_e_mail_once(carriers):
    injection = a_booking()

    carriers.work(injection, NOW, NOW, NOW + timedelta(minutes=5))

    assert len(carriers.email.taken) == 1
    assert [text for text in carriers.sms.texts if "booked" in text] == carriers.sms.texts[-1:]
    assert states(injection)["booked", "sms"] == "sent"


def test_the_attempt_and_its_link_are_written_before_the_network_is_touched(carriers):
    injection = by_text_only()
    seen = []
    carriers.sms.send = lambda deliveries, now: (
        seen.extend(
            Attempt.objects.filter(pk__in=[each.attempt for each in deliveries]).values_list(
                "state"
            )
        )
        or iter([Unavailable("down")] * len(deliveries))
    )

    carriers.work(injection, NOW)

    assert seen
    assert set(seen) == {("handed",)}
    assert Link.objects.filter(message__injection=injection).exists()


def test_a_visit_cancelled_after_the_last_round_is_not_reminded_of(carriers):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)

    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    carriers.deliver(NOW)

    assert carriers.sms.taken == carriers.email.taken == []
    assert set(states(injection, step="booked").values()) == {"cancelled"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revision": 7}, "superseded by revision 7"),
        ({"state": "no_show"}, "the injection is no show"),
    ],
)
def test_a_message_leaves_only_for_the_present_revision_and_a_fitting_state(
    carriers, change, reason
):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)

    Injection.objects.filter(pk=injection.pk).update(**change)
    carriers.deliver(NOW)

    assert carriers.sms.taken == []
    assert message(injection, "booked", "sms").reason == reason


def test_a_message_waits_until_a_fresh_change_of_its_visit_has_been_planned(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)
    bookings.confirm(injection=injection, how="phone", by=None, at=NOW + timedelta(seconds=1))

    carriers.deliver(NOW + timedelta(seconds=2))
    before = list(carriers.sms.taken)
    carriers.work(injection, NOW + timedelta(seconds=10))

    assert before == []
    assert carriers.sms.taken


def test_the_dead_are_not_written_to(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)

    Patient.objects.filter(pk=injection.patient_id).update(deceased_at=NOW)
    carriers.deliver(NOW)

    assert carriers.sms.taken == []
    assert message(injection, "booked", "sms").reason == "the patient has died"
    assert not Task.objects.filter(step="booked").exists()


def test_without_consent_for_its_purpose_nothing_leaves_and_a_person_phones(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)

    injection.patient.consents.update(revoked_at=NOW)
    carriers.deliver(NOW)

    assert carriers.sms.taken == []
    booked = message(injection, "booked", "sms")
    assert (booked.state, booked.reason) == ("failed", "sms: no consent for reminders")
    assert Task.objects.filter(step="booked", injection=injection).exists()


def test_consent_for_reminders_does_not_cover_the_diary(carriers):
    injection = completed(by_text_only())
    outbox.reconcile([injection.pk], injection.t0)

    injection.patient.consents.filter(purpose=Purpose.DIARY).update(revoked_at=NOW)
    carriers.deliver(injection.t0 + timedelta(minutes=46))

    assert [text for text in carriers.sms.texts if "check-in" in text] == []


def test_an_opt_out_sends_the_message_through_the_next_channel(carriers):
    injection = a_booking()
    only(injection, "confirm", NOW)
    number = injection.patient.contacts.get(channel="sms").value

    OptOut.objects.create(channel="sms", value=number, at=NOW, source="text")
    carriers.deliver(CONFIRM_AT)

    assert carriers.sms.taken == []
    assert "Please confirm" in carriers.email.texts[-1]


def test_nobody_is_written_to_while_asleep_where_they_live(carriers):
    patient = a_patient(email=None, zone="America/Los_Angeles")
    injection = a_booking(an_order(patient))
    outbox.reconcile([injection.pk], NOW)

    carriers.deliver(local("2026-03-03 07:59", "America/Los_Angeles"))
    early = list(carriers.sms.taken)
    Message.objects.update(retry_at=None)
    carriers.deliver(local("2026-03-03 08:00", "America/Los_Angeles"))

    assert early == []
    assert carriers.sms.taken


def test_the_last_text_of_the_day_leaves_at_a_quarter_to_nine(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)

    carriers.deliver(local("2026-03-02 20:46"))
    late = message(injection, "booked", "sms").retry_at
    Message.objects.update(retry_at=None)
    carriers.deliver(local("2026-03-02 20:45"))

    assert late == local("2026-03-03 08:00")
    assert carriers.sms.taken


def test_the_waking_hours_of_the_visits_own_version_of_the_protocol_count(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)
    shipped = ProtocolVersion.objects.get()
    later_riser = ProtocolVersion.objects.create(
        version="later riser",
        document=shipped.document.replace(
            'waking_from = { value = "08:00"', 'waking_from = { value = "10:00"'
        ),
        approved_by="Test",
        approved_at=NOW,
    )
    later_riser.texts.create(language="en", document=shipped.texts.get().document)
    Preparation.objects.filter(injection=injection).update(protocol=later_riser)

    carriers.deliver(local("2026-03-03 09:59"))
    early = list(carriers.sms.taken)
    Message.objects.update(retry_at=None)
    carriers.deliver(local("2026-03-03 10:00"))

    assert early == []
    assert carriers.sms.taken


def test_a_useless_preparation_expires_and_becomes_a_phone_task(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)

    carriers.deliver(local("2026-03-16 00:30"))

    day_before = message(injection, "day_before", "sms")
    assert (day_before.state, day_before.reason) == ("expired", "its time had passed")
    task = Task.objects.get(step="day_before")
    assert task.detail.startswith("The message did not go: its time had passed")


def test_a_message_never_leaves_before_its_time_even_after_a_failed_try(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)
    Message.objects.filter(step="confirm").update(retry_at=NOW)

    carriers.deliver(NOW)

    confirm = message(injection, "confirm")
    assert confirm.state == "queued"
    assert confirm.retry_at == confirm.send_at


def test_three_reminders_a_day_is_all_one_telephone_gets(carriers):
    number = "+15550007777"
    injections = [by_text_only(mobile=number) for _ in range(5)]
    ContactPoint.objects.update(first_text_at=NOW)
    for injection in injections:
        outbox.reconcile([injection.pk], NOW)

    carriers.deliver(NOW)

    assert len(carriers.sms.taken) == 3
    waiting = Message.objects.filter(step="booked", state="queued").values_list(
        "retry_at", flat=True
    )
    assert set(waiting) == {local("2026-03-03 08:00")}


def test_two_workers_who_claimed_at_once_keep_the_days_limit_together(carriers):
    number = "+15550007777"
    injections = [by_text_only(mobile=number) for _ in range(5)]
    ContactPoint.objects.update(first_text_at=NOW)
    outbox.reconcile([each.pk for each in injections], NOW)
    chunks = {"sms": 2, "email": 0}

    hands = [claim.claim(NOW, 2, chunks).messages for _ in range(2)]
    written = [
        attempts.write([attempts.compose(outgoing, NOW) for outgoing in outgoing_messages], NOW)
        for outgoing_messages in hands
    ]

    assert [len(outgoing_messages) for outgoing_messages in hands] == [2, 2]
    assert [len(each.deliveries) for each in written] == [2, 1]


def test_a_refused_text_goes_out_as_an_e_mail(carriers):
    injection = a_booking()
    only(injection, "confirm", NOW)
    carriers.sms.answers.append(Refused("error 21211 from the carrier"))

    carriers.deliver(CONFIRM_AT)

    assert "Please confirm" in carriers.email.texts[-1]
    assert states(injection)["confirm", ""] == "sent"
    tries = message(injection, "confirm").attempts.values_list("channel", "state")
    assert list(tries) == [("sms", "refused"), ("email", "accepted")]


def test_a_preparation_that_every_channel_refuses_becomes_a_phone_task(carriers):
    injection = by_text_only()
    ContactPoint.objects.update(first_text_at=NOW)
    carriers.sms.answers.append(Refused("error 30006 from the carrier"))

    carriers.work(injection, NOW)

    booked = message(injection, "booked", "sms")
    assert (booked.state, booked.reason) == ("failed", "sms: error 30006 from the carrier")
    assert Task.objects.filter(step="booked").count() == 1


def test_a_number_that_opted_out_at_the_carrier_has_opted_out_here(carriers):
    injection = by_text_only()
    only(injection, "booked", NOW)
    carriers.sms.answers.append(OptedOut("error 21610 from the carrier"))

    carriers.deliver(NOW)

    number = injection.patient.contacts.get(channel="sms").value
    assert OptOut.objects.filter(value=number, lifted_at=None).exists()
    assert len(carriers.sms.taken) == 1


def test_what_is_not_available_now_is_tried_again_later_within_its_validity(carriers):
    injection = by_text_only()
    ContactPoint.objects.update(first_text_at=NOW)
    carriers.sms.answers.append(Unavailable("error 503 from the carrier"))

    carriers.work(injection, NOW)
    waiting = message(injection, "booked", "sms")
    carriers.work(injection, waiting.retry_at)

    assert timedelta(seconds=45) <= waiting.retry_at - NOW <= timedelta(seconds=75)
    assert waiting.state == "queued"
    assert states(injection)["booked", "sms"] == "sent"


def test_a_carrier_that_keeps_failing_is_rested_and_its_messages_wait(carriers):
    injections = [by_text_only() for _ in range(circuit_breaker.FAILURES + 1)]
    carriers.sms.answers.extend([Unavailable("down")] * 200)
    for injection in injections[:-1]:
        carriers.work(injection, NOW)
        circuit_breaker.failed("sms")

    handed = len(carriers.sms.taken)
    carriers.work(injections[-1], NOW)

    assert circuit_breaker.resting(["sms", "email"]) == ["sms"]
    assert len(carriers.sms.taken) == handed
    assert message(injections[-1], "booked", "sms").retry_at == NOW + circuit_breaker.REST


def test_a_long_outage_of_texts_sends_the_e_mail_instead(carriers):
    injection = a_booking()
    only(injection, "confirm", NOW)
    for _ in range(circuit_breaker.FAILURES):
        circuit_breaker.failed("sms")

    carriers.deliver(CONFIRM_AT)
    soon = list(carriers.email.taken)
    Message.objects.update(retry_at=None)
    carriers.deliver(CONFIRM_AT + FAIL_OVER_AFTER + timedelta(minutes=1))

    assert soon == []
    assert "Please confirm" in carriers.email.texts[-1]


def test_a_poisonous_text_does_not_stop_the_next_patient(carriers, monkeypatch):
    bad, good = by_text_only(), by_text_only()
    ContactPoint.objects.update(first_text_at=NOW)
    write = attempts.compose

    def poisoned(outgoing, now):
        if outgoing.injection == bad.pk:
            raise RuntimeError("a text that breaks the writer")
        return write(outgoing, now)

    monkeypatch.setattr(attempts, "compose", poisoned)
    outbox.reconcile([bad.pk, good.pk], NOW)
    carriers.deliver(NOW)

    assert states(good)["booked", "sms"] == "sent"
    assert states(bad)["booked", "sms"] == "queued"
    assert message(bad, "booked", "sms").retry_at > NOW


def test_a_mail_that_cannot_be_written_leaves_as_a_text_in_the_same_round(carriers, monkeypatch):
    injection = a_booking()
    ContactPoint.objects.update(first_text_at=NOW)
    only(injection, "confirm", NOW)
    row = message(injection, "confirm")
    write = attempts.compose

    def poisoned(outgoing, now):
        if outgoing.channel == row.channels[0]:
            raise RuntimeError("words that break the writer")
        return write(outgoing, now)

    monkeypatch.setattr(attempts, "compose", poisoned)
    carriers.deliver(row.send_at)

    assert len(row.channels) == 2
    assert states(injection)["confirm", ""] == "sent"
    assert [each.state.value for each in row.attempts.order_by("pk")] == ["refused", "accepted"]


def test_a_bug_in_a_channel_leaves_the_one_in_hand_unknown_and_the_rest_for_later(carriers):
    injections = [by_text_only() for _ in range(3)]
    ContactPoint.objects.update(first_text_at=NOW)
    outbox.reconcile([each.pk for each in injections], NOW)
    carriers.sms.answers.extend([None, RuntimeError("a bug in the channel")])

    carriers.deliver(NOW)

    found = Attempt.objects.order_by("pk").values_list("state", flat=True)
    assert sorted(found) == ["accepted", "handed", "unavailable"]
    assert len(carriers.sms.taken) == 1


def test_an_unknown_end_is_not_tried_again_before_the_carrier_was_asked(carriers):
    injection = by_text_only()
    ContactPoint.objects.update(first_text_at=NOW)
    carriers.sms.answers.append(Unknown("ReadTimeout while speaking to the carrier"))

    carriers.work(injection, NOW, NOW + timedelta(minutes=1))

    assert len(carriers.sms.taken) == 1
    assert states(injection)["booked", "sms"] == "sending"


def test_several_claims_never_take_the_same_message(carriers):
    injections = [by_text_only() for _ in range(4)]
    outbox.reconcile([each.pk for each in injections], NOW)

    first = claim.claim(NOW, 3, {"sms": 3, "email": 3})
    second = claim.claim(NOW, 50, {"sms": 50, "email": 50})

    taken = [outgoing.message for outgoing in (*first.messages, *second.messages)]
    assert len(taken) == len(set(taken)) == 8


def test_redis_being_away_stops_nothing(carriers, monkeypatch):
    injection = by_text_only()
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://127.0.0.1:1/0")
    circuit_breaker.client.cache_clear()

    carriers.work(injection, NOW)

    circuit_breaker.client.cache_clear()
    assert carriers.sms.taken


def test_a_drain_that_finds_nothing_due_says_so(carriers):
    assert dispatcher.drain(lambda: NOW) is False


def test_whatever_a_worker_holds_stays_its_own_while_another_channel_is_slow(carriers, monkeypatch):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    monkeypatch.setattr(dispatcher, "RENEW", -1)
    real, seen = carriers.email.send, []

    def slowly(deliveries, now):
        for outcome in real(deliveries, now):
            held = Message.objects.filter(state="sending")
            seen.append(held.count())
            held.update(lease_until=Now() - timedelta(seconds=1))
            yield outcome

    monkeypatch.setattr(carriers.email, "send", slowly)
    lost = []

    def count_lost(deliveries, now):
        lost.append(Message.objects.filter(state="sending", lease_until__lt=Now()).count())
        return iter([Unavailable("not now")] * len(deliveries))

    monkeypatch.setattr(carriers.sms, "send", count_lost)
    carriers.deliver(NOW)

    assert seen[0] > 1
    assert lost[0] == 0


def test_answers_do_not_use_up_the_days_reminders(carriers):
    injection = by_text_only()
    outbox.reconcile([injection.pk], NOW)
    for number in range(3):
        facts = {"injection": injection, "patient": injection.patient, "text_key": "help"}
        outbox.reply(**facts, key=f"text {number}", at=NOW - timedelta(seconds=1))
    Message.objects.filter(reply=False).exclude(step="booked").delete()
    Message.objects.filter(reply=False).update(id=Message.objects.latest("pk").pk + 1)

    carriers.deliver(NOW)

    assert states(injection)["booked", "sms"] == "sent"
