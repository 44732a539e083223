"""Access to a patient of another location in an emergency: given with a reason, kept, told of."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import AlertKind, SecurityAlert
from scheduling import clock
from scheduling.models import Access, EmergencyAccess
from scheduling.people import emergency
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
REASON = "Fell at the door and is confused"


@pytest.fixture
def noon(monkeypatch):
    class Hands:
        at = world.NOW

    monkeypatch.setattr(clock, "now", lambda: Hands.at)
    return Hands


@pytest.fixture
def patient(noon):
    return world.a_patient(location=world.a_location(name="South"))


def elsewhere(role):
    """A browser of somebody who works at another location than the patient's."""
    browser = Client()
    browser.user = world.a_user(role, is_staff=role == "administrator")
    browser.user.locations.set([world.a_location()])
    browser.force_login(browser.user)
    return browser


def ask(browser, patient, reason=REASON):
    return browser.post(reverse("emergency_access", args=[patient.reference]), {"reason": reason})


@pytest.mark.parametrize("role", ["desk", "nurse", "physician"])
def test_who_says_why_opens_the_chart_for_eight_hours(patient, noon, role):
    browser, chart = elsewhere(role), reverse("patient", args=[patient.reference])

    answer = ask(browser, patient)
    inside = browser.get(chart)
    noon.at += timedelta(hours=8)

    assert answer["Location"] == chart
    assert "<b>Emergency access</b> to a patient of another location" in read(inside)
    assert browser.get(chart).status_code == 403
    kept = EmergencyAccess.objects.get()
    assert (kept.patient, kept.user, kept.reason) == (patient, browser.user, REASON)


def test_the_page_that_asks_names_nobody(patient):
    page = read(elsewhere("nurse").get(reverse("emergency_access", args=[patient.reference])))

    assert patient.family_name not in page
    assert patient.mrn not in page
    assert "for 8 hours" in page


@pytest.mark.parametrize("reason", ["", "urgent", " " * 20, "x" * 201])
def test_without_a_reason_that_says_something_nothing_opens(patient, reason):
    answer = ask(elsewhere("nurse"), patient, reason)

    assert answer.status_code == 422
    assert not EmergencyAccess.objects.exists()
    assert not SecurityAlert.objects.exists()


def test_those_who_answer_for_security_are_alerted_without_the_patient_or_the_reason(patient):
    browser = elsewhere("nurse")

    ask(browser, patient)

    alert = SecurityAlert.objects.get()
    assert (alert.kind, alert.about) == (AlertKind.EMERGENCY_ACCESS, browser.user)
    assert str(EmergencyAccess.objects.get().pk) in alert.detail
    assert REASON not in alert.detail


def test_two_accesses_are_two_alerts(patient, noon):
    browser = elsewhere("nurse")

    ask(browser, patient)
    noon.at += timedelta(hours=9)
    ask(browser, patient)

    assert SecurityAlert.objects.count() == 2


def test_whoever_sees_the_patient_anyway_is_led_there_and_nobody_is_alerted(patient):
    browser = elsewhere("nurse")
    browser.user.locations.add(patient.location)

    answer = ask(browser, patient)

    assert answer["Location"] == reverse("patient", args=[patient.reference])
    assert not EmergencyAccess.objects.exists()


def test_an_administrator_has_no_emergency_access(patient):
    assert ask(elsewhere("administrator"), patient).status_code == 403


@pytest.mark.parametrize("facts", [{"is_active": False}, {"role": "administrator"}])
def test_the_verb_refuses_who_has_left_and_who_neither_treats_nor_books(patient, noon, facts):
    nurse = world.a_user("nurse")
    for name, value in facts.items():
        setattr(nurse, name, value)

    with pytest.raises(PermissionDenied):
        emergency.give_access(patient=patient, reason=REASON, by=nurse, at=noon.at)


def test_the_verb_wants_a_reason_and_gives_what_lasts_already(patient, noon):
    nurse = world.a_user("nurse")

    with pytest.raises(ValidationError, match="10 characters"):
        emergency.give_access(patient=patient, reason="urgent", by=nurse, at=noon.at)
    first = emergency.give_access(patient=patient, reason=REASON, by=nurse, at=noon.at)

    again = emergency.give_access(patient=patient, reason=f"{REASON}!", by=nurse, at=noon.at)
    assert again == first


def test_a_clinic_may_say_for_how_many_hours(patient, noon, settings):
    settings.EMERGENCY_ACCESS_HOURS = 2

    given = emergency.give_access(
        patient=patient, reason=REASON, by=world.a_user("nurse"), at=noon.at
    )

    assert given.until == noon.at + timedelta(hours=2)


def test_no_row_of_emergency_access_is_changed_or_removed(patient):
    ask(elsewhere("nurse"), patient)

    for change in (lambda rows: rows.update(reason="None"), lambda rows: rows.delete()):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            change(EmergencyAccess.objects.all())


def test_a_privacy_officer_reads_who_whom_and_why_and_leaves_a_row(patient):
    nurse, officer = elsewhere("nurse"), elsewhere("privacy_officer")
    ask(nurse, patient)

    page = read(officer.get(reverse("audit_emergencies")))

    assert REASON in page
    assert nurse.user.display_name in page
    assert str(patient) in page
    assert Access.objects.get(user=officer.user).page == "audit_emergencies"
