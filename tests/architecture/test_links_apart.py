"""A patient's link opens its own pages: never another patient's, never those of another purpose."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from reminders.messaging.content import links
from reminders.models import Link, LinkPurpose
from scheduling import clock
from scheduling.models import Injection, TaskKind
from tests.architecture.addresses import Address, every
from tests.world import a_booking, a_patient, an_order

PAGES = [address for address in every() if address.page.startswith("link")]
PREPARE_PAGES = ["link_confirm", "link_change", "link_driver", "link_ics"]
ASKED = "Your date of birth, please"
DRIVER = {"name": "A Neighbour", "wish": "Another day", "phone": ""}


def a_visit(family: str) -> Injection:
    now = clock.now()
    start = (now + timedelta(days=10)).replace(hour=15, minute=0, second=0, microsecond=0)
    patient = a_patient(family_name=family, given_name=family, at=now)
    return a_booking(an_order(patient, at=now), start=start, at=now)


def a_link(visit: Injection, token: str, purpose: LinkPurpose = LinkPurpose.PREPARE) -> str:
    now = clock.now()
    Link.objects.create(
        token_sha256=links.digest(token),
        purpose=purpose,
        injection=visit,
        created_at=now,
        expires_at=now + timedelta(days=20),
    )
    return token


def opened(token: str) -> Client:
    """A browser in which the right birth date was given."""
    client = Client()
    birth = {"month": "4", "day": "12", "year": "1960"}
    answer = client.post(reverse("link_unlock", args=[token]), birth)
    assert answer.status_code == 302
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.route)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_open_opens_no_page_of_another_patients_link(
    address: Address, method: str
) -> None:
    other = a_visit("Otherwise")
    browser = opened(a_link(a_visit("Mine"), "m" * 22))
    path = address.filled({"token": a_link(other, "o" * 22), "slot": "P-1"})

    answer = getattr(browser, method)(path, DRIVER, follow=True)

    assert "Otherwise" not in answer.content.decode()
    assert answer.status_code == 405 or ASKED in answer.content.decode()
    unchanged = Injection.objects.get(pk=other.pk)
    assert (unchanged.confirmed_at, unchanged.driver_name) == (None, "")


@pytest.mark.django_db
def test_a_link_about_the_visit_opens_no_check_in_before_it() -> None:
    token = a_link(a_visit("Mine"), "m" * 22)

    answer = opened(token).get(reverse("link_survey", args=[token]))

    assert answer.headers["Location"] == reverse("link", args=[token])


@pytest.mark.django_db
@pytest.mark.parametrize("page", PREPARE_PAGES)
def test_a_link_to_a_check_in_changes_nothing_about_the_visit(page: str) -> None:
    visit = a_visit("Mine")
    token = a_link(visit, "m" * 22, LinkPurpose.SURVEY)
    path = reverse(page, args=[token])

    browser = opened(token)
    answer = browser.get(path) if page == "link_ics" else browser.post(path, DRIVER)

    assert answer.headers["Location"] == reverse("link", args=[token])
    unchanged = Injection.objects.get(pk=visit.pk)
    assert (unchanged.confirmed_at, unchanged.driver_name) == (None, "")
    assert not visit.tasks.filter(kind=TaskKind.CHANGE_WANTED).exists()
