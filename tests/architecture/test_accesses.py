"""Every page that shows a patient leaves a row of access: asked of every address of the site."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from pytest_django.plugin import DjangoDbBlocker

from clinic.audit.page_names import WORDS
from clinic.roles import CLOSED, OWN_ACCOUNT
from scheduling import clock
from scheduling.forms.fields import US_ZONES
from scheduling.forms.people import PatientForm
from scheduling.models import Access, AccessKind, Injection, Patient
from scheduling.people.emergency import give_access
from tests import world
from tests.architecture.addresses import Address, every
from tests.architecture.visits import PageClient
from tests.clinic.fuzz.clinic import NOON, FuzzedClinic, open_clinic

NEXT_EVENT = "beside the demonstration's clock, which tells the next event of a made-up patient"
# Addresses that show no patient, by the reason. Django's administration has a test of its own.
SHOW_NOBODY = {
    "the way in, and one's own account": {
        *("account_login", "account_logout", "account_inactive", "account_signup"),
        *("account_reset_password", "account_reset_password_done", "mfa_authenticate"),
        *("account_reset_password_from_key", "account_reset_password_from_key_done"),
        *("openid_connect_login", "openid_connect_callback"),
        *OWN_ACCOUNT,
    },
    "parts of the login library that are closed": CLOSED,
    "for machines": {"healthz", "still_here", "sms_status", "sms_inbound"},
    "before the birth date, or a reason, nothing about anybody": {
        *("link_unlock", "emergency_access"),
    },
    "changes something and leads to a page that leaves its row": {
        *("link_confirm", "link_change", "alert_take", "alert_give_back"),
    },
    "staff: their sign-ins, sessions and second factors": {
        *("audit_sign_ins", "security_alerts", "security_alert_seen", "staff_access"),
        *("staff_sessions_end", "factor_resets", "factor_reset_ask", "factor_reset_confirm"),
    },
    "the demonstration's own faults and journeys": {"sandbox_faults", "sandbox_travel"},
    NEXT_EVENT: {"sandbox_clock", "sandbox_on_call", "sandbox_on_call_answer"},
}
KINDS = {
    "patients": AccessKind.SEARCH,
    "audit_patients": AccessKind.SEARCH,
    "day_sheet": AccessKind.PRINT,
    "disclosures": AccessKind.PRINT,
    "audit_csv": AccessKind.EXPORT,
    "audit_patient_csv": AccessKind.EXPORT,
    "disclosures_csv": AccessKind.EXPORT,
    "link_ics": AccessKind.FEED,
}
Left = set[tuple[str, str]]


class AccessClient(PageClient):
    """Keeps which rows of access the last request left: pages and kinds."""

    left: Left
    body: str

    def answer(self, request: HttpRequest) -> HttpResponse:
        before = Access.objects.count()
        response = super().answer(request)
        text = b"".join(response) if response.streaming else response.content
        self.body = text.decode(errors="replace")
        rows = Access.objects.order_by("pk")[before:]
        self.left = set(rows.values_list("page", "kind"))
        return response


@dataclass
class Looked:
    """What one address left, by whichever method, and what it said when it left nothing."""

    left: Left = field(default_factory=set)
    silent: str = ""


@pytest.fixture(scope="module")
def looked(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, Looked]]:
    """One walk for all tests of this file; it leaves nothing behind."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(clock, "now", lambda: NOON)
        patch.setattr(PatientForm.base_fields["zone"], "choices", US_ZONES)
        # Undoing forgets prepared statements, so preparing them would only cost time.
        patch.setattr(connection.connection, "prepare_threshold", None)
        logging.disable(logging.WARNING)
        try:
            clinic = open_clinic()
            desk = world.a_user("desk")
            order = world.an_order(by=desk)  # one that waits for a signature
            give_access(patient=order.patient, reason="Fell at the door", by=desk, at=NOON)
            yield walk(clinic)
        finally:
            logging.disable(logging.NOTSET)
            transaction.set_rollback(True)


def walk(clinic: FuzzedClinic) -> dict[str, Looked]:
    done = Injection.objects.select_related("patient").earliest("during")
    Access.objects.create(patient=done.patient, kind=AccessKind.VIEW, page="patient", at=NOON)
    found: dict[str, Looked] = {}
    client = AccessClient()
    for address in every():
        if address.page.startswith("admin:"):
            continue
        looked = found.setdefault(address.page, Looked())
        for path, method in product(paths(clinic, address), ("GET", "POST")):
            session = clinic.sessions[visitor(clinic, address)]
            client.ask(method, path, form(address, done.patient), session)
            looked.left |= client.left
            looked.silent += "" if client.left else client.body
    return found


def paths(clinic: FuzzedClinic, address: Address) -> list[str]:
    """The address with the first value of each gap, and with each of the patient's links."""
    known = {gap: given[0] for gap, given in clinic.values(address).items()}
    values = dict.fromkeys(address.gaps, 1) | known
    tokens = clinic.values(address)["token"] if "token" in address.gaps else [""]
    return [address.filled(values | {"token": token}) for token in tokens]


def visitor(clinic: FuzzedClinic, address: Address) -> str:
    """A physician, who may open most, or whom the address is for."""
    welcome = clinic.welcome(address)
    return "physician" if "physician" in welcome else welcome[0]


def form(address: Address, patient: Patient) -> dict[str, str]:
    """What finds this patient, where an address searches; an empty form everywhere else."""
    if address.page == "patient_new":  # who looks alike
        names = {"family_name": patient.family_name, "given_name": patient.given_name}
        return names | {"birth_date": patient.birth_date.isoformat(), "mrn": "NEW1"}
    finds = address.page in ("patients", "patient_search", "audit_patients")
    return {"q": patient.family_name} if finds else {}


def test_every_address_leaves_a_row_of_access_or_stands_among_those_that_show_nobody(
    looked: dict[str, Looked],
) -> None:
    silent = {page for page, each in looked.items() if not each.left}

    assert silent == set().union(*SHOW_NOBODY.values())


def test_no_answer_that_names_a_patient_leaves_nothing(looked: dict[str, Looked]) -> None:
    names = set(Patient.objects.values_list("family_name", flat=True))

    named = {page for page, each in looked.items() if any(name in each.silent for name in names)}

    assert names
    assert named == SHOW_NOBODY[NEXT_EVENT]


def test_every_page_in_a_row_of_access_has_its_words_and_no_word_is_left_over(
    looked: dict[str, Looked],
) -> None:
    pages = {page for each in looked.values() for page, _ in each.left}

    assert pages == WORDS.keys()


def test_searches_sheets_files_and_calendars_say_what_they_are(looked: dict[str, Looked]) -> None:
    left = {row for each in looked.values() for row in each.left}

    assert left == {(page, KINDS.get(page, AccessKind.VIEW)) for page, _ in left}


def test_djangos_administration_shows_no_rows_of_patients() -> None:
    shown = {model for model in admin.site._registry if Patient in belongs(model)}

    assert shown == set()


def belongs(model: Any, known: frozenset[Any] = frozenset()) -> frozenset[Any]:
    """Every model that rows of this one lead to, and the model itself."""
    known |= {model}
    for each in model._meta.get_fields():
        if isinstance(each, models.ForeignKey) and each.related_model not in known:
            known = belongs(each.related_model, known)
    return known
