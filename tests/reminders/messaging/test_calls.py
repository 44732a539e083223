"""What cannot be sent and the answer needs is asked by telephone."""

from datetime import timedelta

import pytest

from reminders.messaging.channels.base import Unavailable
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message
from scheduling.models import ContactPoint, Location, Task
from tests.reminders.diaries import a_diary, answered, at
from tests.reminders.fake_carriers import message
from tests.world import NOW, a_booking, a_patient, an_order, local

pytestmark = pytest.mark.django_db
MORNING, EVENING = local("2026-03-15 10:00"), local("2026-03-15 18:00")


def by_text_only(**fields):
    """A visit whose patient has a mobile number and no e-mail address, written to before."""
    injection = a_booking(an_order(a_patient(email=None)), **fields)
    ContactPoint.objects.update(first_text_at=NOW)
    return injection


def calls(injection) -> list[str]:
    """The titles of the open calls about scores."""
    asked = injection.tasks.filter(done_at=None, step__in=["score_before", "diary"])
    return list(asked.order_by("pk").values_list("title", flat=True))


def used_up(injection, now, texts: int = 3, told: Message | None = None) -> None:
    """So many texts, of preparation unless `told`, have gone to the patient's number today."""
    told = told or message(injection, "booked", "sms")
    number = injection.patient.contacts.get(channel="sms").value
    Attempt.objects.bulk_create(
        Attempt(message=told, channel="sms", address=number, state="accepted", handed_at=now)
        for _ in range(texts)
    )


def test_a_score_that_the_days_limit_drops_is_asked_by_telephone(carriers):
    injection = by_text_only()
    carriers.work(injection, NOW)
    used_up(injection, MORNING)

    carriers.work(injection, EVENING)

    task = Task.objects.get(step="score_before")
    number = injection.patient.contacts.get(channel="sms").value
    assert message(injection, "score_before", "P-1").state == "expired"
    assert calls(injection) == ["Phone the patient: Scores before the visit: the evening before"]
    assert "the daily limit of texts to this number is reached. Call 555-" in task.detail
    assert number[-4:] in task.detail
    assert (task.queue, task.due_at) == ("nurse", EVENING + timedelta(hours=2))


def test_a_score_that_an_outage_drops_is_asked_by_telephone(carriers):
    injection = a_diary()
    carriers.sms.answers.extend([Unavailable("down")] * 200)
    carriers.email.answers.extend([Unavailable("down")] * 200)

    for minutes in range(45, 61, 5):
        carriers.work(injection, at(minutes / 60))

    assert message(injection, "diary", "D45").state == "expired"
    assert calls(injection) == ["Phone the patient: Check-in: 45 minutes"]


def test_one_call_asks_for_all_scores_that_an_outage_drops(carriers):
    injection = a_diary()
    outbox.reconcile([injection.pk], at(0.5))
    rested = at(10)
    Message.objects.filter(step="diary").update(retry_at=rested)

    carriers.deliver(rested)

    assert Message.objects.filter(step="diary", state="expired").count() == 9
    assert len(calls(injection)) == 1


def test_a_score_that_a_closed_window_drops_is_asked_by_telephone(carriers):
    early_riser = {"waking_from": "08:00", "waking_until": "17:00"}
    injection = by_text_only()
    Location.objects.update(policy=early_riser)
    outbox.reconcile([injection.pk], NOW)

    outbox.reconcile([injection.pk], EVENING)

    assert not Message.objects.filter(step="score_before").exclude(state="cancelled").exists()
    assert calls(injection) == ["Scores before the visit: the evening before"]


def test_a_score_that_is_still_waiting_when_the_patient_sleeps_is_asked_by_telephone(carriers):
    injection, night = by_text_only(), local("2026-03-15 21:30")
    outbox.reconcile([injection.pk], NOW)
    Message.objects.filter(step="score_before").update(retry_at=night)

    carriers.deliver(night)

    lost = message(injection, "score_before", "P-1")
    assert lost.reason == "no waking hour is left before it becomes useless"
    assert calls(injection) == ["Phone the patient: Scores before the visit: the evening before"]


def test_a_score_of_a_patient_without_any_channel_is_asked_by_telephone():
    injection = a_booking(an_order(a_patient(mobile=None, email=None)))

    outbox.reconcile([injection.pk], EVENING)

    assert calls(injection) == ["Scores before the visit: the evening before"]


def test_the_call_is_closed_once_the_patient_has_answered(carriers):
    injection = a_diary()
    carriers.sms.answers.extend([Unavailable("down")] * 200)
    carriers.email.answers.extend([Unavailable("down")] * 200)
    for minutes in range(45, 61, 5):
        carriers.work(injection, at(minutes / 60))
    asked = calls(injection)

    answered(injection, "D45", 3)
    outbox.reconcile([injection.pk], at(1.1))

    assert asked
    assert not calls(injection)


def test_a_survey_that_is_phoned_about_later_anyway_is_no_second_call(carriers):
    injection = a_diary()
    outbox.reconcile([injection.pk], at(1))
    lost = Message.objects.filter(step="survey", occurrence="N1")
    lost.update(retry_at=lost.get().expires_at)

    carriers.deliver(lost.get().expires_at)

    assert lost.get().state == "expired"
    assert not Task.objects.filter(step="survey").exists()


def test_an_answer_that_did_not_go_asks_nobody_to_phone(carriers):
    injection = a_diary()
    reply = {"injection": injection, "patient": injection.patient, "key": "1", "at": at(1)}
    outbox.reply(**reply, text_key="score_saved", slot="D60")

    carriers.deliver(at(3))

    assert Message.objects.get(step="reply").state == "expired"
    assert not calls(injection)


def test_a_patient_with_texts_only_booked_for_tomorrow_is_asked_for_the_evenings_score(carriers):
    injection = a_booking(an_order(a_patient(email=None)), at=MORNING)

    carriers.until(injection, MORNING, EVENING + timedelta(hours=1))

    states = dict(Message.objects.filter(channels=["sms"]).values_list("step", "state"))
    told = ["opt_in", "booked", "day_before", "score_before"]
    assert {states[step] for step in told} == {"sent"}
    assert not calls(injection)


def test_a_request_to_confirm_takes_no_place_from_a_score(carriers):
    injection = by_text_only()
    carriers.work(injection, NOW)
    used_up(injection, MORNING, texts=1)  # and the plan for tomorrow leaves with the score
    used_up(injection, MORNING, texts=1, told=message(injection, "confirm"))

    carriers.work(injection, EVENING)

    assert message(injection, "score_before", "P-1").state == "sent"


def test_a_request_to_confirm_waits_where_the_days_places_are_taken(carriers):
    injection = by_text_only()
    carriers.work(injection, NOW)
    day = local("2026-03-13 10:00")
    used_up(injection, day, texts=2)
    used_up(injection, day, texts=1, told=message(injection, "confirm_again"))

    carriers.work(injection, day)

    waiting = message(injection, "confirm")
    assert (waiting.state, waiting.retry_at) == ("queued", local("2026-03-14 08:00"))
