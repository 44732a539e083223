"""Texts with real values: right times, one part, a link that leads to one patient's page."""

from datetime import timedelta

import pytest

from reminders.messaging.content import birth_dates, links, wording
from reminders.messaging.planning import outbox
from reminders.models import Link, LinkPurpose, Message
from reminders.rules.text import sms
from scheduling.models import ContactPoint, Task, TaskKind
from scheduling.rules.procedure import Channel
from tests.reminders.fake_carriers import message, only
from tests.world import NOW, START, a_booking, a_location, a_patient, an_order, completed

pytestmark = pytest.mark.django_db


def by_text(zone="America/New_York", **place):
    injection = a_booking(an_order(a_patient(email=None, zone=zone)), location=a_location(**place))
    ContactPoint.objects.update(first_text_at=NOW)
    return injection


def told(carriers, injection, step, occurrence=""):
    only(injection, step, NOW)
    carriers.deliver(message(injection, step, occurrence).send_at)
    return carriers.sms.texts[-1]


def test_a_text_names_the_clinic_the_day_and_the_hour(carriers):
    text = told(carriers, by_text(name="Lakeside"), "booked", "sms")

    assert text.startswith("Lakeside: booked Mon 3/16 9:00 AM. Read and confirm: http")
    assert text.endswith("STOP to opt out.")


def test_a_patient_in_another_zone_is_told_which_clock_counts(carriers):
    text = told(carriers, by_text(zone="America/Chicago"), "confirm")

    assert "Mon 3/16, arrive 8:30 AM EDT." in text


def test_curly_quotes_and_dashes_do_not_make_a_text_dear(carriers):
    text = told(carriers, by_text(name="Doc’s – Care"), "booked", "sms")

    assert text.startswith("Doc's - Care: booked")
    assert sms.fits(text)


def test_a_text_that_grew_too_long_falls_back_to_its_link(carriers, settings):
    settings.SITE_URL = "https://messages.a-very-long-name-of-a-clinic.example.org"
    links._prefix.cache_clear()

    text = told(carriers, by_text(), "confirm")

    links._prefix.cache_clear()
    assert "you have a message. Read it: https://messages" in text
    assert sms.fits(text)
    assert Message.objects.get(step="confirm").attempts.get().text_key == "link_only"


def test_the_diary_counts_its_check_ins(carriers):
    injection = completed(by_text())
    carriers.work(injection, injection.t0 + timedelta(minutes=45))
    carriers.work(injection, injection.t0 + timedelta(hours=2))

    assert any(
        "check-in 3 of 9. Move, then reply one number" in text for text in carriers.sms.texts
    )


def test_a_gap_without_a_value_is_an_error_that_names_it():
    template = wording.Template("SMSXX", "{clinic}: next at {h}", frozenset({"clinic", "h"}))

    with pytest.raises(ValueError, match="SMSXX: no value for h"):
        template.fill({"clinic": "Lakeside"})


def test_a_link_is_kept_as_a_hash_and_made_again_from_its_message(carriers):
    injection = by_text()
    told(carriers, injection, "booked", "sms")
    row = message(injection, "booked", "sms")

    token = links.token_for(row)

    found = links.find(token, NOW)
    assert found == Link.objects.get(message=row)
    assert found.purpose is LinkPurpose.PREPARE
    assert found.expires_at == START + timedelta(days=1)
    assert len(token) == 22
    assert token not in str(Link.objects.values())


def test_two_messages_have_two_tokens(carriers):
    rows = [Message(), Message()]

    assert len({links.token_for(row) for row in rows}) == 2


def test_an_expired_and_a_revoked_link_look_like_one_that_never_was(carriers):
    injection = by_text()
    told(carriers, injection, "booked", "sms")
    token = links.token_for(message(injection, "booked", "sms"))

    expired = links.find(token, START + timedelta(days=2))
    number = injection.patient.contacts.get(channel="sms").value
    links.revoke(channel=Channel.SMS, value=number, at=NOW)

    assert expired is None
    assert links.find(token, NOW) is None
    assert links.find("0" * 22, NOW) is None


def test_the_right_birth_date_opens_a_link_and_five_wrong_ones_lock_it_for_the_day(carriers):
    injection = by_text()
    told(carriers, injection, "booked", "sms")
    link = Link.objects.get()
    right, wrong = injection.patient.birth_date, injection.patient.birth_date + timedelta(days=1)

    door = {"link": link, "address": None, "at": NOW}
    before = birth_dates.unlock(birth_date=right, **door)
    tries = [birth_dates.unlock(birth_date=wrong, **door) for _ in range(5)]
    after = birth_dates.unlock(birth_date=right, **door)

    assert (before, any(tries), after) == (True, False, False)
    assert Task.objects.filter(kind=TaskKind.LINK_LOCKED, injection=injection).exists()


def test_a_check_in_link_lasts_a_fortnight_after_its_slot(carriers):
    injection = completed(by_text())
    outbox.reconcile([injection.pk], injection.t0)
    due = injection.t0 + timedelta(hours=2)
    carriers.deliver(due)

    link = Link.objects.get(message__slot="H2")
    assert link.purpose is LinkPurpose.SURVEY
    assert link.expires_at == due + timedelta(minutes=30, days=14)
