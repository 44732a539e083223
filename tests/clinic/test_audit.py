"""Who looked at whom: the pages of the privacy officer, their filters and their files."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.models import Role, SignIn, SignInEvent, User
from clinic.audit import exports, looks
from clinic.audit.files import defused
from scheduling import clock
from scheduling.models import Access, AccessKind
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
PASSWORD = "rain-over-the-lake-7"
OF_ALL = ("audit", "audit_csv", "audit_patients", "audit_sign_ins")
OF_ONE = ("audit_patient", "audit_patient_csv", "disclosures", "disclosures_csv")
NOW = world.NOW


@pytest.fixture(autouse=True)
def noon(monkeypatch, settings):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.TIME_ZONE = world.ZONE


def signed_in(role="privacy_officer", **fields):
    client = Client()
    client.user = world.a_user(role, **fields)
    client.force_login(client.user)
    return client


@pytest.fixture
def officer():
    return signed_in()


def a_look(patient=None, user=None, kind="view", page="patient", at=NOW, address="192.0.2.7"):
    return Access.objects.create(
        patient=patient or world.a_patient(),
        user=user,
        kind=AccessKind(kind),
        page=page,
        address=address,
        at=at,
    )


def table(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


# Who may


@pytest.mark.parametrize("page", [*OF_ALL, *OF_ONE])
def test_privacy_officers_open_these_pages_and_nobody_else_does(page):
    address = reverse(page, args=[world.a_patient().reference] if page in OF_ONE else [])

    met = {role: signed_in(role).get(address).status_code for role in Role}

    assert met == dict.fromkeys(Role, 403) | {Role.PRIVACY_OFFICER: 200}


@pytest.mark.parametrize("page", ["day", "patients", "worklist", "reviews", "admin:index"])
def test_a_privacy_officer_opens_nothing_of_booking_care_or_administration(officer, page):
    assert officer.get(reverse(page)).status_code == 403


def test_an_administrator_makes_a_privacy_officer_like_anybody_else():
    administrator = signed_in("administrator", is_staff=True)

    administrator.post(
        reverse("admin:accounts_user_add"),
        {"username": "priya", "usable_password": "false", "role": "privacy_officer"},
    )

    assert User.objects.get(username="priya").role is Role.PRIVACY_OFFICER


NO_KIND = (
    "INSERT INTO scheduling_access (patient_id, page, kind, at) VALUES (%s, 'x', 'peek', now())"
)
NO_ROLE = "UPDATE accounts_user SET role = 'owner' WHERE id = %s"


@pytest.mark.parametrize(
    ("statement", "row"), [(NO_KIND, world.a_patient), (NO_ROLE, world.a_user)]
)
def test_the_database_knows_no_other_kind_and_no_other_role(statement, row):
    key = row().pk

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement, [key])


# The start page


def test_the_start_counts_what_left_the_house_and_who_was_refused(officer):
    a_look(kind="print")
    a_look(kind="view")
    a_look(kind="export", at=NOW - timedelta(days=8))
    SignInEvent.objects.create(kind=SignIn.FAILED, name="1", at=NOW)

    page = read(officer.get(reverse("home")))

    assert "<b>1</b> time that a patient’s data was printed" in page
    assert "<b>1</b> sign-in refused today" in page


def test_the_numbers_of_the_start_lead_to_their_rows(officer):
    a_look(kind="print", page="day_sheet")
    a_look(kind="view", page="order_amend")
    page = officer.get(reverse("home"))

    log = read(officer.get(f"{reverse('audit')}?{page.context['asked']}"))

    assert "Day sheet" in log
    assert "Amend an order" not in log


# What the log shows


def test_the_log_tells_who_did_what_on_which_page_from_where_and_when(officer):
    nurse = world.a_user("nurse", first_name="Nora", last_name="Nursely", credential="RN")
    look = a_look(user=nurse, kind="print", page="day_sheet")

    page = read(officer.get(reverse("audit_patient", args=[look.patient.reference])))

    for said in ("Mon 2 Mar 2026, 10:00 EST", "Nora Nursely, RN", "nurse", "Print", "Day sheet"):
        assert said in page
    assert "192.0.2.7" in page


def test_whoever_came_by_link_is_called_the_patient(officer):
    look = a_look(page="link")

    page = read(officer.get(reverse("audit_patient", args=[look.patient.reference])))

    assert "The patient, by link" in page


def test_a_page_that_is_not_there_any_more_is_told_by_its_name(officer):
    a_look(page="page_of_old")

    assert "page_of_old" in read(officer.get(reverse("audit")))


@pytest.mark.parametrize("page", ["audit", "audit_sign_ins"])
def test_nothing_that_fits_says_so(officer, page):
    answer = officer.get(reverse(page), {"until": "2020-01-01"})

    assert "Nothing fits" in read(answer)


def test_nobody_has_looked_yet_says_how_rows_come_about(officer):
    assert "Nobody has opened a page yet" in read(officer.get(reverse("audit")))


def test_a_search_names_whom_it_finds_and_leaves_a_row_for_each_without_the_words(officer):
    patient = world.a_patient(family_name="Searched")

    page = read(officer.post(reverse("audit_patients"), {"q": "searched"}))

    assert reverse("audit_patient", args=[patient.reference]) in page
    row = Access.objects.get()
    assert (row.patient, row.user, row.kind) == (patient, officer.user, AccessKind.SEARCH)
    assert "searched" not in str(vars(row))


def test_a_search_that_finds_nobody_says_so(officer):
    assert "Nobody fits “xyz”" in read(officer.post(reverse("audit_patients"), {"q": "xyz"}))


def test_the_officers_own_looks_leave_rows_too(officer):
    look = a_look()

    officer.get(reverse("audit_patient", args=[look.patient.reference]))
    officer.get(reverse("audit"))

    own = Access.objects.filter(user=officer.user, kind=AccessKind.VIEW).order_by("pk")
    assert [row.page for row in own] == ["audit_patient", "audit"]


# Filters


def shown(answer):
    return [look.row for look in answer.context["looks"]]


def test_the_log_of_one_patient_shows_no_other(officer):
    look, _ = a_look(), a_look()

    answer = officer.get(reverse("audit_patient", args=[look.patient.reference]))

    assert shown(answer) == [look]


def test_a_filter_by_person_shows_what_this_person_opened(officer):
    nurse = world.a_user("nurse", last_name="Nursely")
    look, _ = a_look(user=nurse), a_look()

    answer = officer.get(reverse("audit"), {"person": nurse.pk})

    assert shown(answer) == [look]
    assert "What Nursely opened" in read(answer)


def test_a_filter_by_several_kinds_shows_these(officer):
    printed, exported, _ = a_look(kind="print"), a_look(kind="export"), a_look(kind="view")

    answer = officer.get(reverse("audit"), {"kind": ["print", "export"]})

    assert set(shown(answer)) == {printed, exported}


def test_days_begin_and_end_by_the_clock_that_the_page_names(officer):
    at = {name: world.local(text) for name, text in MIDNIGHTS.items()}
    rows = {name: a_look(at=moment) for name, moment in at.items()}

    answer = officer.get(reverse("audit"), {"since": "2026-02-10", "until": "2026-02-11"})

    assert shown(answer) == [rows["last"], rows["first"]]


MIDNIGHTS = {
    "before": "2026-02-09 23:59",
    "first": "2026-02-10 00:00",
    "last": "2026-02-11 23:59",
    "after": "2026-02-12 00:00",
}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"since": "2026-02-02", "until": "2026-02-01"}, "The last day lies before the first"),
        ({"since": "soon"}, "Write a day as 2026-11-24"),
        ({"person": "99999999999999999999"}, "Select a valid choice"),
        ({"kind": "peek"}, "Select a valid choice"),
        ({"before": "x"}, "Enter a whole number"),
    ],
)
def test_a_filter_that_nobody_can_mean_shows_nothing_and_says_why(officer, asked, sentence):
    a_look()

    answer = officer.get(reverse("audit"), asked)

    assert answer.status_code == 422
    assert sentence in read(answer)
    assert shown(answer) == []


def test_older_rows_follow_on_the_next_page_though_each_look_adds_some(officer, monkeypatch):
    monkeypatch.setattr(looks, "PAGE", 2)
    patient = world.a_patient()
    old, middle, new = (
        a_look(patient, at=NOW - timedelta(days=2)),
        a_look(patient, at=NOW - timedelta(days=1)),
        a_look(patient, at=NOW - timedelta(days=1)),
    )

    first = officer.get(reverse("audit"), {"until": "2026-03-01"})
    second = officer.get(
        reverse("audit"), {"until": "2026-03-01", "before": first.context["older"]}
    )

    assert (shown(first), shown(second)) == ([new, middle], [old])
    assert f"before={middle.pk}" in read(first)
    assert second.context["older"] is None


def test_a_page_of_the_log_asks_the_database_as_often_for_many_rows_as_for_one(officer):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            officer.get(reverse("audit"))
        return len(queries)

    a_look(user=world.a_user())
    asked()  # the first page of a session asks more
    one = asked()
    for _ in range(10):
        a_look(user=world.a_user())

    assert asked() == one


# Sign-ins


def test_sign_ins_tell_who_came_and_which_names_have_no_account(officer):
    nurse = world.a_user("nurse", last_name="Nursely")
    SignInEvent.objects.create(kind=SignIn.SIGNED_IN, name="1", user=nurse, at=NOW)
    SignInEvent.objects.create(kind=SignIn.FAILED, name="abcd1234", at=NOW)

    page = read(officer.get(reverse("audit_sign_ins"), {"since": "2026-03-02"}))

    assert "Nursely" in page
    assert "A name without an account" in page
    assert "abcd1234" in page


def test_a_filter_by_person_and_kind_shows_these_sign_ins(officer):
    nurse = world.a_user("nurse")
    event = SignInEvent.objects.create(kind=SignIn.FAILED, name="1", user=nurse, at=NOW)
    SignInEvent.objects.create(kind=SignIn.SIGNED_IN, name="1", user=nurse, at=NOW)
    SignInEvent.objects.create(kind=SignIn.FAILED, name="2", at=NOW)

    answer = officer.get(reverse("audit_sign_ins"), {"person": nurse.pk, "kind": "failed"})

    assert answer.context["rows"] == [event]


# Files


def test_a_file_holds_what_the_filter_shows_and_nothing_else(officer):
    nurse = world.a_user("nurse", username="nora", last_name="Nursely")
    patient = world.a_patient(family_name="Ames", given_name="Ann", mrn="A1")
    a_look(patient, nurse, "print", "day_sheet")
    a_look(patient, nurse, "view")

    rows = table(officer.get(reverse("audit_csv"), {"kind": "print"}))

    assert rows == [
        {
            "When": "2026-03-02T10:00:00-05:00",
            "Patient": "Ames, Ann",
            "MRN": "A1",
            "Person": "Nursely",
            "User name": "nora",
            "Role today": "Nurse",
            "What was done": "Print",
            "Page": "Day sheet",
            "IP address": "192.0.2.7",
        }
    ]


def test_a_file_of_one_patient_holds_no_other(officer):
    look, _ = a_look(), a_look()

    rows = table(officer.get(reverse("audit_patient_csv", args=[look.patient.reference])))

    assert [row["MRN"] for row in rows] == [look.patient.mrn]


def test_a_file_holds_all_pages_of_the_filter(officer, monkeypatch):
    monkeypatch.setattr(looks, "PAGE", 1)
    patient = world.a_patient()
    for _ in range(3):
        a_look(patient)

    assert len(table(officer.get(reverse("audit_csv")))) == 3


def test_a_file_leaves_a_row_for_each_patient_in_it_and_does_not_hold_it(officer):
    look = a_look()
    a_look(look.patient)

    answer = officer.get(reverse("audit_csv"))

    row = Access.objects.get(user=officer.user)
    assert (row.patient, row.kind, row.page) == (look.patient, AccessKind.EXPORT, "audit_csv")
    assert len(table(answer)) == 2


def test_a_file_of_too_many_rows_is_not_cut_but_refused(officer, monkeypatch):
    monkeypatch.setattr(exports, "MOST", 1)
    patient = world.a_patient()
    a_look(patient), a_look(patient)

    answer = officer.get(reverse("audit_csv"), {"kind": "view"}, follow=True)

    assert answer.redirect_chain == [(f"{reverse('audit')}?kind=view", 302)]
    assert "choose fewer days" in read(answer)
    assert not Access.objects.filter(kind=AccessKind.EXPORT).exists()


def test_a_file_of_a_filter_that_nobody_can_mean_leads_back(officer):
    answer = officer.get(reverse("audit_csv"), {"since": "soon"})

    assert answer["Location"] == f"{reverse('audit')}?since=soon"


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("Ames, Ann", "Ames, Ann"),
        ("", ""),
    ],
)
def test_no_cell_is_taken_for_a_formula(cell, kept):
    assert defused(cell) == kept


def test_a_patient_named_like_a_formula_is_text_in_the_file(officer):
    a_look(world.a_patient(family_name='=HYPERLINK("x")'))

    rows = table(officer.get(reverse("audit_csv")))

    assert rows[0]["Patient"].startswith("'=HYPERLINK")


def test_whoever_takes_a_file_says_again_who_they_are():
    user, client = world.a_user("privacy_officer", password=PASSWORD), Client()
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    of_one = [world.a_patient().reference]
    files = {"audit_csv": [], "audit_patient_csv": of_one, "disclosures_csv": of_one}

    answers = [client.get(reverse(page, args=args)) for page, args in files.items()]

    assert all(answer["Location"].startswith("/accounts/reauthenticate/") for answer in answers)
