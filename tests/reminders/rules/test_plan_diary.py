"""The diary: which slots are asked, by whom, and what happens to those unanswered."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.planner import plan
from reminders.rules.plan.steps import Audience
from reminders.rules.plan.timetable import timetable
from scheduling.rules.procedure import Channel, InjectionState, Intent, Side
from scheduling.rules.working_days import WorkingDays
from tests.reminders.visits import CLINIC, a_finished_visit, a_visit, at, entries, sent, tasks, wall

HOURS = ["D45", "D60", "H2", "H3", "H4", "H5", "H6", "H7", "H8"]
WEEKS = ["D3", "D7", "W2", "W4", "W6", "M3"]


def asked(visit):
    return {e.slot for e in plan(visit, shipped()) if e.step in ("diary", "survey") and e.leaves}


@pytest.mark.parametrize(
    ("intent", "steroid", "slots"),
    [
        (Intent.DIAGNOSTIC, False, {*HOURS, "N1"}),
        (Intent.DIAGNOSTIC, True, {*HOURS, "N1", *WEEKS}),
        (Intent.THERAPEUTIC, True, {"N1", *WEEKS}),
        (Intent.BOTH, True, {*HOURS, "N1", *WEEKS}),
    ],
)
def test_the_intent_decides_which_slots_are_asked(intent, steroid, slots):
    assert asked(a_finished_visit(intent=intent, steroid=steroid)) == slots


def test_a_numbing_test_alone_has_only_a_safety_check_after_two_weeks():
    visit = a_finished_visit()

    assert "safety_two_weeks" in sent(visit)
    assert wall(visit, "safety_two_weeks") == "2026-10-08 10:00"
    assert "safety_two_weeks" not in sent(a_finished_visit(steroid=True))


def test_a_six_hour_diary_ends_at_six_hours():
    policy = shipped().policy.but({"diary_hours": 6})

    visit = a_finished_visit(policy=policy)

    assert asked(visit) == {*HOURS, "N1"} - {"H7", "H8"}
    assert entries(visit)["diary/H7"].why == "not needed: the diary lasts 6 hours here"


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("diary_start", "2026-09-24 11:50"),
        ("diary/D45", "2026-09-24 12:05"),
        ("diary/D60", "2026-09-24 12:20"),
        ("diary/H2", "2026-09-24 13:20"),
        ("diary/H8", "2026-09-24 19:20"),
        ("survey/N1", "2026-09-25 10:00"),
        ("survey/D3", "2026-09-27 10:00"),
        ("survey/D7", "2026-10-01 10:00"),
        ("survey/W2", "2026-10-08 10:00"),
        ("survey/W4", "2026-10-22 10:00"),
        ("survey/W6", "2026-11-05 10:00"),
        ("survey/M3", "2026-12-23 10:00"),
    ],
)
def test_every_slot_is_asked_at_its_time(name, due):
    assert wall(a_finished_visit(steroid=True), name) == due


@pytest.mark.parametrize(("slot", "minutes"), [("D45", 10), ("D60", 10), ("H2", 30), ("H8", 30)])
def test_a_question_about_right_now_dies_with_its_tolerance(slot, minutes):
    entry = entries(a_finished_visit())[f"diary/{slot}"]

    assert entry.expires_at - entry.send_at == timedelta(minutes=minutes)


def test_check_ins_are_numbered():
    plans = entries(a_finished_visit())

    assert [plans[f"diary/{slot}"].number for slot in HOURS] == list(range(1, 10))
    assert plans["diary/H8"].of == plans["diary_start"].of == 9


def test_both_sides_are_never_asked_for_a_bare_number():
    one, both = a_finished_visit(), a_finished_visit(side=Side.BILATERAL)

    assert entries(one)["diary/H2"].sms == "diary_number"
    assert entries(both)["diary/H2"].sms == "diary_link"


def test_without_consent_to_many_texts_there_is_one_link():
    visit = a_finished_visit(diary_consent=False)

    assert "diary_link" in sent(visit)
    assert not any(name.startswith("diary/") for name in sent(visit))
    assert "diary_start" not in sent(visit)


def test_without_consent_the_slots_are_still_wanted_on_the_page():
    visit = a_finished_visit(diary_consent=False)

    assert all(timetable(visit, shipped())[slot].wanted for slot in HOURS)


def test_staff_score_at_the_table_and_in_the_bay():
    visit = a_finished_visit()

    assert {"score_staff/D15", "score_staff/D30"} <= tasks(visit)
    assert wall(visit, "score_staff/D15") == "2026-09-24 11:25"


def test_a_therapeutic_visit_is_scored_by_staff_at_thirty_minutes_only():
    visit = a_finished_visit(intent=Intent.THERAPEUTIC, steroid=True)

    assert "score_staff/D15" not in tasks(visit)
    assert "score_staff/D30" in tasks(visit)


def test_the_evening_before_asks_for_the_average_on_the_same_page():
    plans = entries(a_visit(intent=Intent.BOTH, steroid=True))

    assert plans["score_before/P-1"].outcome is EntryOutcome.SEND
    assert plans["score_before/P0-avg"].outcome is EntryOutcome.FOLD
    assert plans["score_before/P0-avg"].into == "score_before/P-1"


def test_a_therapeutic_visit_asks_for_the_average_itself():
    visit = a_visit(intent=Intent.THERAPEUTIC, steroid=True)

    assert "score_before/P0-avg" in sent(visit)
    assert "score_before/P-1" not in sent(visit)


def test_an_evening_case_is_trimmed_and_never_slides():
    visit = a_finished_visit(t0=at("2026-09-24T15:30"))

    plans = entries(visit)

    assert plans["diary/H5"].outcome is EntryOutcome.SEND
    assert plans["diary/H6"].outcome is EntryOutcome.DROP
    assert "the page stays open" in plans["diary/H6"].why
    assert plans["diary/H5"].of == 6


def test_the_last_check_in_may_leave_at_a_quarter_to_nine():
    visit = a_finished_visit(t0=at("2026-09-24T12:45"))

    assert wall(visit, "diary/H8") == "2026-09-24 20:45"
    assert "diary/H8" in sent(visit)


def test_a_late_case_announces_no_check_ins_that_will_not_come():
    visit = a_finished_visit(t0=at("2026-09-24T20:12"))

    assert "diary_start" not in sent(visit)


def test_the_daily_cap_trims_the_rest():
    policy = shipped().policy.but({"diary_per_day": 5})

    visit = a_finished_visit(policy=policy)

    assert asked(visit) & set(HOURS) == {"D45", "D60", "H2", "H3"}
    assert "over 5 texts on one day" in entries(visit)["diary/H4"].why


def test_a_diary_day_stays_within_its_cap():
    visit = a_finished_visit(intent=Intent.BOTH, steroid=True)

    day = [
        e
        for e in plan(visit, shipped())
        if e.leaves and Channel.SMS in e.channels and e.send_at < at("2026-09-25T00:00")
    ]

    assert len(day) <= 14


def test_an_answered_slot_is_not_asked():
    visit = a_finished_visit(answered=frozenset(("H2",)))

    assert "diary/H2" not in sent(visit)
    assert entries(visit)["diary/H2"].why == "not needed: already answered"


def test_t0_recorded_late_drops_what_is_over():
    visit = a_finished_visit(state_at=at("2026-09-24T12:40"))

    plans = entries(visit)

    assert plans["diary/D60"].outcome is EntryOutcome.DROP
    assert plans["diary/H2"].outcome is EntryOutcome.SEND


def test_without_t0_the_diary_waits_and_a_nurse_is_asked():
    visit = a_visit(state=InjectionState.COMPLETED, diary_consent=True)

    assert sent(visit) == {"discharge"}
    assert "t0_missing" in tasks(visit)


def test_an_estimated_t0_is_used_and_questioned():
    visit = a_finished_visit(t0_estimated=True)

    assert "diary/H2" in sent(visit)
    assert "t0_estimated" in tasks(visit)


# Unanswered


@pytest.mark.parametrize(
    ("answered", "due"),
    [
        ((), "2026-09-24 12:30"),
        (("D45",), "2026-09-24 13:50"),
        (("D45", "D60", "H2"), "2026-09-24 15:50"),
        (("D60", "H3", "H5", "H7"), None),
        (tuple(HOURS), None),
    ],
)
def test_two_missing_in_a_row_get_one_last_try(answered, due):
    visit = a_finished_visit(answered=frozenset(answered))

    if due is None:
        assert "diary_last_try" not in sent(visit)
    else:
        assert wall(visit, "diary_last_try") == due


def test_nothing_at_two_and_four_hours_calls_a_nurse():
    visit = a_finished_visit()

    assert wall(visit, "diary_phone") == "2026-09-24 15:50"
    assert "diary_phone" not in tasks(a_finished_visit(answered=frozenset(("H4",))))


def test_no_nurse_is_called_after_seven_in_the_evening():
    visit = a_finished_visit(t0=at("2026-09-24T14:45"))

    assert entries(visit)["diary_phone"].outcome is EntryOutcome.DROP


@pytest.mark.parametrize(
    ("slot", "again", "phone"),
    [
        ("N1", "2026-09-25 16:00", "2026-09-25 17:00"),
        ("W2", "2026-10-09 10:00", "2026-10-10 10:00"),
        ("M3", "2026-12-25 10:00", "2026-12-27 10:00"),
    ],
)
def test_an_unanswered_survey_ends_with_a_call(slot, again, phone):
    visit = a_finished_visit(steroid=True)

    assert wall(visit, f"survey_again/{slot}") == again
    assert wall(visit, f"survey_phone/{slot}") == phone


def test_an_answered_survey_is_neither_repeated_nor_phoned():
    visit = a_finished_visit(steroid=True, answered=frozenset(("M3",)))

    assert "survey_again/M3" not in sent(visit)
    assert "survey_phone/M3" not in tasks(visit)


def test_six_months_are_asked_only_where_the_facility_wants_it():
    policy = shipped().policy.but({"six_month_survey": True})

    assert "survey/M6" in sent(a_finished_visit(steroid=True, policy=policy))
    assert "survey/M6" not in sent(a_finished_visit(steroid=True))


# The timetable others read


def test_the_timetable_tells_when_a_reading_is_in_tolerance():
    scheduled = timetable(a_finished_visit(), shipped())["H3"]

    assert scheduled.due == at("2026-09-24T14:20")
    assert (scheduled.opens, scheduled.closes) == (at("2026-09-24T13:50"), at("2026-09-24T14:50"))


def test_a_slot_not_wanted_says_why():
    scheduled = timetable(a_finished_visit(), shipped())["M3"]

    assert not scheduled.wanted
    assert scheduled.why_off == "only a numbing test, no steroid and no treatment"


def test_slots_count_elapsed_time_over_a_clock_change():
    visit = a_finished_visit(start=at("2026-11-01T00:00"), t0=at("2026-11-01T00:15"), zone=CLINIC)

    scheduled = timetable(visit, shipped())["H8"]

    assert scheduled.due - visit.t0 == timedelta(hours=8)
    assert f"{scheduled.due.astimezone(ZoneInfo(CLINIC)):%H:%M}" == "07:15"


def test_a_check_in_over_the_days_limit_is_asked_by_telephone():
    visit = a_finished_visit(policy=shipped().policy.but({"diary_per_day": 5}))

    late = entries(visit)["diary/H4"]

    assert (late.outcome, late.audience) == (EntryOutcome.TASK, Audience.NURSE)
    assert late.why == "phone the patient: over 5 texts on one day; the page stays open"


def test_nobody_phones_about_a_check_in_of_the_night():
    visit = a_finished_visit(t0=at("2026-09-24T16:00"))

    night = entries(visit)["diary/H6"]

    assert night.outcome is EntryOutcome.DROP
    assert "outside the patient's waking hours" in night.why


def test_the_score_of_an_evening_is_asked_on_that_evening_though_nobody_works():
    office = WorkingDays(frozenset(range(5)))
    monday = {"start": at("2026-09-21T11:00"), "working_days": office, "channels": frozenset()}

    assert wall(a_visit(**monday), "score_before/P-1") == "2026-09-20 18:00"
