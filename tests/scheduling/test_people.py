"""Patients, their numbers, and what they agreed to."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import people
from scheduling.models import Consent, OptOut
from scheduling.rules.procedure import Channel, Purpose
from tests.world import NOW, ZONE, a_booking, a_patient, a_user

pytestmark = pytest.mark.django_db

FACTS = {
    "family_name": "Hale",
    "given_name": "Maren",
    "birth_date": date(1960, 4, 12),
    "mrn": "A-1",
    "language": "en",
    "zone": ZONE,
}
LATER = NOW + timedelta(days=1)


def register(**facts):
    return people.register(**FACTS | facts, by=None, at=NOW)


def test_a_patient_is_registered_with_trimmed_names():
    patient = register(family_name=" Hale ", mrn=" A-1 ")

    assert (patient.family_name, patient.mrn, patient.created_at) == ("Hale", "A-1", NOW)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("birth_date", date(2026, 3, 3), "in the future"),
        ("birth_date", date(1879, 12, 31), "before 1880"),
        ("zone", "Mars/Olympus", "IANA"),
        ("language", "xx", "Choose a language"),
        ("family_name", "  ", "Enter the family name"),
        ("given_name", "x" * 81, "80 characters"),
        ("mrn", "", "Enter the medical record number"),
        ("mrn", "A\x001", "cannot be kept"),
    ],
)
def test_bad_facts_are_refused_beside_their_field(field, value, sentence):
    with pytest.raises(ValidationError) as refused:
        register(**{field: value})

    assert list(refused.value.message_dict) == [field]
    assert sentence in refused.value.message_dict[field][0]


def test_every_bad_field_is_named_at_once():
    with pytest.raises(ValidationError) as refused:
        register(family_name="", zone="nowhere")

    assert set(refused.value.message_dict) == {"family_name", "zone"}


def test_a_birth_date_of_today_counts_where_the_patient_lives():
    today_in_tokyo = (NOW + timedelta(hours=14)).date()

    assert register(zone="Asia/Tokyo", birth_date=today_in_tokyo).pk


def test_a_taken_mrn_is_refused_with_what_to_do():
    register()

    with pytest.raises(ValidationError, match="another patient"):
        register(family_name="Other")


def test_a_likely_double_is_found_by_birth_date_and_names_in_either_order():
    patient = register()

    same = people.likely_same(family_name="maren", given_name="HALE", birth_date=date(1960, 4, 12))

    assert list(same) == [patient]


def test_another_birth_date_is_another_person():
    register()

    same = people.likely_same(family_name="Hale", given_name="Maren", birth_date=date(1960, 4, 13))

    assert not same.exists()


def test_a_correction_has_the_patients_injections_planned_again():
    injection = a_booking()

    people.correct(patient=injection.patient, zone="America/Denver", by=None, at=LATER)

    injection.refresh_from_db()
    assert injection.changed_at == LATER
    assert injection.patient.zone == "America/Denver"


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"reference": "x"}, "reference"), ({"deceased_at": NOW + timedelta(days=3)}, "deceased_at")],
)
def test_a_correction_refuses_what_cannot_be(fields, name):
    with pytest.raises(ValidationError) as refused:
        people.correct(patient=a_patient(), by=None, at=NOW, **fields)

    assert list(refused.value.message_dict) == [name]


@pytest.mark.parametrize(
    ("channel", "written", "kept"),
    [
        (Channel.SMS, "(212) 555-0123", "+12125550123"),
        (Channel.SMS, "+44 20 7946 0958", "+442079460958"),
        (Channel.PHONE, "212.555.0123", "+12125550123"),
        (Channel.EMAIL, " Maren@Example.COM ", "maren@example.com"),
    ],
)
def test_numbers_and_addresses_are_kept_in_one_form(channel, written, kept):
    contact = people.reach(patient=a_patient(), channel=channel, value=written, by=None, at=NOW)

    assert contact.value == kept


@pytest.mark.parametrize(
    ("channel", "written"),
    [
        (Channel.SMS, "555-0123"),
        (Channel.SMS, "call me"),
        (Channel.SMS, "+1 212 555 01234567"),
        (Channel.EMAIL, "maren at example"),
        ("fax", "+12125550123"),
    ],
)
def test_numbers_and_addresses_that_cannot_work_are_refused(channel, written):
    patient = a_patient(mobile=None, email=None)

    with pytest.raises(ValidationError):
        people.reach(patient=patient, channel=channel, value=written, by=None, at=NOW)

    assert not patient.contacts.exists()


def test_a_new_number_replaces_the_old_one_and_keeps_it_as_history():
    patient = a_patient(mobile="+12125550123")

    people.reach(patient=patient, channel=Channel.SMS, value="+12125550124", by=None, at=NOW)

    numbers = patient.contacts.filter(channel=Channel.SMS)
    assert numbers.get(active=True).value == "+12125550124"
    assert numbers.get(active=False).value == "+12125550123"


def test_consent_given_twice_is_one_consent():
    patient = a_patient(consent=())
    given = {"patient": patient, "purpose": Purpose.DIARY, "channel": Channel.SMS}

    first = people.agree(**given, wording="v1", source="desk", by=None, at=NOW)
    again = people.agree(**given, wording="v1", source="desk", by=None, at=LATER)

    assert first == again


def test_a_new_wording_replaces_the_consent_to_the_old_one():
    patient = a_patient(consent=())
    given = {"patient": patient, "purpose": Purpose.DIARY, "channel": Channel.SMS}
    old = people.agree(**given, wording="v1", source="desk", by=None, at=NOW)

    people.agree(**given, wording="v2", source="desk", by=a_user(), at=LATER)

    old.refresh_from_db()
    assert old.revoked_at == LATER
    assert patient.consents.get(revoked_at=None).wording == "v2"


def test_withdrawn_consent_ends_and_its_injections_are_planned_again():
    injection = a_booking()

    people.withdraw(
        patient=injection.patient,
        purpose=Purpose.DIARY,
        channel=Channel.SMS,
        why="too many texts",
        by=None,
        at=LATER,
    )

    injection.refresh_from_db()
    assert injection.changed_at == LATER
    ended = Consent.objects.get(patient=injection.patient, revoked_at__isnull=False)
    assert (ended.purpose, ended.channel) == (Purpose.DIARY, Channel.SMS)


def test_an_opt_out_binds_everybody_who_shares_the_number():
    shared = "+12125550123"
    injections = [a_booking(patient=a_patient(mobile=shared)) for _ in range(2)]
    other = a_booking()

    people.opt_out(channel=Channel.SMS, value="(212) 555-0123", source="text", at=LATER)

    assert OptOut.objects.get(lifted_at=None).value == shared
    for injection in (*injections, other):
        injection.refresh_from_db()
    assert [injection.changed_at for injection in injections] == [LATER, LATER]
    assert other.changed_at == NOW


def test_opting_out_twice_is_one_opt_out_and_opting_in_lifts_it():
    for at in (NOW, LATER):
        people.opt_out(channel=Channel.SMS, value="+12125550123", source="text", at=at)

    people.opt_in(channel=Channel.SMS, value="+12125550123", source="text", at=LATER)

    assert OptOut.objects.get().lifted_at == LATER


@pytest.mark.parametrize(
    "text",
    [
        "Hale",
        "mar hal",
        "Hale, Maren",
        "1960-04-12",
        "04/12/1960 hale",
        "12.04.1960",
        "Apr 12, 1960",
        "19600412",
        "a-1",
        "0123",
        "(212)555-0123",
    ],
)
def test_a_patient_is_found_by_whatever_the_caller_knows(text):
    patient = register()
    people.reach(patient=patient, channel=Channel.SMS, value="+12125550123", by=None, at=NOW)
    a_patient(birth_date=date(1971, 5, 6))

    assert list(people.search(text)) == [patient]


@pytest.mark.parametrize("text", ["", "  ", "Hale 1999-01-01", "9999", "13/13/1960", "%"])
def test_a_search_that_fits_nobody_finds_nobody(text):
    register()

    assert list(people.search(text)) == []


def test_a_search_stops_at_its_limit():
    for number in range(3):
        register(mrn=f"B-{number}")

    assert len(people.search("hale", limit=2)) == 2
