"""Staff of one location meet nothing of another's patients, whatever address they try.

The addresses are the site's own, so a new page is asked too.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from clinic import roles
from clinic.accounts import urls as accounts
from clinic.accounts.models import User
from scheduling import clock
from scheduling.models import Injection, Patient
from scheduling.people import emergency
from tests.architecture.addresses import Address, every
from tests.architecture.test_authorisation import path_of, values
from tests.architecture.visits import (
    ABSENT,
    METHODS,
    REFUSED,
    PageClient,
    Visitor,
    outcome,
    signed_in,
)
from tests.world import a_booking, a_location, a_patient, a_user, an_order

ROLES = ("desk", "nurse", "physician")
CLOSED = {REFUSED, ABSENT, "404"}
# Pages about accounts of staff, and the demonstration's, which is no clinic.
ACCOUNTS = {pattern.name for pattern in accounts.urlpatterns}
NOT_OURS = {*roles.OWN_ACCOUNT, *roles.SANDBOX, *ACCOUNTS}
STAFF_PAGES = [
    address
    for address in every()
    if address.page not in NOT_OURS and roles.PAGES.get(address.page, frozenset()) & roles.BOOKING
]
LISTS = [address for address in STAFF_PAGES if not address.gaps]
# All but the way on: it names nobody.
ABOUT_SOMEBODY = [
    address for address in STAFF_PAGES if address.gaps and address.page != "emergency_access"
]


@dataclass(frozen=True)
class TwoLocations:
    """One location with a visit that is done and one ahead; staff of both, by role."""

    filled: dict[str, dict[str, Any]]
    done: Injection
    ahead: Injection
    here: dict[str, Visitor]
    elsewhere: dict[str, Visitor]
    guest: User  # the physician elsewhere
    client: PageClient

    def met(
        self, address: Address, visitor: Visitor, filled: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """What an address answers, by method."""
        path = path_of(address, filled or self.filled)
        return {
            method: outcome(self.client.ask(method, path, {}, visitor.session))
            for method in METHODS
        }


@pytest.fixture(scope="module")
def clinic(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[TwoLocations]:
    with django_db_blocker.unblock(), transaction.atomic():
        logging.disable()  # being refused a hundred times is not worth a hundred tracebacks
        try:
            yield two_locations()
        finally:
            logging.disable(logging.NOTSET)
            transaction.set_rollback(True)


def two_locations() -> TwoLocations:
    filled, now = values(), clock.now()
    done = Injection.objects.get()
    start = (now + timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
    order = an_order(a_patient(family_name="Quillfeather", at=now), at=now)
    ahead = a_booking(order, start=start, location=done.location, at=now)
    an_order(ahead.patient, at=now, intent="therapeutic")
    other = a_location()
    staff = {place: {role: a_user(role) for role in ROLES} for place in (done.location, other)}
    for place, users in staff.items():
        place.staff.set(users.values())
    here, elsewhere = (
        {role: signed_in(role, user) for role, user in users.items()} for users in staff.values()
    )
    guest = staff[other]["physician"]
    return TwoLocations(filled, done, ahead, here, elsewhere, guest, PageClient())


def test_there_are_addresses_to_ask() -> None:
    pages = {address.page for address in ABOUT_SOMEBODY}

    assert {"patient", "order", "injection", "task_finish", "review", "alert"} <= pages
    assert {"home", "day", "patient_search", "worklist", "reviews"} <= {each.page for each in LISTS}


@pytest.mark.parametrize("address", ABOUT_SOMEBODY, ids=lambda address: address.page)
def test_no_address_opens_a_patient_of_another_location(
    clinic: TwoLocations, address: Address
) -> None:
    for visitor in clinic.elsewhere.values():
        answers = set(clinic.met(address, visitor).values())

        assert answers <= CLOSED
        assert answers & {REFUSED, "404"}


@pytest.mark.parametrize("address", ABOUT_SOMEBODY, ids=lambda address: address.page)
def test_emergency_access_opens_what_the_own_location_opens_and_that_patient_alone(
    clinic: TwoLocations, address: Address
) -> None:
    colleague, guest = clinic.here["physician"], clinic.elsewhere["physician"]
    reason = "Fell at the door and is confused"
    with transaction.atomic():
        emergency.give_access(
            patient=clinic.done.patient, reason=reason, by=clinic.guest, at=clock.now()
        )
        met, other = clinic.met(address, guest), {}
        if "reference" in address.gaps:
            other = clinic.met(address, guest, _filled_with(clinic.ahead))
        transaction.set_rollback(True)

    if address.page == "injection_move":  # opens rooms of a location, not a patient
        assert set(met.values()) == {REFUSED}
    else:
        assert met == clinic.met(address, colleague)
    assert set(other.values()) <= CLOSED


def _filled_with(visit: Injection) -> dict[str, dict[str, Any]]:
    return {
        "/patients": {"reference": visit.patient.reference},
        "/orders": {"reference": visit.order.reference},
        "/injections": {"reference": visit.reference},
        "/reviews": {"reference": visit.reference, "side": "left"},
    }


@pytest.mark.parametrize("address", LISTS, ids=lambda address: address.page)
def test_no_list_names_a_patient_of_another_location(
    clinic: TwoLocations, address: Address
) -> None:
    for visitor in clinic.elsewhere.values():
        for patient in (clinic.done.patient, clinic.ahead.patient):
            assert not _names(clinic, address, visitor, patient)


def test_the_lists_name_the_patients_of_ones_own_location(clinic: TwoLocations) -> None:
    naming = {
        address.page
        for address in LISTS
        for patient in (clinic.done.patient, clinic.ahead.patient)
        if _names(clinic, address, clinic.here["physician"], patient)
    }

    wanted = {"home", "day", "day_sheet", "patients", "patient_search", "worklist", "reviews"}
    assert wanted <= naming


def _names(clinic: TwoLocations, address: Address, visitor: Visitor, patient: Patient) -> bool:
    """Whether a page names this patient, asked for the day and the name in every way we know."""
    date = clinic.ahead.start.date()
    asked = {"queue": "all", "location": clinic.done.location_id, "date": date}
    path, form = f"{address.route}?{urlencode(asked)}", {"q": patient.family_name}
    answers = [clinic.client.ask(method, path, form, visitor.session) for method in METHODS]
    said = b"".join(answer.content for answer in answers).decode()
    names = (str(patient), patient.mrn, str(patient.reference))
    return any(name in said for name in names)


def test_the_count_of_tasks_in_the_head_holds_none_of_another_location(
    clinic: TwoLocations,
) -> None:
    def counted(visitor: Visitor) -> bool:
        page = clinic.client.ask("GET", reverse("home"), {}, visitor.session)
        return 'class="count' in page.content.decode()

    assert counted(clinic.here["desk"])
    assert not counted(clinic.elsewhere["desk"])
