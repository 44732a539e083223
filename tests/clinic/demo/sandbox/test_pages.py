"""The sandbox's pages, as a member of staff uses them."""

import re
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
from django.urls import reverse

from clinic.accounts.models import Role, User
from clinic.demo.sandbox.models import Faults, Handset, Journey, SandboxMail, SandboxText
from scheduling.models import Access, ContactPoint, Patient
from scheduling.rules.procedure import Channel
from tests.pages import read

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 10, 14, tzinfo=UTC)
NUMBER, ADDRESS = "+15550101001", "ada@patients.example"


@pytest.fixture
def patient() -> Patient:
    row = Patient.objects.create(
        family_name="Example",
        given_name="Ada",
        birth_date=date(1980, 2, 29),
        mrn="DEMO-1",
        zone="America/Chicago",
        created_at=NOW,
    )
    for channel, value in ((Channel.SMS, NUMBER), (Channel.EMAIL, ADDRESS)):
        ContactPoint.objects.create(patient=row, channel=channel, value=value, created_at=NOW)
    return row


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create(username="desk", role=Role.DESK))
    return client


def a_text(body: str, **more) -> SandboxText:
    facts = {"direction": "outbound-api", "sender": "+15550100000", "recipient": NUMBER}
    return SandboxText.objects.create(
        body=body, created_at=NOW, updated_at=NOW, **{**facts, **more}
    )


def a_mail() -> SandboxMail:
    mail = EmailMessage()
    mail["Subject"] = "Your visit"
    mail.set_content("Read https://clinic.example/l/abc today.")
    mail.add_alternative("<html><head></head><body><b>Read</b></body></html>", subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="v.ics")
    return SandboxMail.objects.create(
        recipient=ADDRESS, subject="Your visit", raw=mail.as_bytes(), received_at=NOW
    )


def url(name: str, patient: Patient, *rest: int) -> str:
    return reverse(name, args=[patient.reference, *rest])


def test_the_overview_shows_each_patients_last_text_and_mail(desk, patient):
    a_text("older words"), a_text("newer words"), a_mail()

    page = desk.get(reverse("sandbox")).content.decode()

    assert "Example, Ada" in page
    assert "newer words" in page
    assert "older words" not in page
    assert "Your visit" in page


def test_a_stranger_is_sent_to_the_login(client, patient):
    answer = client.get(url("sandbox_phone", patient))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_links_in_texts_can_be_followed(desk, patient):
    a_text("Clinic: read http://localhost:8000/l/abc now")

    page = desk.get(url("sandbox_phone", patient)).content.decode()

    assert re.search(r'<a href="http://localhost:8000/l/abc"[^>]*>', page)


def test_a_text_is_shown_as_text(desk, patient):
    a_text(
        "<script>alert(1)</script>", direction="inbound", sender=NUMBER, recipient="+15550100000"
    )

    page = desk.get(url("sandbox_phone", patient)).content.decode()

    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_looking_at_a_phone_is_written_down(desk, patient):
    desk.get(url("sandbox_phone", patient))

    assert Access.objects.get(patient=patient).page == "sandbox_phone"


def test_an_answer_goes_to_the_carrier(desk, patient):
    answer = desk.post(url("sandbox_answer", patient), {"body": "7"})

    text = SandboxText.objects.get()
    assert answer.status_code == 302
    assert (text.sender, text.body, text.status) == (NUMBER, "7", "received")
    assert text.reports.get().url.endswith(reverse("sms_inbound"))


@pytest.mark.parametrize("body", ["", "x" * 1601])
def test_an_unusable_answer_says_what_to_do(desk, patient, body):
    answer = desk.post(url("sandbox_answer", patient), {"body": body})

    assert answer.status_code == 422
    assert not SandboxText.objects.exists()


def test_stop_is_shown_as_an_opt_out(desk, patient):
    desk.post(url("sandbox_answer", patient), {"body": "STOP"})

    assert "Opted out at the carrier" in read(desk.get(url("sandbox_phone", patient)))


