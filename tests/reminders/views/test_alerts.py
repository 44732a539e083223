"""The page behind a page: who is called, who was paged, one press to take it."""

import pytest
from django.test import Client
from django.urls import reverse

from reminders.followup import alarms
from reminders.messaging.paging import alerts
from reminders.models import Alert, TakenHow
from scheduling.models import Access, OnCallShift
from tests.pages import read
from tests.world import NOW, a_booking, a_user, completed

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(db):
    injection = completed(a_booking())
    OnCallShift.objects.create(
        location=injection.location, name="Nurse on call", phone="+12025550181"
    )
    alarms.screen(injection, "I can not feel my legs", "key", NOW)
    alerts.attend(NOW)
    return Alert.objects.get()


def signed_in(role, **fields):
    client, user = Client(), a_user(role, **fields)
    client.force_login(user)
    return client, user


def test_it_shows_whom_to_call_what_was_said_and_who_was_paged(alert):
    client, _ = signed_in("nurse")

    page = read(client.get(reverse("alert", args=[alert.pk])))

    assert "I can not feel my legs" in page
    assert "Nurse on call, text to 202-555-0181: queued" in page
    assert f"Call {alert.task.patient.contacts.get(channel='sms').value[2:5]}" in page
    assert Access.objects.get(page="alert").patient == alert.task.patient


def test_one_press_takes_it_and_a_second_hears_who_has_it(alert):
    (first, nurse), (second, _) = signed_in("nurse"), signed_in("physician")
    url = reverse("alert_take", args=[alert.pk])

    first.post(url)
    late = second.post(url)

    alert.refresh_from_db()
    assert (alert.taken_by, alert.taken_how) == (nurse, TakenHow.SIGNED_IN)
    assert late.status_code == 409
    assert f"{nurse.display_name} has taken this already" in read(late)


def test_it_can_be_given_back(alert):
    client, _ = signed_in("nurse")
    client.post(reverse("alert_take", args=[alert.pk]))

    page = client.post(reverse("alert_give_back", args=[alert.pk]), follow=True)

    alert.refresh_from_db()
    assert alert.taken_at is None
    assert "The next on call is paged now" in read(page)


def test_what_nobody_holds_cannot_be_given_back(alert):
    client, _ = signed_in("nurse")

    assert client.post(reverse("alert_give_back", args=[alert.pk])).status_code == 409


def test_the_desk_reads_it_and_does_not_take_it(alert):
    client, _ = signed_in("desk")

    assert "I take it" not in read(client.get(reverse("alert", args=[alert.pk])))
    assert client.post(reverse("alert_take", args=[alert.pk])).status_code == 403


@pytest.mark.parametrize("name", ["task_alerts", "injection_alerts"])
def test_the_times_stand_beside_the_task_and_on_the_record(alert, name):
    client, _ = signed_in("nurse")
    alerts.take(alert=alert, name="Dr. Second", by=None, how=TakenHow.REPLY, at=NOW)
    about = alert.task.pk if name == "task_alerts" else alert.task.injection.reference

    part = read(client.get(reverse(name, args=[about]), headers={"HX-Request": "true"}))

    assert "by Dr. Second, Mon 2 Mar 2026, 10:00 EST, by text" in part
    assert "Mon 2 Mar 2026, 10:00 EST</time> Nurse on call" in part
