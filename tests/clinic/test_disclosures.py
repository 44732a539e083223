"""The accounting of disclosures: one patient, six years, on paper and as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit import disclosures
from scheduling import clock
from scheduling.models import Access, AccessKind
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
NOW = world.NOW


@pytest.fixture(autouse=True)
def noon(monkeypatch, settings):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.TIME_ZONE = world.ZONE


@pytest.fixture
def officer():
    client = Client()
    client.force_login(world.a_user("privacy_officer"))
    return client


def a_look(patient, kind="view", page="patient", at=NOW, **fields):
    return Access.objects.create(patient=patient, kind=AccessKind(kind), page=page, at=at, **fields)


def on_paper(officer, patient, **asked):
    return officer.get(reverse("disclosures", args=[patient.reference]), asked)


def test_what_left_the_house_stands_apart_from_what_was_looked_at(officer):
    patient = world.a_patient()
    kinds = {kind: a_look(patient, kind) for kind in AccessKind}

    found = on_paper(officer, patient).context

    assert {look.row.kind for look in found["left"]} == {"print", "export", "feed"}
    assert {look.row.kind for look in found["seen"]} == {"view", "search"}
    assert len(kinds) == 5


def test_six_years_are_told_unless_other_days_are_asked_for(officer):
    patient = world.a_patient()
    a_look(patient, at=world.local("2020-02-29 12:00"))
    within = a_look(patient, at=world.local("2020-03-02 12:00"))
    recent = a_look(patient, at=world.local("2026-02-01 12:00"))

    all_of_it = on_paper(officer, patient).context["seen"]
    some = on_paper(officer, patient, since="2026-01-01", until="2026-02-28").context["seen"]

    assert [look.row for look in all_of_it] == [recent, within]
    assert [look.row for look in some] == [recent]


def test_nothing_of_another_patient_is_told(officer):
    patient, other = world.a_patient(), world.a_patient(family_name="Stranger")
    a_look(other)

    page = read(on_paper(officer, patient))

    assert "Stranger" not in page
    assert "Nobody looked in these days." in page
    assert "Nothing in these days." in page


def test_the_patient_reads_that_looks_for_treatment_are_told_too(officer):
    page = read(on_paper(officer, world.a_patient()))

    assert "looks for treatment, payment and health care operations are in it too" in page
    assert "45 CFR 164.528" in page


def test_the_page_is_a_print_that_leaves_its_row(officer):
    patient = world.a_patient()

    on_paper(officer, patient)

    row = Access.objects.get()
    assert (row.patient, row.kind, row.page) == (patient, AccessKind.PRINT, "disclosures")


def test_more_than_paper_holds_is_said(officer, monkeypatch):
    monkeypatch.setattr(disclosures, "MOST", 1)
    patient = world.a_patient()
    a_look(patient, at=NOW - timedelta(days=1))
    a_look(patient)

    page = read(on_paper(officer, patient))

    assert "These are the newest 1 rows, and there are more." in page


def test_days_that_nobody_can_mean_are_refused(officer):
    answer = on_paper(officer, world.a_patient(), since="soon")

    assert answer.status_code == 422
    assert "Write a day as 2026-11-24" in read(answer)


def test_the_file_tells_the_same_and_leaves_its_row(officer):
    patient, nurse = world.a_patient(), world.a_user("nurse", last_name="Nursely")
    a_look(patient, "print", "day_sheet", user=nurse, address="192.0.2.7")
    a_look(world.a_patient())

    answer = officer.get(reverse("disclosures_csv", args=[patient.reference]))

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        {
            "When": "2026-03-02T10:00:00-05:00",
            "Person": "Nursely",
            "Role today": "Nurse",
            "What was done": "Print",
            "Page": "Day sheet",
        }
    ]
    assert Access.objects.get(page="disclosures_csv").kind is AccessKind.EXPORT


def test_a_file_of_days_that_nobody_can_mean_leads_back(officer):
    patient = world.a_patient()

    answer = officer.get(reverse("disclosures_csv", args=[patient.reference]), {"since": "soon"})

    assert answer["Location"] == f"{reverse('disclosures', args=[patient.reference])}?since=soon"
