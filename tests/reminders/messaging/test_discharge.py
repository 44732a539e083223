"""Minutes after an injection ends, its patient is told what to do, or a person phones."""

from datetime import timedelta

import pytest

from scheduling import bookings
from tests.reminders.fake_carriers import message
from tests.world import START, a_booking, a_patient, an_order, completed

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=11)


def test_minutes_after_the_end_the_patient_is_told_what_to_do_at_home(carriers):
    injection = completed(a_booking())
    carriers.work(injection, injection.t0 + SOON)

    assert any("what to do now and at home today" in text for text in carriers.sms.texts)
    assert message(injection, "discharge").state == "sent"


def test_an_aborted_injection_is_followed_by_words_too(carriers):
    injection = a_booking()
    bookings.abort(injection=injection, why="vasovagal", by=None, at=START)
    carriers.work(injection, START + SOON)

    assert message(injection, "discharge").state == "sent"


def test_who_cannot_be_written_to_is_phoned(carriers):
    patient = a_patient(mobile=None, email=None)
    injection = completed(a_booking(an_order(patient)))
    carriers.work(injection, injection.t0 + SOON)

    assert injection.tasks.filter(step="discharge", queue="nurse").exists()
