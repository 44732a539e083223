"""E-mails that any mail program reads: text, HTML, a calendar entry, and nothing clinical."""

from email import message_from_bytes, policy
from hashlib import sha256

import icalendar
import pytest

from reminders.messaging.content import mail
from reminders.messaging.planning import outbox
from reminders.models import Attempt
from reminders.protocols.reading import shipped
from scheduling import bookings
from tests.reminders.fake_carriers import message
from tests.world import (
    NOW,
    START,
    a_booking,
    a_location,
    a_patient,
    an_order,
    free_resources,
    local,
)

pytestmark = pytest.mark.django_db


def booked_mail(carriers, **place):
    injection = a_booking(location=a_location(**place))
    carriers.work(injection, NOW)
    return injection, as_read(carriers.email.taken[0])


def as_read(delivery):
    """What a mail program makes of the bytes that leave."""
    return message_from_bytes(delivery.body.message().as_bytes(), policy=policy.default)


def calendar_of(mail):
    part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
    return part.get_param("method"), icalendar.Calendar.from_ical(part.get_content())


def test_an_e_mail_says_who_when_and_where_to_read_more(carriers):
    injection, mail = booked_mail(carriers, name="Lakeside")

    text = mail.get_body(("plain",)).get_content()
    assert mail["From"].addresses[0].display_name == "Lakeside"
    assert mail["To"] == injection.patient.contacts.get(channel="email").value
    assert mail["Subject"] == "Your visit on Monday, March 16, 2026"
    assert "You are booked for Monday, March 16, 2026 at 9:00 AM. Please come at 8:30 AM." in text
    assert "http://localhost:8000/p/" in text


def test_the_calendar_entry_has_a_name_that_tells_nothing(carriers):
    _, mail = booked_mail(carriers)

    assert [part.get_filename() for part in mail.walk() if part.get_filename()] == ["visit.ics"]


def test_the_html_part_holds_the_same_link_and_needs_nothing_from_elsewhere(carriers):
    _, mail = booked_mail(carriers)

    page = mail.get_body(("html",)).get_content()
    assert '<a href="http://localhost:8000/p/' in page
    assert "<style" not in page
    assert "<img" not in page
    assert 'style="' in page


def test_every_attempt_of_one_message_has_one_message_id(carriers):
    injection, mail = booked_mail(carriers)

    assert mail["Message-ID"] == f"<{message(injection, 'booked', 'email').reference}@localhost>"


def test_the_hash_of_an_attempt_is_of_all_that_was_said(carriers):
    booked_mail(carriers)

    words = mail.words_of(carriers.email.taken[0].body)
    attempt = Attempt.objects.get(channel="email")
    assert all(part in words for part in ("Your visit on", "Please come", "<html", "BEGIN:VEVENT"))
    assert attempt.body_sha256 == sha256(words.encode()).hexdigest()


def test_names_beyond_ascii_travel_in_coded_words(carriers):
    _, mail = booked_mail(carriers, name="Clínica Niño", address="Calle Ñ 1")

    head, _, _ = carriers.email.taken[0].body.message().as_bytes().partition(b"\n\n")
    assert head.isascii()
    assert mail["From"].addresses[0].display_name == "Clínica Niño"
    assert "Clínica Niño" in mail.get_body(("plain",)).get_content()
    assert calendar_of(mail)[1].walk("VEVENT")[0]["LOCATION"] == "Calle Ñ 1"


def test_markup_in_a_name_stays_text(carriers):
    _, mail = booked_mail(carriers, name="<b>A & B</b>")

    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in mail.get_body(("html",)).get_content()


def test_a_line_end_in_a_name_adds_no_header(carriers):
    _, mail = booked_mail(carriers, name="A\r\nBcc: x@y.z")

    assert mail["Bcc"] is None
    assert mail["From"].addresses[0].display_name == "A Bcc: x@y.z"


def test_a_lone_carriage_return_in_an_address_begins_no_line_of_the_entry(carriers):
    _, mail = booked_mail(carriers, address="1 Main Street\rATTENDEE:mailto:x@y.z")

    _, entry = calendar_of(mail)
    (visit,) = entry.walk("VEVENT")
    assert visit["LOCATION"] == "1 Main Street ATTENDEE:mailto:x@y.z"
    assert "\r" not in entry.to_ical().decode().replace("\r\n", "")


def test_the_calendar_entry_is_neutral_and_in_the_clinics_zone(carriers):
    injection, mail = booked_mail(
        carriers, address="1200 North Lakeside Avenue, Suite 300, Springfield"
    )

    method, entry = calendar_of(mail)
    (visit,) = entry.walk("VEVENT")
    assert (method, str(entry["METHOD"])) == ("REQUEST", "REQUEST")
    assert visit["SUMMARY"] == "Clinic visit"
    assert visit["UID"] == f"{injection.reference}@localhost"
    assert visit["LOCATION"] == "1200 North Lakeside Avenue, Suite 300, Springfield"
    assert visit["DTSTART"].dt == START
    assert visit["DTSTART"].params["TZID"] == "America/New_York"
    assert [str(zone["TZID"]) for zone in entry.walk("VTIMEZONE")] == ["America/New_York"]


def test_moving_and_cancelling_keep_the_uid_and_raise_the_sequence(carriers):
    injection, first = booked_mail(carriers)
    later = local("2026-03-17 09:00")
    resources = free_resources(injection.order, injection.location, later)
    bookings.move(injection=injection, start=later, resources=resources, by=None, at=NOW)
    carriers.work(injection, NOW)
    bookings.cancel(injection=injection, why="Patient asked", by=None, at=NOW)
    carriers.work(injection, NOW)

    later_mails = [as_read(each) for each in carriers.email.taken[1:]]
    events = [calendar_of(mail) for mail in (first, *later_mails)]
    visits = [entry.walk("VEVENT")[0] for _, entry in events]
    assert [method for method, _ in events] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({visit["UID"] for visit in visits}) == 1
    sequences = [visit["SEQUENCE"] for visit in visits]
    assert sequences == sorted(set(sequences))
    assert visits[-1]["STATUS"] == "CANCELLED"


def test_a_reminder_carries_no_calendar_entry(carriers):
    injection = a_booking()
    outbox.reconcile([injection.pk], NOW)
    carriers.deliver(local("2026-03-15 16:00"))

    reminder = carriers.email.texts[-1]
    assert "Subject: Your visit tomorrow" in reminder
    assert "text/calendar" not in reminder


def test_no_message_names_a_diagnosis_a_procedure_a_body_part_or_a_drug(carriers):
    injection = a_booking(an_order(a_patient()), location=a_location(name="Site", address="1 Way"))
    start, end = NOW, START
    while start < end:
        carriers.work(injection, start)
        start += (end - NOW) / 40

    said = " ".join([*carriers.sms.texts, *carriers.email.texts]).lower()
    readable = said.replace("clinic visit", "")
    words = [word for word in shipped().texts["en"].clinical_words if f" {word}" in readable]
    assert len(carriers.email.taken) == 3
    assert words == []
    assert injection.patient.family_name.lower() not in said
