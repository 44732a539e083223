"""The time machine against the real dispatcher, carrier and webhooks, in one process."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from tests import world

pytestmark = pytest.mark.django_db(transaction=True)
TWO_WEEKS = timedelta(days=14)


@pytest.fixture
def site(transactional_db, live_server, settings, sandbox_on_ports):
    """A clinic whose texts, mails and webhooks travel over loopback."""
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    settings.SMS, mail = sandbox_on_ports.account, sandbox_on_ports.mail
    settings.EMAIL_BACKEND = "reminders.messaging.channels.smtp_backend.BoundedBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail.host, mail.port
    return sandbox_on_ports


@pytest.fixture
def booking(site):
    """A visit a fortnight ahead, at nine on a weekday."""
    from scheduling import clock

    now = clock.now()
    start = (now + timedelta(days=15)).replace(hour=14, minute=0, second=0, microsecond=0)
    return world.a_booking(start=start, at=now)


def go(span: timedelta):
    """Travel that far and return the finished journey."""
    from clinic.demo.sandbox import tasks, timemachine
    from scheduling import clock

    now = clock.now()
    journey = timemachine.start_journey(now + span, now)
    timemachine.travel(journey, tasks.work)
    journey.refresh_from_db()
    return journey


def test_a_long_journey_sends_each_message_at_its_own_time(booking):
    from reminders.models import Attempt

    journey = go(TWO_WEEKS)

    assert not journey.failure
    attempts = Attempt.objects.select_related("message")
    assert {attempt.message.step for attempt in attempts} >= {"booked", "week_before", "confirm"}
    late = [
        each for each in attempts if each.handed_at - each.message.send_at > timedelta(minutes=1)
    ]
    assert late == []


def test_a_journey_leaves_nothing_in_hand(booking):
    from clinic.demo.sandbox import timemachine
    from reminders.models import Message
    from scheduling import clock

    go(TWO_WEEKS)

    assert timemachine.unsettled(clock.now()) == ""
    assert not Message.objects.filter(state="expired").exists()


def test_a_journey_arrives_and_names_its_stops(booking):
    from scheduling import clock

    journey = go(TWO_WEEKS)

    assert journey.ended_at is not None
    assert journey.reached_at >= journey.target_at
    assert clock.now() >= journey.target_at
    assert any(stop.startswith("Confirm for") for stop in journey.stops)


def test_the_clock_never_runs_back(site):
    from clinic.demo.sandbox import timemachine
    from scheduling import clock

    timemachine.move_to(clock.now() + timedelta(hours=2))
    ahead = clock._offset()

    timemachine.move_to(clock.now() - timedelta(hours=1))

    assert clock._offset() == ahead
    with pytest.raises(ValueError, match="forward only"):
        timemachine.start_journey(clock.now() - timedelta(hours=1), clock.now())


def test_a_journey_of_years_is_refused(site):
    from clinic.demo.sandbox import timemachine
    from scheduling import clock

    with pytest.raises(ValueError, match="too far"):
        timemachine.start_journey(clock.now() + timedelta(days=500), clock.now())


def test_one_journey_at_a_time(site):
    from clinic.demo.sandbox import timemachine
    from scheduling import clock

    timemachine.start_journey(clock.now() + timedelta(hours=1), clock.now())

    with pytest.raises(timemachine.AlreadyMoving, match="moving already"):
        timemachine.start_journey(clock.now() + timedelta(hours=2), clock.now())


def test_a_journey_whose_process_died_is_given_up(site):
    from clinic.demo.sandbox import timemachine
    from clinic.demo.sandbox.models import Journey
    from scheduling import clock

    lost = timemachine.start_journey(clock.now() + timedelta(hours=1), clock.now())
    Journey.objects.update(seen_at=Now() - timedelta(minutes=2))

    timemachine.start_journey(clock.now() + timedelta(hours=1), clock.now())

    lost.refresh_from_db()
    assert "has gone" in lost.failure


def test_work_that_does_not_settle_is_named_and_left(booking, monkeypatch):
    from clinic.demo.sandbox import timemachine
    from scheduling import clock

    monkeypatch.setattr(timemachine, "STOP_TIMEOUT_S", 0.3)
    from reminders.messaging.planning import outbox
    from reminders.models import Message

    now = clock.now()
    outbox.reconcile([booking.pk], now)
    Message.objects.filter(step="booked").update(send_at=now)  # at any hour of the day
    journey = timemachine.start_journey(now + timedelta(minutes=1), now)

    timemachine.travel(journey, lambda: None)

    journey.refresh_from_db()
    assert journey.ended_at is not None
    assert any(stop.startswith("Went on without: ") for stop in journey.stops)


def test_a_journey_that_breaks_says_so_and_frees_the_clock(site):
    from clinic.demo.sandbox import timemachine
    from scheduling import clock

    journey = timemachine.start_journey(clock.now() + timedelta(hours=1), clock.now())

    with pytest.raises(ZeroDivisionError):
        timemachine.travel(journey, lambda: 1 / 0)

    journey.refresh_from_db()
    assert "ZeroDivisionError" in journey.failure
    timemachine.start_journey(clock.now() + timedelta(hours=1), clock.now())


def test_a_number_that_is_no_journey_is_nothing_to_do(site):
    from clinic.demo.sandbox import tasks

    tasks.travel(4711)
