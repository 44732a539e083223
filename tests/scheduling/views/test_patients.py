"""Pages about patients."""

import pytest
from django.urls import reverse

from scheduling.models import Access, Consent, ContactPoint, OptOut, Patient
from tests import world

pytestmark = pytest.mark.django_db
NEW = {
    "family_name": "Rivera",
    "given_name": "Ana",
    "birth_date": "1958-03-14",
    "mrn": "A-1",
    "language": "en",
    "zone": "America/Chicago",
}


def test_a_search_by_part_of_a_name_finds_the_patient_with_birth_date(desk):
    world.a_patient(family_name="Featherstone")

    page = desk.post(reverse("patients"), {"q": "feather"}).content.decode()

    assert "Featherstone" in page
    assert "12 Apr 1960" in page


def test_the_rows_show_the_next_injection(desk, noon):
    injection = world.a_booking()

    page = desk.post(reverse("patient_search"), {"q": injection.patient.mrn}).content.decode()

    assert "Mon 16 Mar 2026, 09:00 EDT" in page


def test_the_last_row_is_a_new_patient(desk):
    patient = world.a_patient()

    page = desk.post(reverse("patient_search"), {"q": patient.mrn}).content.decode()

    assert page.index(str(patient.reference)) < page.index(reverse("patient_new"))


def test_a_search_that_finds_nobody_says_what_to_do(desk):
    page = desk.post(reverse("patient_search"), {"q": "zzz"}).content.decode()

    assert "Nobody fits" in page


def test_search_takes_its_words_by_post_alone(desk):
    assert desk.get(reverse("patient_search"), {"q": "x"}).status_code == 405


def test_a_search_costs_the_same_however_many_it_finds(desk, queries):
    world.a_patient(family_name="Same")
    one = queries(lambda: desk.post(reverse("patients"), {"q": "same"}))
    for _ in range(5):
        world.a_patient(family_name="Same")

    assert queries(lambda: desk.post(reverse("patients"), {"q": "same"})) == one


def test_a_patient_is_registered_with_contacts_and_the_ticked_consents(desk):
    more = {"sms": "(217) 555-0123", "email": "Ana@Example.com", "reminders": ["sms", "email"]}

    answer = desk.post(reverse("patient_new"), NEW | more)

    patient = Patient.objects.get(mrn="A-1")
    assert answer["Location"] == reverse("patient", args=[patient.reference])
    assert set(ContactPoint.objects.values_list("channel", "value")) == {
        ("sms", "+12175550123"),
        ("email", "ana@example.com"),
    }
    assert set(Consent.objects.values_list("purpose", "channel")) == {
        ("reminders", "sms"),
        ("reminders", "email"),
    }


def test_a_new_patient_form_has_nothing_ticked(desk):
    page = desk.get(reverse("patient_new")).content.decode()

    assert 'name="diary"' in page
    assert "checked" not in page


def test_the_same_name_and_birth_date_again_asks_whether_it_is_the_same_person(desk):
    desk.post(reverse("patient_new"), NEW)

    answer = desk.post(reverse("patient_new"), NEW | {"mrn": "A-2"})

    assert answer.status_code == 422
    assert "Is it one of these?" in answer.content.decode()
    assert Patient.objects.count() == 1


def test_another_person_of_the_same_name_is_registered_after_a_tick(desk):
    desk.post(reverse("patient_new"), NEW)

    desk.post(reverse("patient_new"), NEW | {"mrn": "A-2", "another_person": "on"})

    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("birth_date", "2999-01-01", "The year must lie between 1880 and 2200."),
        ("birth_date", "2199-01-01", "The birth date is in the future."),
        ("birth_date", "31/31/1958", "Write a day as"),
        ("zone", "Mars/Olympus", "Select a valid choice"),
        ("language", "tlh", "Select a valid choice"),
        ("family_name", "", "This field is required."),
        ("family_name", "x" * 81, "at most 80 characters"),
        ("given_name", "a\x00b", "Take out the characters that cannot be printed."),
        ("sms", "12", "no complete telephone number"),
        ("email", "nobody", "Enter a valid email address."),
        ("reminders", "pigeon", "Select a valid choice"),
    ],
)
def test_a_fault_in_one_field_is_named_beside_it_and_nothing_is_saved(desk, field, value, sentence):
    answer = desk.post(reverse("patient_new"), NEW | {field: value})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Patient.objects.exists()


