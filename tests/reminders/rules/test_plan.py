"""What a visit is sent, when, and why not."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.planner import plan
from reminders.rules.plan.steps import Audience
from scheduling.rules.procedure import Channel, InjectionState, Intent, Purpose, Sedation, Side
from tests.reminders.visits import (
    a_finished_visit,
    a_hold,
    a_visit,
    at,
    doses,
    entries,
    sent,
    tasks,
    wall,
)

REMINDERS = {
    "booked/email",
    "booked/sms",
    "week_before/email",
    "week_before/sms",
    "confirm",
    "confirm_again",
    "day_before/email",
    "day_before/sms",
    "score_before/P-1",
    "morning",
}


def test_a_plain_visit_gets_the_whole_ladder_and_nothing_else():
    assert sent(a_visit()) == REMINDERS


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("booked/sms", "2026-09-03 12:00"),
        ("week_before/email", "2026-09-17 10:00"),
        ("confirm", "2026-09-21 10:00"),
        ("confirm_again", "2026-09-22 10:00"),
        ("confirm_call", "2026-09-22 13:00"),
        ("day_before/sms", "2026-09-23 16:00"),
        ("score_before/P-1", "2026-09-23 18:00"),
        ("release", "2026-09-23 15:00"),
        ("morning", "2026-09-24 08:00"),
        ("score_staff_before/P0", "2026-09-24 10:00"),
    ],
)
def test_each_step_has_its_wall_clock_time(name, due):
    assert wall(a_visit(), name) == due


def test_the_same_facts_give_the_same_plan():
    visit = a_visit(**a_hold(), sedation=Sedation.MODERATE_IV)

    assert plan(visit, shipped()) == plan(visit, shipped())


@pytest.mark.parametrize("state", InjectionState)
def test_every_entry_has_its_own_key(state):
    visit = a_visit(state=state, premed=doses(13, 1))

    keys = [entry.key for entry in plan(visit, shipped())]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("state", InjectionState)
def test_every_step_and_slot_of_the_protocol_has_an_entry(state):
    protocol = shipped()

    planned = plan(a_visit(state=state), protocol)

    assert {entry.step for entry in planned} == {step.id for step in protocol.steps}
    assert {entry.slot for entry in planned if entry.slot} == set(protocol.slots)


@pytest.mark.parametrize("state", InjectionState)
def test_every_entry_says_why(state):
    assert all(entry.why for entry in plan(a_visit(state=state), shipped()))


def test_times_are_in_utc():
    times = [entry.send_at for entry in plan(a_visit(), shipped()) if entry.send_at]

    assert times
    assert {moment.tzinfo for moment in times} == {UTC}


def test_reminders_go_by_text_and_else_by_email():
    assert entries(a_visit())["confirm"].channels == (Channel.SMS, Channel.EMAIL)


def test_booking_goes_by_both_channels_as_two_promises():
    plans = entries(a_visit())

    assert plans["booked/email"].channels == (Channel.EMAIL,)
    assert plans["booked/sms"].channels == (Channel.SMS,)


def test_a_tomorrow_text_dies_at_midnight():
    assert entries(a_visit())["day_before/sms"].expires_at == at("2026-09-24T00:00")


def test_an_unsigned_hold_decision_is_refused():
    with pytest.raises(ValueError, match="signed hold order"):
        a_visit(**{**a_hold(), "hold": None})


@pytest.mark.parametrize("name", ["start", "promised_at", "t0"])
def test_a_naive_time_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} has no time zone"):
        a_visit(**{name: at("2026-09-24T11:00").replace(tzinfo=None)})


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="'Mars/Olympus' is not an IANA time zone"):
        a_visit(zone="Mars/Olympus")


# Confirming, driving


def test_a_confirmed_patient_is_not_asked_again_nor_phoned():
    visit = a_visit(confirmed=True)

    assert "confirm" in sent(visit)
    assert "confirm_again" not in sent(visit)
    assert not tasks(visit) & {"confirm_call", "release"}


def test_an_unconfirmed_patient_is_texted_again_then_phoned():
    visit = a_visit()

    assert wall(visit, "confirm_again") < wall(visit, "confirm_call") < wall(visit, "release")


def test_why_not_is_a_sentence():
    visit = a_visit(confirmed=True)

    assert entries(visit)["confirm_again"].why == "not needed: the patient has confirmed"


@pytest.mark.parametrize("sedation", [s for s in Sedation if s is not Sedation.NONE])
def test_sedation_asks_for_a_driver_until_one_is_named(sedation):
    unnamed = a_visit(sedation=sedation)
    named = a_visit(sedation=sedation, driver_named=True)

    assert "driver" in sent(unnamed)
    assert "driver_call" in tasks(unnamed)
    assert "driver" not in sent(named)
    assert "driver_call" not in tasks(named)


def test_the_facility_may_ask_everyone_for_a_driver():
    policy = shipped().policy.but({"driver": "always"})

    assert "driver" in sent(a_visit(policy=policy))
    assert "driver" not in sent(a_visit())


def test_the_first_text_to_a_number_says_what_was_signed_up_for():
    assert "opt_in" in sent(a_visit(first_text=True))
    assert "opt_in" not in sent(a_visit())


# The morning


@pytest.mark.parametrize(
    ("start", "due", "text"),
    [
        ("2026-09-24T13:00", "2026-09-24 10:00", "morning"),
        ("2026-09-24T10:00", "2026-09-24 08:00", "morning"),
        ("2026-09-24T09:30", "2026-09-24 08:00", "morning"),
        ("2026-09-24T09:00", "2026-09-23 19:00", "evening_before"),
        ("2026-09-24T07:30", "2026-09-23 19:00", "evening_before"),
    ],
)
def test_the_illness_check_never_wakes_and_never_comes_too_late(start, due, text):
    visit = a_visit(start=at(start))

    assert wall(visit, "morning") == due
    assert entries(visit)["morning"].sms == text


def test_the_evening_check_dies_at_midnight():
    visit = a_visit(start=at("2026-09-24T08:00"))

    assert entries(visit)["morning"].expires_at == at("2026-09-24T00:00")


def test_waking_hours_are_the_patients():
    visit = a_visit(patient_zone="America/Los_Angeles")

    assert wall(visit, "confirm") == "2026-09-21 11:00"
    assert "08:00 where the patient is" in entries(visit)["confirm"].why


# Ordered medicines


def test_a_signed_hold_announces_the_last_dose_the_day_before_without_naming_it():
    entry = entries(a_visit(**a_hold("2026-09-21T08:00")))["last_dose"]

    assert entry.outcome is EntryOutcome.SEND
    assert entry.send_at == at("2026-09-20T10:00")
    assert (entry.sms, entry.email) == ("step_due", "step_due")


def test_without_a_signed_hold_nothing_is_said_about_pausing():
    visit = a_visit(anticoagulant=True)

    assert not sent(visit) & {"last_dose", "restart", "nsaid_hold"}


def test_a_hold_booked_too_late_becomes_a_task():
    visit = a_visit(promised_at=at("2026-09-21T12:00"), **a_hold("2026-09-21T08:00"))

    entry = entries(visit)["last_dose"]

    assert entry.outcome is EntryOutcome.TASK
    assert entry.audience is Audience.NURSE
    assert "window already passed" in entry.why
    assert entry.send_at == visit.promised_at


def test_a_finished_visit_reminds_of_the_restart():
    visit = a_finished_visit(**a_hold("2026-09-21T08:00"))

    assert wall(visit, "restart") == "2026-09-25 10:00"


def test_doses_by_day_are_prompted_and_those_in_the_night_are_listed_in_the_evening():
    plans = entries(a_visit(start=at("2026-09-24T10:00"), premed=doses(13, 7, 1)))

    assert plans["premed/1h"].outcome is EntryOutcome.SEND
    assert [plans[f"premed/{h}h"].into for h in (13, 7)] == ["day_before", "day_before"]
    assert plans["day_before/sms"].carries == ("premed",)


def test_a_pill_we_cannot_name_is_told_by_a_person_and_only_when_ordered():
    assert "nsaid_hold" in tasks(a_visit(nsaid_hold=True))
    assert "nsaid_hold" not in tasks(a_visit()) | sent(a_visit(nsaid_hold=True))


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"diabetes": True, "sedation": Sedation.MODERATE_IV}, {"diabetes_fasting"}),
        (
            {"diabetes": True, "insulin": True, "sedation": Sedation.MODERATE_IV},
            {"insulin_fasting"},
        ),
        ({"diabetes": True}, set()),
    ],
)
def test_a_nurse_phones_who_has_diabetes_and_must_fast(facts, wanted):
    assert tasks(a_visit(**facts)) & {"diabetes_fasting", "insulin_fasting"} == wanted


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"anticoagulant": True}, {"decision", "decision_7d", "decision_3d", "decision_1d"}),
        ({"contrast_reaction": True}, {"contrast"}),
        ({"interpreter": True}, {"interpreter"}),
        ({"diabetes": True, "steroid": True}, {"hba1c"}),
        ({"insulin": True, "sedation": Sedation.MODERATE_IV}, {"insulin_fasting"}),
        ({"pregnancy_possible": True}, {"pregnancy"}),
        ({"ill": True}, {"ill"}),
        ({"vaccine": True, "steroid": True}, {"vaccine"}),
        ({"red_flag": True}, {"red_flag"}),
    ],
)
def test_an_answer_that_needs_a_person_becomes_a_task(facts, expected):
    assert expected <= tasks(a_visit(**facts))
    assert not expected & tasks(a_visit())


def test_an_interpreter_once_booked_is_no_task():
    assert "interpreter" not in tasks(a_visit(interpreter=True, interpreter_booked=True))


def test_the_facility_may_ask_for_preparation_calls():
    policy = shipped().policy.but({"prep_call": True})

    assert "prep_call" in tasks(a_visit(policy=policy))


# Booked late


def test_what_is_already_past_is_told_by_the_booking_message():
    visit = a_visit(promised_at=at("2026-09-23T17:00"))

    plans = entries(visit)

    assert sent(visit) == {"booked/email", "booked/sms", "score_before/P-1", "morning"}
    assert plans["day_before/sms"].outcome is EntryOutcome.FOLD
    assert plans["day_before/sms"].into == "booked"
    assert set(plans["booked/sms"].carries) == {"week_before", "confirm", "day_before"}


def test_a_late_thinner_decision_is_asked_for_once():
    visit = a_visit(promised_at=at("2026-09-22T12:00"), anticoagulant=True)

    at_once = {name for name in tasks(visit) if entries(visit)[name].send_at == visit.promised_at}

    assert at_once & {"decision", "decision_14d", "decision_7d", "decision_3d"} == {"decision"}


def test_booking_five_days_ahead_folds_only_the_week_before():
    plans = entries(a_visit(promised_at=at("2026-09-19T12:00")))

    assert plans["week_before/sms"].outcome is EntryOutcome.FOLD
    assert plans["confirm"].outcome is EntryOutcome.SEND


@pytest.mark.parametrize(("days", "outcome"), [(8, EntryOutcome.FOLD), (9, EntryOutcome.SEND)])
def test_the_checklist_needs_nine_days(days, outcome):
    visit = a_visit(promised_at=at("2026-09-24T08:00") - timedelta(days=days))

    assert entries(visit)["week_before/sms"].outcome is outcome


def test_a_late_booking_sends_one_text_at_once():
    visit = a_visit(promised_at=at("2026-09-24T08:30"))

    texts = [e for e in entries(visit).values() if e.leaves and Channel.SMS in e.channels]

    assert [text.step for text in texts if text.send_at == visit.promised_at] == ["booked"]


def test_asking_again_is_dropped_when_it_is_late():
    visit = a_visit(promised_at=at("2026-09-22T15:00"))

    assert entries(visit)["confirm_again"].outcome is EntryOutcome.DROP
    assert "booked after its time" in entries(visit)["confirm_again"].why


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"anticoagulant": True}, "decision_1d"),
        ({"contrast_reaction": True}, "contrast"),
        ({"interpreter": True}, "interpreter"),
        ({"nsaid_hold": True}, "nsaid_hold"),
        ({"premed": doses(26)}, "premed/26h"),
    ],
)
def test_what_needs_lead_time_is_never_sent_late_but_asked_of_a_person(facts, name):
    visit = a_visit(promised_at=at("2026-09-23T12:00"), **facts)

    entry = entries(visit)[name]

    assert entry.outcome is EntryOutcome.TASK
    assert "window already passed" in entry.why
    assert entry.send_at == visit.promised_at


def test_booked_at_night_is_said_in_the_morning():
    visit = a_visit(promised_at=at("2026-09-03T22:10"))

    assert wall(visit, "booked/sms") == "2026-09-04 08:00"


def test_booked_at_night_for_the_early_morning_becomes_a_call():
    visit = a_visit(start=at("2026-09-24T07:30"), promised_at=at("2026-09-23T21:30"))

    assert {"booked/sms", "booked/email"} <= tasks(visit)
    assert sent(visit) == set()


def test_booked_in_the_evening_before_the_score_of_that_evening_is_asked_for_at_once():
    visit = a_visit(promised_at=at("2026-09-23T19:00"))

    assert entries(visit)["score_before/P-1"].outcome is EntryOutcome.SEND
    assert wall(visit, "score_before/P-1") == "2026-09-23 19:00"


def test_booked_after_the_evenings_score_has_closed_nobody_is_asked_for_it():
    visit = a_visit(start=at("2026-09-24T13:00"), promised_at=at("2026-09-24T09:00"))

    assert entries(visit)["score_before/P-1"].outcome is EntryOutcome.DROP


# Ways to reach


def test_a_patient_without_email_gets_texts_only():
    visit = a_visit(channels=frozenset((Channel.SMS,)))

    plans = entries(visit)

    assert plans["booked/email"].outcome is EntryOutcome.OFF
    assert plans["booked/sms"].outcome is EntryOutcome.SEND
    assert plans["confirm"].channels == (Channel.SMS,)


def test_a_patient_without_either_is_phoned_about_the_preparation_once_each():
    visit = a_visit(channels=frozenset())

    calls = [name for name in tasks(visit) if name.startswith(("booked", "day_before", "morning"))]

    assert sent(visit) == set()
    assert sorted(calls) == ["booked/email", "day_before/email", "morning"]


# Changes and ends


def test_moving_says_the_new_time_and_folds_what_is_past():
    visit = a_visit(revision=2, promised_at=at("2026-09-22T15:00"))

    plans = entries(visit)

    assert {"moved/email", "moved/sms"} <= sent(visit)
    assert not sent(visit) & {"booked/email", "booked/sms", "changed/sms"}
    assert plans["confirm"].into == "moved"
    assert plans["moved/sms"].sms == "moved"


def test_new_details_at_the_same_time_are_not_called_a_move():
    visit = a_visit(revision=2, time_changed=False)

    assert "changed/sms" in sent(visit)
    assert "moved/sms" not in sent(visit)


def test_a_cancelled_visit_says_so_once_and_nothing_else():
    visit = a_visit(state=InjectionState.CANCELLED, state_at=at("2026-09-10T15:00"), revision=2)

    assert sent(visit) == {"cancelled/email", "cancelled/sms"}
    assert entries(visit)["cancelled/sms"].sms == "cancelled"
    assert wall(visit, "cancelled/sms") == "2026-09-10 15:00"


def test_a_visit_cancelled_after_its_start_is_phoned_about_not_written():
    visit = a_visit(state=InjectionState.CANCELLED, state_at=at("2026-09-24T12:00"))

    assert sent(visit) == set()


def test_a_missed_visit_is_told_the_same_day_and_phoned_the_next():
    visit = a_visit(state=InjectionState.NO_SHOW, state_at=at("2026-09-24T11:20"))

    assert sent(visit) == {"no_show"}
    assert entries(visit)["no_show"].expires_at == at("2026-09-25T00:00")
    assert wall(visit, "no_show_call") == "2026-09-25 10:00"


def test_we_missed_you_today_is_not_said_the_next_day():
    visit = a_visit(state=InjectionState.NO_SHOW, state_at=at("2026-09-24T21:00"))

    assert entries(visit)["no_show"].outcome is EntryOutcome.DROP


def test_the_second_missed_visit_is_told_to_the_referring_clinician():
    assert "no_show_again" in tasks(a_visit(state=InjectionState.NO_SHOW, no_shows=2))
    assert "no_show_again" not in tasks(a_visit(state=InjectionState.NO_SHOW, no_shows=1))


def test_an_aborted_visit_gets_a_safety_check_and_no_scores():
    visit = a_visit(
        state=InjectionState.ABORTED, state_at=at("2026-09-24T11:30"), diary_consent=True
    )

    assert sent(visit) == {"discharge", "aborted_check"}
    assert wall(visit, "aborted_check") == "2026-09-25 10:00"


def test_a_patient_who_arrived_gets_no_more_preparation():
    assert sent(a_visit(state=InjectionState.ARRIVED)) == set()


@pytest.mark.parametrize("state", InjectionState)
def test_silence_is_complete(state):
    visit = a_visit(state=state, silenced="the patient has died", **a_hold())

    planned = plan(visit, shipped())

    assert {entry.outcome for entry in planned} == {EntryOutcome.OFF}
    assert "the patient has died" in planned[0].why


def test_a_visit_between_two_zones_still_counts_days_in_the_clinics():
    visit = a_visit(patient_zone="Asia/Tokyo")

    # 16:00 in New York is 05:00 in Tokyo: the text waits for the patient's morning.
    assert wall(visit, "day_before/sms") == "2026-09-23 19:00"


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("intent", Intent)
def test_preparation_is_the_same_for_every_side(side, intent):
    one = a_visit(intent=intent)

    assert sent(replace(one, side=side)) == sent(one)


def test_only_the_diary_uses_the_diarys_consent():
    purposes = {
        entry.step: entry.purpose for entry in plan(a_finished_visit(), shipped()) if entry.leaves
    }

    assert {step for step, purpose in purposes.items() if purpose is Purpose.DIARY} == {
        "diary_start",
        "diary",
        "diary_last_try",
    }
