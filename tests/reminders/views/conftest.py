"""What the tests of pages share."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest


@pytest.fixture
def noon(monkeypatch):
    """A clock that stands where a test puts it; before the visit unless it is moved."""

    class Hands:
        at = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("America/New_York"))

    monkeypatch.setattr("scheduling.clock.now", lambda: Hands.at)
    return Hands