def test_a_refused_field_points_at_its_sentence(desk):
    page = desk.post(reverse("patient_new"), NEW | {"mrn": ""}).content.decode()

    assert 'aria-describedby="id_mrn_helptext id_mrn_error"' in page
    assert 'id="id_mrn_error"' in page
    assert '<a href="#id_mrn">MRN</a>' in page


def test_a_taken_mrn_is_refused_by_the_verb_and_shown_beside_the_field(desk):
    world.a_patient(mrn="A-1")

    answer = desk.post(reverse("patient_new"), NEW)

    assert answer.status_code == 422
    assert "belongs to another patient" in answer.content.decode()


def test_looking_at_a_patient_is_written_down(desk):
    patient = world.a_patient()

    desk.get(reverse("patient", args=[patient.reference]))

    row = Access.objects.get(patient=patient)
    assert (row.user, row.page, row.address) == (desk.user, "patient", "127.0.0.1")


def test_every_patient_that_a_search_shows_is_written_down(desk):
    patients = [world.a_patient(family_name="Same") for _ in range(3)]

    desk.post(reverse("patients"), {"q": "same"})

    assert set(Access.objects.values_list("patient", flat=True)) == {each.pk for each in patients}


def test_correcting_a_name_is_kept_in_history_with_who_did_it(desk):
    patient = world.a_patient()
    facts = {"family_name": "Married", "given_name": "Given", "birth_date": "1960-04-12"}
    facts |= {"mrn": patient.mrn, "language": "en", "zone": world.ZONE}

    desk.post(reverse("patient_edit", args=[patient.reference]), facts)

    event = patient.events.select_related("pgh_context").latest("pgh_id")
    assert event.family_name == "Married"
    assert event.pgh_context.metadata["user"] == desk.user.pk


def test_a_new_number_replaces_the_old_one(desk):
    patient = world.a_patient()
    sent = {"reach-channel": "sms", "reach-value": "217 555 0199"}

    desk.post(reverse("patient_reach", args=[patient.reference]), sent)

    assert patient.contacts.get(channel="sms", active=True).value == "+12175550199"


def test_a_number_that_is_none_comes_back_with_the_form_open(desk):
    patient = world.a_patient()
    sent = {"reach-channel": "sms", "reach-value": "tomorrow"}

    answer = desk.post(reverse("patient_reach", args=[patient.reference]), sent)

    assert answer.status_code == 422
    assert "<details open>" in answer.content.decode()


def test_a_withdrawn_consent_stands_no_longer(desk):
    patient = world.a_patient()
    sent = {"purpose": "diary", "channel": "sms", "why": "Asked at the desk"}

    desk.post(
        reverse("patient_withdraw", args=[patient.reference]),
        {f"withdraw-{name}": value for name, value in sent.items()},
    )

    consent = patient.consents.get(purpose="diary", channel="sms")
    assert consent.revoked_why == "Asked at the desk"


def test_a_consent_given_by_phone_is_recorded_with_its_wording(desk):
    patient = world.a_patient(consent=())
    sent = {"consent-purpose": "diary", "consent-channel": "sms", "consent-source": "phone"}

    desk.post(reverse("patient_consent", args=[patient.reference]), sent)

    consent = patient.consents.get()
    assert (consent.source, consent.granted_by) == ("phone", desk.user)


def test_silencing_a_number_and_lifting_it(desk):
    patient = world.a_patient()
    desk.post(reverse("patient_opt_out", args=[patient.reference]), {"opt_out-channel": "sms"})
    silenced = OptOut.objects.get()

    desk.post(reverse("patient_opt_in", args=[patient.reference]), {"opt_in-channel": "sms"})

    assert silenced.lifted_at is None
    assert OptOut.objects.get().lifted_at is not None


def test_silencing_a_channel_without_a_contact_is_refused(desk):
    patient = world.a_patient(email=None)
    sent = {"opt_out-channel": "email"}

    answer = desk.post(reverse("patient_opt_out", args=[patient.reference]), sent)

    assert answer.status_code == 422
    assert "No contact by E-mail is recorded." in answer.content.decode()
