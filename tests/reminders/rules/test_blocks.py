"""The preparation page: which parts a visit gets, and the clock times in them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reminders.protocols import warning_signs
from reminders.protocols.reading import shipped
from reminders.rules.text.preparation import about_paused_drugs, blocks
from reminders.rules.text.texts import WordingError
from reminders.rules.text.visit_details import particulars, short_day
from scheduling.rules.procedure import InjectionState, Intent, Sedation, Side
from tests.reminders.visits import (
    a_finished_visit,
    a_hold,
    a_visit,
    at,
    doses,
)

DOSES = doses(13, 7, 1)


def page(visit, now=None):
    """The page's parts by key, as they read when the visit is booked, or at another time."""
    read_at = at(now) if now else visit.settled_at
    return {block.key: block.text for block in blocks(visit, shipped(), read_at)}


PLAIN = a_visit(intent=Intent.THERAPEUTIC)


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("BLK-ANTICOAG", {"anticoagulant": True}),
        ("BLK-ANTICOAG-HOLD", a_hold()),
        ("BLK-PAUSE", {"pause_unsettled": True}),
        ("BLK-NSAID", {"nsaid_hold": True}),
        ("BLK-DIAG", {"intent": Intent.DIAGNOSTIC}),
        ("BLK-TONIGHT", {"intent": Intent.DIAGNOSTIC}),
        ("BLK-LOWPAIN", {"intent": Intent.BOTH}),
        ("BLK-NPO", {"sedation": Sedation.MODERATE_IV}),
        ("BLK-NPO", {"sedation": Sedation.DEEP_MAC}),
        ("BLK-FAST", {"policy": shipped().policy.but({"fasting_no_sedation_h": 4})}),
        ("BLK-DRIVER", {"sedation": Sedation.ORAL_ANXIOLYTIC}),
        ("BLK-DRIVER", {"premed": DOSES}),
        ("BLK-DM", {"diabetes": True, "steroid": True}),
        ("BLK-DM-NPO", {"insulin": True, "sedation": Sedation.MODERATE_IV}),
        ("BLK-PREMED", {"premed": DOSES}),
        ("BLK-PREG", {"pregnancy_possible": True}),
        ("BLK-VAX", {"steroid": True}),
        ("BLK-911-BEFORE", {"red_flag": True}),
    ],
)
def test_a_part_is_shown_to_those_it_concerns_only(key, facts):
    assert key in page(replace(PLAIN, **facts))
    assert key not in page(PLAIN)


def test_everyone_learns_of_the_visit_illness_and_daily_pills():
    assert {"VISIT", "BLK-ILL", "BLK-KEEP", "BLK-EAT", "BLK-RIDE"} == set(page(PLAIN))


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("BLK-EAT", {"sedation": Sedation.MODERATE_IV}),
        ("BLK-RIDE", {"sedation": Sedation.MODERATE_IV}),
        ("BLK-ANTICOAG", a_hold()),
        ("BLK-VAX", {"steroid": True, "policy": shipped().policy.but({"vaccine_notice": False})}),
        ("BLK-DM", {"diabetes": True}),
        ("BLK-DM-NPO", {"insulin": True}),
    ],
)
def test_a_part_that_would_mislead_is_left_out(key, facts):
    assert key not in page(replace(PLAIN, **facts))


@pytest.mark.parametrize("facts", [{}, {"anticoagulant": True}, a_hold()])
def test_while_a_pause_is_unsettled_nobody_reads_to_keep_taking_or_to_stop(facts):
    parts = page(a_visit(pause_unsettled=True, **facts))

    assert "before your next dose" in parts["BLK-PAUSE"]
    assert not {"BLK-KEEP", "BLK-ANTICOAG", "BLK-ANTICOAG-HOLD"} & set(parts)


@pytest.mark.parametrize("state", [InjectionState.COMPLETED, InjectionState.ABORTED])
def test_afterwards_the_page_names_drug_and_day_of_the_restart_and_no_last_dose(state):
    parts = page(a_visit(state=state, **a_hold()))

    assert "start clopidogrel again on Friday, September 25" in parts["BLK-RESTART"]
    assert "BLK-ANTICOAG-HOLD" not in parts


@pytest.mark.parametrize(
    ("now", "shown"),
    [("2026-09-24T12:00", True), ("2026-09-25T23:59", True), ("2026-09-26T00:00", False)],
)
def test_the_restart_stands_first_until_its_day_is_over(now, shown):
    facts = a_visit(state=InjectionState.COMPLETED, **a_hold())

    first = about_paused_drugs(blocks(facts, shipped(), at(now)), facts, at(now))

    assert [block.key for block in first] == (["BLK-RESTART"] if shown else [])


