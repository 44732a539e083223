"""Eleven thousand requests that nobody means, and none that ends in an error of ours.

Every address is asked with every method by every kind of visitor, forms mostly right but for a
field or two. The dice are seeded, so each part asks the same again every time, but for references
and sessions. One part alone: make test ARGS="tests/clinic/test_fuzz.py -k 1"
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from scheduling import clock
from scheduling.admin import LocationForm
from scheduling.forms.fields import US_ZONES
from scheduling.forms.people import PatientForm
from tests.architecture.addresses import Address, every
from tests.clinic.fuzz.clinic import NOON, FuzzedClinic, open_clinic
from tests.clinic.fuzz.dice import Dice
from tests.clinic.fuzz.wire import Answer, RawRequest, Wire

PARTS, REQUESTS = 2, 5000
# One method for each round through the addresses; an empty one is one of the rare methods.
ROUNDS = ("POST", "GET", "POST", "", "HEAD", "POST", "", "PUT", "POST", "OPTIONS")
RARE = ("PATCH", "DELETE", "TRACE", "CONNECT", "BREW", "get", "\xff")
NOT_PAGES = [Address("", "/nowhere"), Address("", "/<x>"), Address("", "/static/<x>")]
REACHED = (200, 302, 409, 422)  # what views answer; the rest is refused before
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class Outcome:
    """What a part met: how often each status, what was asked of each page, and what broke."""

    statuses: Counter[int] = field(default_factory=Counter)
    methods: dict[Address, set[str]] = field(default_factory=dict)
    broken: dict[str, list[str]] = field(default_factory=dict)

    def note(self, address: Address, request: RawRequest, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        self.methods.setdefault(address, set()).add(request.method)
        if answer.broke:
            reports = self.broken.setdefault(answer.place, [])
            reports.append(f"{request}\n{answer.fault}")

    @property
    def report(self) -> str:
        """The first request of each kind that broke something, with the end of its traceback."""
        kinds = [f"{len(reports)} times {reports[0]}" for reports in self.broken.values()]
        return "\n\n".join([f"{self.statuses}", *kinds])


@pytest.fixture(scope="module")
def clinic(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[FuzzedClinic]:
    """One clinic for all parts; the clock stands, and nothing is left behind."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(clock, "now", lambda: NOON)
        patch.setattr(settings, "PASSWORD_HASHERS", QUICK)
        for form in (PatientForm, LocationForm):  # menus of 500 zones take most of a page's time
            patch.setattr(form.base_fields["zone"], "choices", US_ZONES)
        # After a request Django would close the connection, and with it end the transaction.
        patch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
        # Undoing forgets prepared statements, so preparing them would only cost time.
        patch.setattr(connection.connection, "prepare_threshold", None)
        logging.disable(logging.WARNING)  # being refused is not worth a line
        yield open_clinic()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


PART = [pytest.param(part, marks=pytest.mark.xdist_group(f"fuzz {part}")) for part in range(PARTS)]


@pytest.fixture(scope="module", params=PART)
def outcome(request: pytest.FixtureRequest, clinic: FuzzedClinic) -> Outcome:
    """Ask one part's requests; the first pages tell which forms there are."""
    dice, found = Dice(f"part {request.param}", clinic), Outcome()
    with Wire() as wire:
        for address, method in islice(schedule(request.param), REQUESTS):
            sent = dice.request(address, method) if method else dice.plain(address)
            answer = ask(wire, sent)
            found.note(address, sent, answer)
            if not method and "html" in answer.headers.get("Content-Type", ""):
                dice.learn(sent.path, answer.body)
    return found


def schedule(part: int) -> Iterator[tuple[Address, str]]:
    """Addresses with methods, without end; first each as it is meant to be opened, with none.

    The administration has many addresses of one kind, with long pages, so each of them takes part
    in every third turn of the rounds.
    """
    addresses = [*every(), *NOT_PAGES]
    yield from ((address, "") for address in addresses)
    for number in count():
        turn, round_ = divmod(number, len(ROUNDS))
        method = ROUNDS[round_] or RARE[(part + number) % len(RARE)]
        for place, address in enumerate(addresses):
            if not address.page.startswith("admin:") or (place + turn + part) % 3 == 0:
                yield address, method


def ask(wire: Wire, request: RawRequest) -> Answer:
    """The answer, which is a fault also if what it changed could not be kept; all is undone."""
    with transaction.atomic():
        answer = wire.ask(request)
        if request.method == "POST" and answer.status < 400:
            try:
                connection.check_constraints()
            except DatabaseError as error:
                answer.fault = f"could not be committed: {error}"
        transaction.set_rollback(True)
    cache.clear()  # or the limits on how often one may ask would hide the pages
    return answer


pytestmark = pytest.mark.filterwarnings("default")  # as in production


def test_no_request_ends_in_an_error_of_ours(outcome: Outcome) -> None:
    assert not outcome.broken, outcome.report


def test_every_address_is_asked_by_every_usual_method(outcome: Outcome) -> None:
    usual = {*filter(None, ROUNDS)}

    assert [address for address, asked in outcome.methods.items() if usual - asked] == []


def test_a_third_of_the_requests_reaches_a_page(outcome: Outcome) -> None:
    assert sum(outcome.statuses[status] for status in REACHED) > REQUESTS / 3, outcome.statuses
