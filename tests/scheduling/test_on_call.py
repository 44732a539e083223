"""Who is on call at an hour of the week, in turn, and which number patients are given."""

from dataclasses import dataclass, field
from datetime import time

import pytest

from scheduling.models import OnCallShift, Resource, ResourceKind
from scheduling.people import on_call
from scheduling.rules.on_call import on_duty
from tests.world import a_location, a_user, local

WEEKDAYS, WEEKEND = [0, 1, 2, 3, 4], [5, 6]
SUNDAY_NIGHT, MONDAY_NOON = local("2026-03-15 23:30"), local("2026-03-16 12:00")


@dataclass(frozen=True)
class Hours:
    """A shift as the rule reads it."""

    name: str
    weekdays: list[int] = field(default_factory=list)
    starts: time | None = None
    ends: time | None = None
    turn: int = 1


DAY = Hours("day", WEEKDAYS, time(8), time(17))
NIGHT = Hours("night", WEEKDAYS, time(17), time(8))
SUNDAY = Hours("Sunday", [6], time(0), time(0))
OTHERWISE = Hours("otherwise")


def names(shifts, when):
    return [each.name for each in on_duty(shifts, local(when))]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-03-16 08:00", ["day"]),
        ("2026-03-16 16:59", ["day"]),
        ("2026-03-16 17:00", ["night"]),
        ("2026-03-17 07:59", ["night"]),
        ("2026-03-21 07:59", ["night"]),  # Friday's night ends on Saturday
        ("2026-03-21 08:00", ["otherwise"]),
        ("2026-03-15 00:00", ["Sunday"]),
        ("2026-03-15 23:59", ["Sunday"]),
        ("2026-03-16 00:00", ["otherwise"]),  # no night begins on a Sunday
    ],
)
def test_hours_are_of_the_wall_clock_and_may_end_the_next_day(when, expected):
    assert names([DAY, NIGHT, SUNDAY, OTHERWISE], when) == expected


def test_the_night_the_clocks_change_is_covered_throughout():
    night = Hours("night", [5], time(22), time(6))

    for clock in ("2026-03-08 01:59", "2026-03-08 03:00", "2026-11-01 01:30"):
        assert names([night], clock) == ["night"]


def test_whose_turn_is_first_is_paged_first():
    second = Hours("second", WEEKDAYS, time(8), time(17), turn=2)

    assert names([second, DAY], "2026-03-16 09:00") == ["day", "second"]


def test_nobody_is_on_duty_where_nobody_is_entered():
    assert names([], "2026-03-16 09:00") == []


@pytest.fixture
def place(db):
    return a_location()


def shift(location, name, **fields):
    facts = {"location": location, "name": name, "phone": "+15550200001"}
    return OnCallShift.objects.create(**facts | fields)


def paged(place, at):
    return [[each.name for each in turn] for turn in on_call.turns(place, at)]


def test_every_physician_of_the_place_comes_last(place):
    here, elsewhere = (a_user("physician", email=f"{n}@clinic.example") for n in "ab")
    Resource.objects.create(
        location=place, kind=ResourceKind.PHYSICIAN, name="Physician", user=here
    )
    shift(place, "Nurse on call")

    assert paged(place, SUNDAY_NIGHT) == [["Nurse on call"], [here.display_name]]
    assert elsewhere.display_name not in str(paged(place, SUNDAY_NIGHT))


def test_without_physicians_of_its_own_a_place_has_the_clinics(place):
    physician = a_user("physician", email="p@clinic.example")

    assert paged(place, MONDAY_NOON) == [[physician.display_name]]


def test_a_physician_without_an_address_cannot_be_paged(place):
    a_user("physician")

    assert paged(place, MONDAY_NOON) == [[]]


def test_patients_are_given_the_number_that_is_answered_at_that_hour(place):
    by_day = {"weekdays": WEEKDAYS, "starts": time(8), "ends": time(17)}
    shift(place, "Nurse", **by_day)
    shift(place, "Answering service", phone="+15550200002", answers_patients=True)

    assert on_call.number_for_patients(place, MONDAY_NOON) == place.phone
    assert on_call.number_for_patients(place, SUNDAY_NIGHT) == "+15550200002"