def test_a_telephone_can_be_switched_off_and_on(desk, patient):
    desk.post(url("sandbox_handset", patient), {"unreachable": "30006"})
    assert Handset.objects.get().unreachable == "30006"

    desk.post(url("sandbox_handset", patient), {"unreachable": ""})
    assert Handset.objects.get().unreachable is None


def test_a_telephone_refuses_an_unknown_fault(desk, patient):
    assert desk.post(url("sandbox_handset", patient), {"unreachable": "x"}).status_code == 422


def test_a_patient_without_a_mobile_has_no_phone(desk, patient):
    ContactPoint.objects.filter(channel=Channel.SMS).delete()

    assert desk.get(url("sandbox_phone", patient)).status_code == 404


def test_a_mail_is_shown_with_its_text_and_attachment(desk, patient):
    mail = a_mail()

    page = desk.get(url("sandbox_mail", patient, mail.pk)).content.decode()

    assert 'href="https://clinic.example/l/abc"' in page
    assert "v.ics" in page
    assert url("sandbox_mail_body", patient, mail.pk) in page


def test_the_html_of_a_mail_can_run_nothing(desk, patient):
    answer = desk.get(url("sandbox_mail_body", patient, a_mail().pk))

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_the_calendar_entry_can_be_kept(desk, patient):
    mail = a_mail()
    page = read(desk.get(url("sandbox_mail", patient, mail.pk)))
    link = re.search(r'href="([^"]+)" download', page)[1]

    answer = desk.get(link)

    assert answer["Content-Disposition"] == 'attachment; filename="v.ics"'
    assert b"BEGIN:VCALENDAR" in answer.content


def test_another_patients_mail_is_not_found(desk, patient):
    mail = a_mail()
    SandboxMail.objects.filter(pk=mail.pk).update(recipient="bo@patients.example")

    assert desk.get(url("sandbox_mail", patient, mail.pk)).status_code == 404


def test_faults_are_set_on_their_page(desk):
    answer = desk.post(
        reverse("sandbox_faults"),
        {"slow_ms": 5, "failing_percent": 10, "throttled_percent": 0, "smtp_down": "on"},
    )

    faults = Faults.present()
    assert answer.status_code == 302
    assert (faults.slow_ms, faults.failing_percent, faults.smtp_down) == (5, 10, True)


@pytest.mark.parametrize(
    "wrong", [{"failing_percent": 60, "throttled_percent": 60}, {"slow_ms": 60001}, {"slow_ms": -1}]
)
def test_impossible_faults_are_refused(desk, wrong):
    form = {"slow_ms": 0, "failing_percent": 0, "throttled_percent": 0, **wrong}

    assert desk.post(reverse("sandbox_faults"), form).status_code == 422
    assert not Faults.objects.exists()


def test_the_clock_page_names_an_unknown_step(desk):
    answer = desk.post(reverse("sandbox_travel"), {"to": "yesterday"}, follow=True)

    assert "Choose how far" in answer.content.decode()
    assert not Journey.objects.exists()


def test_without_anything_ahead_the_clock_stays(desk):
    answer = desk.post(reverse("sandbox_travel"), {"to": "event"}, follow=True)

    assert "Nothing lies ahead" in answer.content.decode()
    assert not Journey.objects.exists()


def test_a_moving_clock_is_watched_and_not_pushed(desk):
    Journey.objects.create(from_at=NOW, target_at=NOW, reached_at=NOW)

    page = desk.get(reverse("sandbox")).content.decode()
    answer = desk.post(reverse("sandbox_travel"), {"to": "hour"}, follow=True)

    assert 'hx-trigger="every 1s"' in page
    assert "moving already" in answer.content.decode()
    assert Journey.objects.count() == 1


def test_a_mailbox_leads_to_a_phone_only_where_there_is_one(desk, patient):
    beside_a_phone = desk.get(url("sandbox_mailbox", patient)).content.decode()
    patient.contacts.filter(channel=Channel.SMS).update(active=False)
    alone = desk.get(url("sandbox_mailbox", patient)).content.decode()

    assert url("sandbox_phone", patient) in beside_a_phone
    assert url("sandbox_phone", patient) not in alone
