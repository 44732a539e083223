"""When a location works, by the hours and closures of its resources."""

from datetime import date, time, timedelta

import pytest
from psycopg.types.range import TimestamptzRange

from scheduling.finding.working_days import working_days
from scheduling.models import Closure, Resource
from scheduling.rules.working_days import EVERY_DAY, WorkingDays, is_covered
from tests.world import ZONE, a_location, a_resource, local

WEEK = range(5)
FRIDAY, SATURDAY = date(2026, 3, 20), date(2026, 3, 21)
ON_SATURDAY = local("2026-03-21 13:00")


def working(location) -> WorkingDays:
    """The working days of one location in the spring of 2026."""
    span = local("2026-02-01 00:00"), local("2026-06-01 00:00")
    return working_days([location.pk], *span)[location.pk]


def close(resource, begins: str, ends: str) -> None:
    during = TimestamptzRange(local(begins), local(ends))
    Closure.objects.create(resource=resource, during=during, reason="holiday")


def close_all(location, begins: str, ends: str) -> None:
    for resource in Resource.objects.filter(location=location):
        close(resource, begins, ends)


@pytest.mark.django_db
def test_a_location_works_on_the_weekdays_of_its_resources():
    location = a_location(weekdays=WEEK)

    assert working(location) == WorkingDays(frozenset(WEEK))
    assert working(location).last_until(ON_SATURDAY, ZONE) == local("2026-03-20 13:00")
    assert working(location).first_from(ON_SATURDAY, ZONE) == local("2026-03-23 13:00")


@pytest.mark.django_db
def test_one_resource_that_works_is_enough():
    location = a_location(weekdays=WEEK)
    a_resource(location, "bay", weekdays=[5])

    assert working(location).include(SATURDAY)


@pytest.mark.django_db
def test_a_resource_that_is_out_of_use_keeps_no_day_open():
    location = a_location(weekdays=WEEK)
    spare = a_resource(location, "bay", weekdays=[5])
    Resource.objects.filter(pk=spare.pk).update(active=False)

    assert not working(location).include(SATURDAY)


@pytest.mark.django_db
def test_a_day_on_which_all_are_closed_is_a_holiday():
    location = a_location(weekdays=WEEK)
    close_all(location, "2026-03-20 00:00", "2026-03-21 00:00")

    assert working(location).closed == {FRIDAY}
    assert working(location).last_until(ON_SATURDAY, ZONE) == local("2026-03-19 13:00")


@pytest.mark.django_db
def test_a_day_on_which_one_still_works_is_no_holiday():
    location = a_location(weekdays=WEEK)
    close(
        Resource.objects.filter(location=location).first(), "2026-03-16 00:00", "2026-04-16 00:00"
    )

    assert not working(location).closed


@pytest.mark.django_db
def test_a_morning_off_is_no_holiday():
    location = a_location(weekdays=WEEK)
    close_all(location, "2026-03-20 00:00", "2026-03-20 12:00")

    assert working(location).include(FRIDAY)


@pytest.mark.django_db
def test_a_holiday_on_the_day_the_clocks_change_is_found_by_the_walls_clock():
    location = a_location(opens=time(1), closes=time(23))
    close_all(location, "2026-03-08 01:00", "2026-03-08 23:00")

    assert working(location).closed == {date(2026, 3, 8)}


@pytest.mark.django_db
def test_a_location_whose_hours_nobody_has_entered_works_every_day():
    assert working(a_location(rooms=0)) == EVERY_DAY
    assert EVERY_DAY.include(SATURDAY)


@pytest.mark.django_db
def test_two_locations_cost_as_many_queries_as_one(django_assert_num_queries):
    first, second = a_location(weekdays=WEEK), a_location(weekdays=[5])
    span = local("2026-02-01 00:00"), local("2026-06-01 00:00")

    with django_assert_num_queries(2):
        found = working_days([first.pk, second.pk], *span)

    assert found[first.pk].weekdays == frozenset(WEEK)
    assert found[second.pk].weekdays == {5}


@pytest.mark.parametrize(
    ("closures", "covered"),
    [
        ([], False),
        ([(7, 19)], True),
        ([(7, 12), (12, 20)], True),
        ([(7, 12), (13, 20)], False),
        ([(8, 20)], False),
        ([(5, 8), (6, 7), (8, 19)], True),
    ],
)
def test_closures_cover_an_opening_only_without_a_gap(closures, covered):
    def hour(count):
        return local("2026-03-16 00:00") + timedelta(hours=count)

    spans = [(hour(begins), hour(ends)) for begins, ends in closures]

    assert is_covered((hour(7), hour(19)), spans) is covered
