"""Security alerts: opened once, mailed to those who answer for security, seen by one of them."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts import alerts
from clinic.accounts.models import AlertKind, SecurityAlert, SecurityAlertMail
from clinic.accounts.tasks import mail_security_alerts
from clinic.celery import app
from scheduling.locks import Lock
from tests.pages import read
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
DETAIL = "30 wrong passwords came within an hour."


def opened(kind=AlertKind.NAME_UNDER_ATTACK, about=None, detail=DETAIL):
    alerts.open_alert(kind=kind, about=about, detail=detail, at=NOW)
    return SecurityAlert.objects.latest("pk")


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


# Opening and seeing


def test_the_same_alert_is_opened_once_until_somebody_has_seen_it():
    administrator, about = a_user("administrator"), a_user("nurse")
    for person in (about, about, None, None):
        opened(about=person)
    assert SecurityAlert.objects.count() == 2

    alerts.acknowledge(alert=SecurityAlert.objects.get(about=None), by=administrator, at=NOW)
    opened(about=None)
    opened(about=about)

    assert SecurityAlert.objects.count() == 3


def test_the_first_who_has_seen_it_stays():
    first, second = a_user("administrator"), a_user("administrator")
    alert = opened()

    was_first = [alerts.acknowledge(alert=alert, by=user, at=NOW) for user in (first, second)]

    alert.refresh_from_db()
    assert (was_first, alert.seen_by) == ([True, False], first)


@pytest.mark.parametrize(
    "change",
    [{"detail": "Nothing."}, {"kind": "factor_reset"}, {"opened_at": LATER}, {"about": None}, None],
)
def test_what_was_opened_is_neither_changed_nor_removed(change):
    opened(about=a_user())
    rows = SecurityAlert.objects.all()

    with pytest.raises(ProgrammingError, match=r"Cannot (update|delete)"), transaction.atomic():
        rows.update(**change) if change else rows._raw_delete(rows.db)


def test_an_acknowledgement_is_not_taken_back():
    alert = opened()
    alerts.acknowledge(alert=alert, by=a_user("administrator"), at=NOW)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        SecurityAlert.objects.update(seen_at=None, seen_by=None)


def test_nobody_in_particular_has_seen_nothing():
    opened()

    with pytest.raises(IntegrityError, match="seen_by_someone"), transaction.atomic():
        SecurityAlert.objects.update(seen_at=NOW)


# Mails


def test_those_who_answer_for_security_are_mailed_the_kind_and_the_link_once():
    administrator = a_user("administrator", email="anna@clinic.example")
    a_user("administrator", email="gone@clinic.example", is_active=False)
    a_user("physician", email="petra@clinic.example")
    opened(about=a_user("nurse", username="nora"))
    opened(AlertKind.AUDIT_RECORDS)

    alerts.mail_round(NOW)
    alerts.mail_round(LATER)

    (told,) = mail.outbox
    assert told.to == [administrator.email]
    assert "* Audit records\n* Name under attack\n" in told.body
    assert reverse("security_alerts") in told.body
    assert DETAIL not in told.body
    assert "nora" not in told.body


def test_what_comes_later_is_mailed_by_itself():
    a_user("administrator", email="anna@clinic.example")
    opened()
    alerts.mail_round(NOW)
    opened(AlertKind.AUDIT_RECORDS)

    alerts.mail_round(LATER)

    assert "Audit records" in mail.outbox[1].body
    assert "Name under attack" not in mail.outbox[1].body


class RefusesOne(EmailBackend):
    """A mail server that does not take mails for one address."""

    refused = "full@clinic.example"

    def send_messages(self, messages):
        if any(self.refused in message.to for message in messages):
            raise SMTPRecipientsRefused({self.refused: (452, b"mailbox full")})
        return super().send_messages(messages)


def test_an_address_that_fails_holds_up_no_other_and_is_tried_again(monkeypatch):
    a_user("administrator", email=RefusesOne.refused, last_name="Aaron")
    a_user("administrator", email="anna@clinic.example", last_name="Zett")
    opened()
    monkeypatch.setattr("django.core.mail.get_connection", lambda **_: RefusesOne())

    alerts.mail_round(NOW)
    first = [told.to for told in mail.outbox]
    monkeypatch.setattr(RefusesOne, "refused", "nobody")
    alerts.mail_round(LATER)

    assert first == [["anna@clinic.example"]]
    assert [told.to for told in mail.outbox] == [["anna@clinic.example"], ["full@clinic.example"]]


def test_what_was_seen_is_not_mailed_any_more():
    administrator = a_user("administrator", email="anna@clinic.example")
    alerts.acknowledge(alert=opened(), by=administrator, at=NOW)

    alerts.mail_round(NOW)

    assert mail.outbox == []


def test_two_rounds_at_once_mail_once():
    a_user("administrator", email="anna@clinic.example")
    opened()
    other = connections.create_connection("default")
    try:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [Lock.SECURITY_ALERTS.value])
        alerts.mail_round(NOW)
    finally:
        other.close()

    assert mail.outbox == []


def test_nobody_to_tell_is_an_error_in_the_log(caplog):
    a_user("administrator")
    opened()

    alerts.mail_round(NOW)

    assert "nobody_to_tell_of_security_alerts" in caplog.text
    assert not SecurityAlertMail.objects.exists()


def test_beat_starts_the_round():
    a_user("administrator", email="anna@clinic.example")
    opened()

    app.loader.import_default_modules()
    app.tasks[app.conf.beat_schedule["mail_security_alerts"]["task"]]()

    assert app.conf.beat_schedule["mail_security_alerts"]["task"] == mail_security_alerts.name
    assert len(mail.outbox) == 1


# Pages


def test_the_start_page_of_an_administrator_shows_what_nobody_has_seen():
    administrator = signed_in(a_user("administrator"))
    assert "Nothing to look at" in read(administrator.get("/"))

    alert = opened(about=a_user("nurse", username="nora"))

    page = read(administrator.get("/"))
    assert DETAIL in page
    assert "nora" in page
    assert reverse("security_alert_seen", args=[alert.pk]) in page


def test_one_press_marks_an_alert_as_seen_and_keeps_it_readable():
    user = a_user("administrator", last_name="Answerable")
    administrator, alert = signed_in(user), opened()

    page = read(administrator.post(reverse("security_alert_seen", args=[alert.pk]), follow=True))

    assert "Marked as seen by you." in page
    assert "Answerable, " in page
    assert DETAIL in page
    assert DETAIL not in read(administrator.get("/"))


def test_a_second_press_says_that_somebody_was_first():
    administrator, alert = signed_in(a_user("administrator")), opened()
    alerts.acknowledge(alert=alert, by=a_user("administrator"), at=NOW)

    page = read(administrator.post(reverse("security_alert_seen", args=[alert.pk]), follow=True))

    assert "Somebody else had marked it" in page


def test_a_long_history_is_read_page_by_page():
    user = a_user("administrator")
    rows = (
        SecurityAlert(
            kind=AlertKind.AUDIT_RECORDS,
            detail=f"Number {number}.",
            opened_at=NOW + timedelta(hours=number),
            seen_at=NOW + timedelta(hours=number),
            seen_by=user,
        )
        for number in range(51)
    )
    SecurityAlert.objects.bulk_create(rows)
    administrator, address = signed_in(user), reverse("security_alerts")

    first, second = (read(administrator.get(address, {"page": page})) for page in (1, 2))

    assert "Number 50." in first
    assert "Number 0." not in first
    assert "Number 0." in second
    assert "Page 2 of 2" in second


@pytest.mark.parametrize("role", ["desk", "nurse", "physician"])
def test_nobody_else_reads_or_marks_them(role):
    browser, alert = signed_in(a_user(role)), opened()

    answers = [
        browser.get(reverse("security_alerts")),
        browser.post(reverse("security_alert_seen", args=[alert.pk])),
    ]

    assert {answer.status_code for answer in answers} == {403}
    alert.refresh_from_db()
    assert alert.seen_at is None
