"""Everybody at once: who takes a warning sign, who is paged, which worker brings a page."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from reminders.followup import alarms
from reminders.messaging.channels import registry
from reminders.messaging.delivery.connections import ConnectionPool
from reminders.messaging.paging import alerts, pages
from reminders.models import Alert, Page, PageSays, PageState, TakenHow
from scheduling.models import OnCallShift
from tests.races.crowd import crowd, deadlocks
from tests.reminders.fake_carriers import FakeCarrier
from tests.world import NOW, a_booking

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6


@pytest.fixture
def alert():
    """A warning sign; so many telephones are paged at once."""
    injection = a_booking()
    for number in range(MANY):
        OnCallShift.objects.create(
            location=injection.location, name=f"Nurse {number}", phone=f"+1555020000{number}"
        )
    alarms.screen(injection, "chest pain", "key", NOW)
    alerts.attend(NOW)
    return Alert.objects.get()


def take(alert, number, barrier):
    barrier.wait()
    try:
        alerts.take(alert=alert, name=f"Nurse {number}", by=None, how=TakenHow.REPLY, at=NOW)
    except ValidationError:
        return "late"
    return "taken"


def test_one_of_many_takes_it(alert):
    broken = deadlocks()

    said = crowd(MANY, lambda number, barrier: take(alert, number, barrier))

    assert sorted(said) == ["late"] * (MANY - 1) + ["taken"]
    assert deadlocks() == broken


def test_many_rounds_page_each_telephone_once(alert):
    def attend(_, barrier):
        barrier.wait()
        alerts.attend(NOW)

    Page.objects.all().delete()
    Alert.objects.update(turn=0, next_at=NOW)
    crowd(MANY, attend)

    assert Page.objects.filter(says=PageSays.URGENT).count() == MANY
    assert Alert.objects.get().turn == 1


def test_many_workers_bring_each_page_once(alert, monkeypatch):
    carrier = FakeCarrier("sms")
    monkeypatch.setattr(registry, "channels", lambda: {"sms": carrier, "email": SimpleNamespace()})

    def deliver(_, barrier):
        barrier.wait()
        with ConnectionPool() as connections:
            pages.deliver_due(connections, NOW)
        return [each.address for each in carrier.taken]

    brought = [address for taken in crowd(MANY, deliver) for address in taken]

    assert len(brought) == len(set(brought)) == MANY
    assert set(Page.objects.values_list("state", flat=True)) == {PageState.SENT}
