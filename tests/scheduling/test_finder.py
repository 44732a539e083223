"""The search for free times, against the plainest search and against the clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.range import TimestamptzRange

from scheduling import bookings
from scheduling.finding import finder
from scheduling.models import Closure
from scheduling.rules import slots
from scheduling.rules.procedure import Guidance, Intent
from tests.scheduling.calendars_at_random import a_random_clinic, plain_search
from tests.world import (
    METHYLPREDNISOLONE,
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    a_location,
    a_resource,
    an_order,
    local,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/New_York", date(2026, 3, 5)),  # clocks go forward on the 8th
        ("America/New_York", date(2026, 10, 29)),  # and back on 1 November
        ("Europe/London", date(2026, 6, 1)),
    ],
)
def test_a_search_finds_what_the_plainest_search_finds(seed, zone, first):
    days = 9
    location, order = a_random_clinic(seed, zone, first, days)
    after = datetime.combine(first, time(), ZoneInfo(zone))

    found = finder.find(order=order, location=location, after=after, days=days, count=10_000)

    assert [opening.start for opening in found] == plain_search(order, location, first, days)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_search_offers_can_be_booked(seed):
    first = date(2026, 3, 5)
    location, order = a_random_clinic(seed, "America/New_York", first, 9)
    after = datetime.combine(first, time(), ZoneInfo(location.zone))
    offers = finder.find(order=order, location=location, after=after, days=9, count=1_000)

    last = offers[-1]
    booked = bookings.book(
        order=order, location=location, start=last.start, resources=last.resources, by=None, at=NOW
    )

    assert booked.start == last.start
    assert booked.end == last.end


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_doors_open_by_the_wall_clock_on_the_days_when_clocks_change(day):
    location = a_location(opens=time(8), closes=time(9))
    order = an_order()

    found = finder.find(order=order, location=location, after=local(f"{day} 00:00"), days=1)

    shown = [opening.start.astimezone(ZoneInfo(location.zone)) for opening in found]
    assert [f"{each:%Y-%m-%d %H:%M}" for each in shown] == []  # the bay would close too early

    location.resources.get(kind="bay", name="bay 1").hours.update(closes=time(17))
    found = finder.find(order=order, location=location, after=local(f"{day} 00:00"), days=1)

    shown = [opening.start.astimezone(ZoneInfo(location.zone)) for opening in found]
    assert [f"{each:%Y-%m-%d %H:%M}" for each in shown] == [f"{day} 08:00", f"{day} 08:15"]


def test_set_up_and_turnover_stay_inside_opening_hours():
    location = a_location(opens=time(9), closes=time(12), policy={"setup_min": 20})
    a_resource(location, "bay", closes=time(18))

    found = finder.find(
        order=an_order(), location=location, after=local("2026-03-16 00:00"), days=1
    )

    starts = [opening.start for opening in found]
    assert starts[0] == local("2026-03-16 09:30")
    assert starts[-1] == local("2026-03-16 11:15")


def test_a_diagnostic_search_offers_first_what_leaves_the_diary_in_waking_hours():
    location = a_location()
    after = local("2026-03-16 12:00")

    found = finder.find(order=an_order(), location=location, after=after, now=NOW, count=3)

    assert [opening.start for opening in found] == [
        local("2026-03-16 12:00"),
        local("2026-03-16 12:15"),
        local("2026-03-17 07:00"),
    ]
    assert all(opening.notes == () for opening in found)


def test_late_times_are_offered_with_a_note_when_no_others_are_left():
    location = a_location(opens=time(14))

    found = finder.find(order=an_order(), location=location, after=START, now=NOW, days=2, count=2)

    assert [opening.start for opening in found] == [
        local("2026-03-16 14:00"),
        local("2026-03-16 14:15"),
    ]
    assert "best before 12:15" in found[0].notes[0]


def test_a_therapeutic_order_may_be_done_late():
    order = an_order(intent=Intent.THERAPEUTIC)

    found = finder.find(
        order=order, location=a_location(), after=local("2026-03-16 17:00"), count=1
    )

    assert found[0].start == local("2026-03-16 17:00")
    assert found[0].notes == ()


def test_a_search_leaves_time_to_prepare():
    found = finder.find(order=an_order(), location=a_location(), after=START, count=1, days=1)

    assert found[0].start == START + timedelta(hours=8)  # pain pills are held for 8 hours


def test_time_to_prepare_counts_from_now_not_from_the_day_wanted():
    found = finder.find(order=an_order(), location=a_location(), after=START, now=NOW, count=1)

    assert found[0].start == START


def test_a_search_can_be_for_one_physician():
    location = a_location()
    second = location.resources.get(name="physician 2")

    found = finder.find(order=an_order(), location=location, after=NOW, physician=second)

    assert {opening.resources.by_kind["physician"] for opening in found} == {second}


def test_ultrasound_needs_no_c_arm():
    location = a_location()
    location.resources.filter(kind="c_arm").update(active=False)
    order = an_order(guidance=Guidance.ULTRASOUND)

    found = finder.find(order=order, location=location, after=NOW, count=1)

    assert "c_arm" not in found[0].resources.by_kind


def test_fluoroscopy_without_a_c_arm_finds_nothing():
    location = a_location()
    location.resources.filter(kind="c_arm").update(active=False)

    assert finder.find(order=an_order(), location=location, after=NOW) == []


def test_a_closure_without_an_end_is_respected():
    location = a_location(rooms=1)
    Closure.objects.create(
        resource=location.resources.get(kind="suite"),
        during=TimestamptzRange(local("2026-03-17 00:00"), None),
        reason="rebuilding",
    )

    found = finder.find(order=an_order(), location=location, after=START, now=NOW, count=1_000)

    assert {opening.start.date() for opening in found} == {START.date()}


def test_a_diabetic_on_a_steroid_is_noted_as_better_in_the_morning():
    order = an_order(
        intent=Intent.THERAPEUTIC,
        agents=[METHYLPREDNISOLONE],
        screening=NOTHING_TO_REPORT | {"diabetes": "type2"},
    )

    found = finder.find(order=order, location=a_location(), after=NOW, count=1)

    assert "morning" in found[0].notes[0]


def test_a_search_reads_each_window_with_one_query(django_assert_num_queries):
    location, order = a_location(), an_order()

    with django_assert_num_queries(2):  # what the order asks for, the first week
        assert len(finder.find(order=order, location=location, after=NOW)) == 10


def test_a_full_first_week_costs_one_query_more(django_assert_num_queries):
    location, order = a_location(rooms=1), an_order()
    Closure.objects.create(
        resource=location.resources.get(kind="suite"),
        during=TimestamptzRange(NOW, NOW + timedelta(days=20)),
        reason="rebuilding",
    )

    with django_assert_num_queries(3):  # what the order asks for, the first week, four more
        assert len(finder.find(order=order, location=location, after=NOW)) == 10


def test_a_search_reads_every_day_once():
    today = NOW.astimezone(ZoneInfo("America/New_York")).date()
    search = finder.prepared(an_order(), a_location(), NOW, 90, None, NOW)

    read = [
        day for window in finder._windows(search) for day in slots._days(window.first, window.last)
    ]

    assert read == slots._days(today, today + timedelta(days=89))


def test_a_grid_that_does_not_divide_the_hour_is_an_error():
    location = a_location(policy={"grid_min": 25})

    with pytest.raises(ValueError, match="divisor of 60"):
        finder.find(order=an_order(), location=location, after=NOW)


def test_the_seat_keeps_the_resources_it_had_where_they_are_free():
    location = a_location()
    injection = a_booking(location=location)
    second = {row.resource.kind: row.resource for row in injection.reservations.all()}
    free = finder.assign(order=injection.order, location=location, start=START)
    assert free.by_kind["suite"] != second["suite"]

    kept = finder.assign(
        order=injection.order,
        location=location,
        start=START,
        ignoring=injection.pk,
        keep=bookings.ResourceSet(second),
    )

    assert kept.by_kind["suite"] == second["suite"]
