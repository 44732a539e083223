"""Every change says who made it, with prepared statements too."""

from datetime import UTC, date, datetime

import pghistory
import pytest
from django.db import transaction

from scheduling import people
from scheduling.models import Patient

NOW = datetime(2027, 3, 10, 14, tzinfo=UTC)


def a_patient(mrn: str = "DEMO-1") -> Patient:
    return people.register(
        family_name="Example",
        given_name="Ada",
        birth_date=date(1980, 2, 29),
        mrn=mrn,
        language="en",
        zone="America/Chicago",
        by=None,
        at=NOW,
    )


def reasons(patient: Patient) -> list[object]:
    events = Patient.pgh_event_model.objects.filter(pgh_obj=patient).order_by("pgh_id")
    return [event.pgh_context and event.pgh_context.metadata.get("why") for event in events]


@pytest.mark.django_db
def test_a_change_inside_a_transaction_carries_its_reason():
    patient = a_patient()

    with pghistory.context(why="married"):
        people.correct(patient=patient, by=None, at=NOW, family_name="Sample")

    assert reasons(patient)[-1] == "married"


@pytest.mark.django_db(transaction=True)
def test_a_change_outside_a_transaction_carries_its_reason():
    patient = a_patient()

    with pghistory.context(why="married"):
        Patient.objects.filter(pk=patient.pk).update(family_name="Sample")

    assert reasons(patient)[-1] == "married"


@pytest.mark.django_db(transaction=True)
def test_a_reason_does_not_outlive_its_context():
    patient = a_patient()

    with pghistory.context(why="married"):
        Patient.objects.filter(pk=patient.pk).update(family_name="Sample")
    Patient.objects.filter(pk=patient.pk).update(given_name="Ann")

    assert reasons(patient) == [None, "married", None]


@pytest.mark.django_db
def test_a_later_reason_of_the_same_request_leaves_the_earlier_one():
    with pghistory.context(user=None):
        patient = a_patient()
        with pghistory.context(why="married"):
            people.correct(patient=patient, by=None, at=NOW, family_name="Sample")
        with pghistory.context(why="misspelt"):
            people.correct(patient=patient, by=None, at=NOW, given_name="Adah")

    assert reasons(patient) == [None, "married", "misspelt"]


@pytest.mark.django_db
def test_rows_that_are_written_with_the_same_words_share_a_context():
    with pghistory.context(why="new here"):
        patients = [a_patient(mrn="DEMO-1"), a_patient(mrn="DEMO-2")]

    events = Patient.pgh_event_model.objects.filter(pgh_obj__in=patients)
    assert len({event.pgh_context_id for event in events}) == 1


@pytest.mark.django_db
def test_a_change_that_is_taken_back_leaves_no_history():
    patient = a_patient()

    with transaction.atomic(), pghistory.context(why="oops"):
        Patient.objects.filter(pk=patient.pk).update(family_name="Sample")
        transaction.set_rollback(True)

    assert reasons(patient) == [None]