def test_midnight_names_both_days():
    text = page(a_visit(**a_hold("2026-09-21T00:00")))["BLK-ANTICOAG-HOLD"]

    assert "at midnight between Sunday, September 20 and Monday, September 21" in text


def test_a_prescriber_is_named_as_typed():
    hold = replace(a_hold()["hold"], prescriber="Dr. Moss")

    text = page(a_visit(**a_hold() | {"hold": hold}))["BLK-ANTICOAG-HOLD"]

    assert text.startswith("Dr. Moss wants")


def test_without_a_signed_hold_the_thinner_is_kept():
    text = page(a_visit(anticoagulant=True))["BLK-ANTICOAG"]

    assert "Keep taking it. Do not stop it on your own." in text


def test_a_signed_hold_names_prescriber_drug_last_dose_and_restart():
    text = page(a_visit(**a_hold("2026-09-21T08:00")))["BLK-ANTICOAG-HOLD"]

    assert text.startswith("Prescriber wants you to pause clopidogrel.")
    assert "Take your last dose at 8:00 AM on Monday, September 21." in text
    assert "Start it again on Friday, September 25" in text
    assert "until we tell you" not in text


def test_pain_pills_stop_eight_hours_before_the_start():
    text = page(a_visit(start=at("2026-09-24T10:30")))["BLK-DIAG"]

    assert "From 2:30 AM on Thursday, September 24, do not take pain pills" in text


def test_a_facility_sets_its_own_hours_for_pain_pills():
    policy = shipped().policy.but({"analgesic_hold_h": 12})

    assert "From 11:00 PM on Wednesday" in page(a_visit(policy=policy))["BLK-DIAG"]


def test_fasting_times_are_clock_times_from_the_start():
    text = page(a_visit(sedation=Sedation.MODERATE_IV))["BLK-NPO"]

    assert "fatty food at 3:00 AM on Thursday, September 24" in text
    assert "all other food at 5:00 AM on Thursday, September 24" in text
    assert "clear juice. Stop that at 9:00 AM on Thursday, September 24" in text


def test_fasting_counts_real_hours_over_a_clock_change():
    visit = a_visit(start=at("2026-11-01T09:30"), sedation=Sedation.MODERATE_IV)

    # Six real hours before 9:30 EST; the hour from one to two came twice.
    assert "all other food at 3:30 AM" in page(visit)["BLK-NPO"]
    assert "fatty food at 1:30 AM EST" in page(visit)["BLK-NPO"]


def test_dose_times_are_listed():
    text = page(a_visit(premed=DOSES))["BLK-PREMED"]

    assert (
        "prednisone 50 mg at 10:00 PM on Wednesday, September 23; prednisone 50 mg at 4:00 AM"
        in text
    )


def test_the_arrival_is_earlier_with_sedation():
    plain, sedated = a_visit(), a_visit(sedation=Sedation.MODERATE_IV)

    arrivals = [particulars(each, shipped(), each.promised_at)["arr"] for each in (plain, sedated)]
    assert arrivals == ["10:30 AM", "10:00 AM"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (175, "about 2 hours and 55 minutes."),
        (60, "about 1 hour."),
        (121, "about 2 hours and 1 minute."),
        (45, "about 45 minutes."),
    ],
)
def test_the_page_says_how_long_to_be_there_and_what_to_bring(minutes, words):
    text = page(a_visit(stay=timedelta(minutes=minutes)))["VISIT"]

    assert f"Plan to be here {words} Bring a photo ID" in text


def test_after_the_visit_the_page_speaks_of_the_day_and_of_danger():
    assert set(page(a_finished_visit())) == {
        *("DIARY-INTRO", "DISCHARGE", "DISCHARGE-DRIVE", "BLK-911", "BLK-SAME-DAY")
    }


def test_who_was_sedated_reads_until_when_not_to_drive():
    parts = page(a_finished_visit(sedation=Sedation.MODERATE_IV), "2026-09-24T12:00")

    assert "for 24 hours, until 11:20 AM on Friday, September 25." in parts["DISCHARGE-SEDATED"]
    assert "DISCHARGE-DRIVE" not in parts


def test_who_was_not_sedated_does_not_drive_that_day():
    assert "Do not drive today" in page(a_finished_visit())["DISCHARGE-DRIVE"]


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({"steroid": True}, {"DISCHARGE-STEROID"}),
        ({"steroid": True, "diabetes": True}, {"DISCHARGE-STEROID", "BLK-DM"}),
        ({"diabetes": True}, set()),
    ],
)
def test_afterwards_steroid_and_sugar_stand_only_where_they_concern(facts, keys):
    parts = set(page(a_finished_visit(**facts)))

    assert parts & {"DISCHARGE-STEROID", "BLK-DM"} == keys


