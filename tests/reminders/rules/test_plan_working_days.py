"""Work of staff falls on working days; what patients are told stays where it is."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.planner import plan
from reminders.rules.plan.steps import Audience
from scheduling.rules.procedure import InjectionState, Intent, Sedation
from scheduling.rules.working_days import EVERY_DAY, WorkingDays
from tests.reminders.rules.test_plan_zones import LIMIT, visits
from tests.reminders.visits import (
    a_finished_visit,
    a_hold,
    a_visit,
    at,
    entries,
    tasks,
    wall,
)

OFFICE = WorkingDays(frozenset(range(5)))
EARLY = at("2026-08-03T12:00")


def a_visit_on(day: str, **facts):
    """A visit at 11:00 at a clinic that works from Monday to Friday, booked long ago."""
    plain = {"start": at(f"{day}T11:00"), "promised_at": EARLY, "working_days": OFFICE}
    return a_visit(**plain | facts)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-09-21", "2026-09-18 13:00"),  # a Monday: two days before is Saturday
        ("2026-09-22", "2026-09-21 13:00"),  # a Tuesday: on Friday nobody had been asked yet
        ("2026-09-23", "2026-09-21 13:00"),  # a Wednesday: nothing moves
    ],
)
def test_a_task_before_the_visit_falls_on_the_last_working_day(day, due):
    assert wall(a_visit_on(day), "confirm_call") == due


@pytest.mark.parametrize("day", ["2026-09-22", "2026-09-23", "2026-09-24", "2026-09-25"])
def test_nobody_is_phoned_for_an_answer_before_it_was_asked_for(day):
    visit = a_visit_on(day)

    assert wall(visit, "confirm_again") < wall(visit, "confirm_call")


def test_on_a_friday_the_desk_phones_before_a_physician_decides():
    visit = a_visit_on("2026-09-21")

    assert wall(visit, "release") == "2026-09-18 15:00"
    assert wall(visit, "confirm") < wall(visit, "confirm_call") < wall(visit, "release")


def test_a_task_before_a_holiday_weekend_falls_on_the_day_before_the_holiday():
    thanksgiving = frozenset((date(2026, 11, 26), date(2026, 11, 27)))
    closed = WorkingDays(frozenset(range(5)), thanksgiving)

    visit = a_visit_on("2026-11-30", working_days=closed)

    assert wall(visit, "confirm_call") == "2026-11-25 13:00"
    assert wall(visit, "release") == "2026-11-25 15:00"


@pytest.mark.parametrize(
    ("day", "due"),
    [("2026-11-02", "2026-10-30 13:00"), ("2027-03-15", "2027-03-12 13:00")],
)
def test_a_task_keeps_its_time_of_day_over_a_change_of_the_clocks(day, due):
    assert wall(a_visit_on(day), "confirm_call") == due


def test_a_missed_visit_is_phoned_about_on_the_next_working_day():
    missed = {"state": InjectionState.NO_SHOW, "state_at": at("2026-09-18T11:30")}

    visit = a_visit_on("2026-09-18", **missed)

    assert wall(visit, "no_show_call") == "2026-09-21 10:00"
    assert wall(visit, "no_show") == "2026-09-18 11:30"


def test_a_survey_that_is_unanswered_on_a_saturday_is_phoned_about_on_monday():
    done = a_finished_visit(
        start=at("2026-09-18T11:00"), t0=at("2026-09-18T11:20"), working_days=OFFICE
    )

    call = entries(done)["survey_phone/N1"]

    assert call.outcome is EntryOutcome.TASK
    assert wall(done, "survey_phone/N1") == "2026-09-21 17:00"
    assert call.expires_at > call.send_at


def test_messages_to_the_patient_do_not_move():
    office, always = a_visit_on("2026-09-21"), a_visit_on("2026-09-21", working_days=EVERY_DAY)

    def told(visit):
        return [each for each in plan(visit, shipped()) if each.audience is Audience.PATIENT]

    assert told(office) == told(always)
    assert wall(office, "confirm_again") == "2026-09-19 10:00"


def test_what_is_urgent_waits_for_no_working_day():
    protocol = shipped()
    urgent = tuple(replace(step, urgent=True) for step in protocol.steps)
    visit = a_visit_on("2026-09-21")

    hurried = {each.key: each for each in plan(visit, replace(protocol, steps=urgent))}

    nominal = at("2026-09-19T13:00")
    assert hurried["confirm_call", ""].send_at == nominal


def test_a_call_in_place_of_a_message_falls_on_a_working_day_too():
    visit = a_visit_on("2026-09-21", channels=frozenset())

    assert "day_before/email" in tasks(visit)
    assert wall(visit, "day_before/email") == "2026-09-18 16:00"


def test_a_call_about_a_restart_on_a_saturday_comes_before_it():
    hold = a_hold("2026-09-15T08:00")  # to be started again on Saturday the 19th
    aborted = {"state": InjectionState.ABORTED, "state_at": at("2026-09-17T11:30")}

    visit = a_visit_on("2026-09-17", channels=frozenset(), **aborted | hold)

    assert wall(visit, "restart") == "2026-09-18 10:00"


def test_booked_on_a_friday_afternoon_for_tuesday_the_call_falls_on_monday():
    visit = a_visit_on("2026-09-22", promised_at=at("2026-09-18T15:00"))

    assert wall(visit, "confirm_call") == "2026-09-21 13:00"


def test_booked_on_a_friday_afternoon_for_monday_what_cannot_wait_is_asked_at_once():
    facts = {"sedation": Sedation.MODERATE_IV, "promised_at": at("2026-09-18T15:00")}

    visit = a_visit_on("2026-09-21", **facts)

    assert wall(visit, "driver_call") == "2026-09-18 15:00"
    assert not tasks(visit) & {"confirm_call", "release"}


def test_the_reason_says_that_the_day_was_moved():
    visit = a_visit_on("2026-09-21")

    assert entries(visit)["confirm_call"].why == (
        "2 days before at 13:00, on the last working day before"
    )


def test_where_nobody_has_said_when_the_location_works_nothing_moves():
    assert wall(a_visit_on("2026-09-21", working_days=EVERY_DAY), "confirm_call") == (
        "2026-09-19 13:00"
    )


def test_a_location_that_is_closed_for_longer_than_a_month_moves_nothing():
    closed = frozenset(date(2026, 8, 1) + timedelta(days=n) for n in range(90))

    visit = a_visit_on("2026-09-21", working_days=WorkingDays(frozenset(range(5)), closed))

    assert wall(visit, "confirm_call") == "2026-09-19 13:00"


@LIMIT
@given(
    visits(working_days=OFFICE), st.sampled_from([InjectionState.BOOKED, InjectionState.NO_SHOW])
)
def test_no_task_that_is_counted_in_days_falls_on_a_weekend(visit, state):
    visit = replace(visit, state=state, intent=Intent.BOTH)
    steps = {step.id: step for step in shipped().steps}

    for entry in plan(visit, shipped()):
        step = steps[entry.step]
        if entry.outcome is EntryOutcome.TASK and step.timing.at and not step.urgent:
            day = entry.send_at.astimezone(ZoneInfo(visit.zone))
            assert day.weekday() < 5 or entry.send_at == visit.promised_at, entry
