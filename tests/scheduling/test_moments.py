"""Dates with times as they are typed: any offset is read, no far year is kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from scheduling.forms.fields import MomentField

FAR = [
    "0001-01-01T00:00+23:59",
    "0001-01-01 00:00",
    "9999-12-31T23:59-23:59",
    "9999-12-31 23:59",
    "1879-12-31 10:00",
    "2201-01-01 10:00",
    "99999-01-01T00:00",
]


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+16:00", "Z"])
def test_a_time_with_any_offset_is_that_moment_by_the_clinics_clock(offset):
    zone = ZoneInfo("America/New_York")
    with timezone.override(zone):
        at = MomentField().clean(f"2026-03-16T10:00{offset}")

    assert at == datetime.fromisoformat(f"2026-03-16T10:00{offset}")
    assert at.tzinfo is zone


@pytest.mark.parametrize("typed", FAR)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
def test_a_far_year_is_refused(typed, zone):
    with timezone.override(ZoneInfo(zone)), pytest.raises(ValidationError):
        MomentField().clean(typed)
