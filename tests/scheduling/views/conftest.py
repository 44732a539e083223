"""People at their browsers, and a clock that stands still."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def signed_in(role: str) -> Client:
    """A browser in which somebody of this role, of some location, is signed in: its `user`."""
    from scheduling.models import Location  # models need Django set up, after this file
    from tests import world

    if not Location.objects.exists():
        world.an_office()
    client = Client()
    client.user = world.a_user(role)
    client.force_login(client.user)
    return client


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in("desk")


@pytest.fixture
def nurse(db: None) -> Client:
    return signed_in("nurse")


@pytest.fixture
def physician(db: None) -> Client:
    return signed_in("physician")


class Hands:
    """The hands of the clock; a test puts them where it wants."""

    at: datetime


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock stands where things are booked, unless it is moved."""
    from scheduling import clock
    from tests import world

    hands = Hands()
    hands.at = world.NOW
    monkeypatch.setattr(clock, "now", lambda: hands.at)
    return hands


@pytest.fixture
def queries() -> Callable[[Callable[[], object]], list[str]]:
    """What an act asks the database, the second time, when sessions and types are known.

    Each statement by its beginning, so that two lists of the same length are equal and two that
    differ show by what.
    """

    def asked(act: Callable[[], object]) -> list[str]:
        act()
        with CaptureQueriesContext(connection) as seen:
            act()
        return [each["sql"].partition("(")[0].partition(" WHERE ")[0][:70] for each in seen]

    return asked