@pytest.mark.parametrize(
    ("side", "words"),
    [(Side.LEFT, "your left side"), (Side.BILATERAL, "your left and right sides")],
)
def test_afterwards_the_page_names_what_was_treated(side, words):
    assert f"You had a shot on {words}." in page(a_finished_visit(side=side))["DISCHARGE"]


def test_an_aborted_injection_has_words_of_its_own():
    parts = page(a_visit(state=InjectionState.ABORTED, sedation=Sedation.DEEP_MAC))

    assert "There is no score to give." in parts["DISCHARGE-ABORTED"]
    assert {"DISCHARGE-SEDATED", "BLK-911"} <= set(parts)
    assert not {"DISCHARGE", "DIARY-INTRO", "DISCHARGE-STEROID"} & set(parts)


def test_the_warning_signs_say_by_when_a_leg_must_not_be_numb_any_more():
    before = page(a_finished_visit(), "2026-09-24T14:00")["BLK-911"]
    after = page(a_finished_visit(), "2026-09-24T20:00")["BLK-911"]

    assert "still numb or weak at 7:20 PM on Thursday, September 24." in before
    assert "still numb or weak now." in after
    assert "hives" in before


def test_the_page_and_the_judge_of_words_agree_on_the_hours_of_numbness():
    assert timedelta(hours=shipped().policy.numb_h) == warning_signs.shipped().expected_until


def test_a_therapeutic_visit_has_no_diary_instructions():
    assert "DIARY-INTRO" not in page(a_finished_visit(intent=Intent.THERAPEUTIC))


def test_the_diary_length_is_the_facilitys():
    policy = shipped().policy.but({"diary_hours": 6})

    assert "next 6 hours" in page(a_finished_visit(policy=policy))["DIARY-INTRO"]


def test_a_page_without_the_clinics_phone_is_refused():
    with pytest.raises(WordingError, match="no value for address"):
        blocks(a_visit(place=None), shipped(), at("2026-09-03T12:00"))


def test_times_name_the_zone_where_the_patients_clock_differs():
    now = at("2026-09-03T12:00")
    here = particulars(a_visit(), shipped(), now)
    there = particulars(a_visit(patient_zone="America/Chicago"), shipped(), now)

    assert (here["time"], there["time"]) == ("11:00 AM", "11:00 AM EDT")


def test_the_short_day_fits_nine_characters_all_year():
    days = [a_visit(start=at("2026-01-01T11:00") + timedelta(days=n)) for n in range(365)]

    assert max(len(short_day(visit.start, visit)) for visit in days) == 9


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-09-24T02:59", "food at 3:00 AM"),
        ("2026-09-24T03:00", "fatty food now. Stop all other food at 5:00 AM"),
        ("2026-09-24T06:00", "Stop all other food now. You may drink"),
        ("2026-09-24T09:30", "clear juice. Stop that now."),
    ],
)
def test_a_fasting_time_that_has_passed_reads_now(now, told):
    assert told in page(a_visit(sedation=Sedation.MODERATE_IV), now)["BLK-NPO"]


def test_pain_pills_booked_inside_their_hours_stop_from_now_on():
    text = page(a_visit(), "2026-09-24T08:00")["BLK-DIAG"]

    assert "From now on, do not take pain pills" in text


def test_after_the_last_dose_the_page_says_not_to_take_it_and_no_past_time():
    text = page(a_visit(**a_hold("2026-09-21T08:00")), "2026-09-22T08:00")["BLK-ANTICOAG-HOLD"]

    assert text.startswith("Prescriber wants you to pause clopidogrel. Do not take it now.")
    assert "September 21" not in text


def test_who_has_diabetes_and_must_fast_is_not_told_to_take_pills_as_always():
    parts = page(a_visit(diabetes=True, sedation=Sedation.MODERATE_IV))

    assert "ask before you take a pill for diabetes" in parts["BLK-KEEP-DM"]
    assert "BLK-KEEP" not in parts


def test_only_doses_ahead_are_listed():
    visit = a_visit(premed=DOSES)

    assert (
        "what to take: prednisone 50 mg at 10:00 AM on Thursday"
        in page(visit, "2026-09-24T05:00")["BLK-PREMED"]
    )
    assert "what to take: nothing more." in page(visit, "2026-09-24T10:30")["BLK-PREMED"]
