"""Free time as bits, against the plainest reading of the same words."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules import slots

spans = st.lists(st.tuples(st.integers(-50, 300), st.integers(-50, 300)), max_size=8)


@given(spans)
def test_a_union_holds_exactly_the_minutes_of_its_half_open_spans(some):
    marked = set(slots.minutes_in(slots.union(some)))

    assert marked == {m for start, end in some for m in range(start, end) if m >= 0}


@given(spans, st.integers(-30, 30), st.integers(31, 90))
def test_a_start_is_free_from_before_it_until_after_it(some, before, after):
    free = set(slots.minutes_in(slots.union(some)))

    found = set(slots.minutes_in(slots.starts(slots.union(some), before, after)))

    fits = {m for m in range(300) if all(n in free for n in range(m - before, m + after))}
    assert found == fits


def test_two_spans_that_touch_leave_no_free_minute_and_do_not_overlap():
    assert slots.union([(0, 30), (30, 60)]) == slots.span(0, 60)
    assert slots.span(0, 30) & slots.span(30, 60) == 0


def test_a_skipped_time_is_the_first_minute_after_the_gap():
    spring = slots.wall(date(2026, 3, 8), time(2, 30), "America/New_York")

    assert slots.moment(spring) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_a_doubled_time_is_its_first_occurrence():
    autumn = slots.wall(date(2026, 11, 1), time(1, 30), "America/New_York")

    assert slots.moment(autumn) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Europe/London", date(2026, 3, 29)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),  # moves by half an hour
        ("Asia/Kathmandu", date(2026, 5, 5)),  # 5:45 from UTC
    ],
)
@pytest.mark.parametrize("step", [15, 20, 30, 60])
def test_the_grid_lies_on_the_clinics_wall_clock_by_day(zone, day, step):
    origin = slots.wall(day, time(0), zone)
    place = ZoneInfo(zone)

    marks = [
        slots.moment(m + origin) for m in slots.minutes_in(slots.grid(day, day, zone, step, origin))
    ]

    shown = [moment.astimezone(place) for moment in marks]
    assert all(each.date() == day for each in shown)
    assert all(each.minute % step == 0 for each in shown if each.hour >= 4)
    assert len([each for each in shown if each.hour >= 4]) == 20 * 60 // step


@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.integers(0, 24 * 60 - 1),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Denver"]),
)
def test_the_wall_clock_shows_what_was_asked_or_the_minute_after_the_gap(day, minutes, zone):
    asked = datetime.combine(day, slots._clock(minutes))

    found = slots.moment(slots.wall(day, slots._clock(minutes), zone)).astimezone(ZoneInfo(zone))

    assert timedelta() <= found.replace(tzinfo=None) - asked <= timedelta(hours=1)


def test_a_minute_is_rounded_down_and_up():
    instant = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)

    assert slots.moment(slots.minute(instant)).time() == time(9, 0)
    assert slots.moment(slots.minute_up(instant)).time() == time(9, 1)
