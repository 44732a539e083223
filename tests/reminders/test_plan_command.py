"""`manage.py plan` and `manage.py lint_texts`: the plan and the texts on the command line."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reminders.management.commands.plan import HELP

GOOD = (
    "--start 2026-11-01T09:30 --zone America/New_York --booked 2026-10-10T12:00 "
    "--side left --intent diagnostic"
)
HOLD = "--hold-drug X --hold-last-dose 2026-10-28T08:00 --hold-restart 2026-11-02T08:00 --hold-by Y"


def run(line):
    out = StringIO()
    call_command("plan", *line.split(), stdout=out)
    return out.getvalue()


def answer(line):
    return json.loads(run(f"{line} --json"))


def rows(line):
    return {"/".join(filter(None, (e["step"], e["occurrence"]))): e for e in answer(line)["plan"]}


def test_the_story_says_when_through_what_and_why():
    story = run(GOOD)

    assert "Visit on Sunday 2026-11-01 at 09:30 EST (America/New_York), booked" in story
    assert re.search(r"Thu 2026-10-29 10:00 EDT +SMS, else E-mail +confirm ", story)
    assert "3 days before at 10:00" in story


def test_what_is_not_needed_is_counted_and_shown_on_request():
    assert "--all shows them" in run(GOOD)
    assert "not needed: no sedation is planned" not in run(GOOD)
    assert "not needed: no driver is needed" in run(f"{GOOD} --all")


def test_json_shows_the_wall_clock_and_utc_over_a_clock_change():
    plan = rows(GOOD)

    assert plan["day_before/sms"]["send_at"] == {
        "wall": "2026-10-31T16:00",
        "weekday": "Saturday",
        "zone": "EDT",
        "utc": "2026-10-31T20:00:00Z",
    }
    assert plan["morning"]["send_at"]["wall"] == "2026-11-01T08:00"
    assert plan["morning"]["send_at"]["utc"] == "2026-11-01T13:00:00Z"


def test_tasks_fall_on_the_working_days_that_are_named():
    plan = rows(f"{GOOD} --working-days mon,tue,wed,thu,fri")

    assert plan["release"]["send_at"]["weekday"] == "Friday"
    assert rows(GOOD)["release"]["send_at"]["weekday"] == "Saturday"


def test_a_day_that_is_no_weekday_is_refused():
    with pytest.raises(CommandError, match="--working-days monday: choose among mon, tue"):
        run(f"{GOOD} --working-days monday")


def test_entries_come_in_the_order_of_time():
    times = [e["send_at"]["utc"] for e in answer(GOOD)["plan"] if e["send_at"]]

    assert times == sorted(times)


def test_t0_starts_the_diary():
    plan = rows(f"{GOOD} --t0 2026-11-01T09:50 --diary-consent --answered D45")

    assert plan["diary/H2"]["outcome"] == "send"
    assert plan["diary/H2"]["send_at"]["wall"] == "2026-11-01T11:50"
    assert plan["diary/D45"]["outcome"] == "off"


@pytest.mark.parametrize(
    ("line", "step", "outcome"),
    [
        ("--sedation moderate_iv", "driver", "send"),
        ("--steroid --diabetes", "hba1c", "task"),
        ("--state cancelled --state-at 2026-10-20T09:00", "cancelled/sms", "send"),
        ("--state no_show --no-shows 2", "no_show_again", "task"),
        ("--revision 2", "moved/sms", "send"),
        ("--revision 2 --details-only", "changed/sms", "send"),
        ("--premed 13,7,1", "premed/1h", "send"),
        ("--channels email", "booked/sms", "off"),
        ("--anticoagulant", "decision", "task"),
        ("--anticoagulant --anticoagulant-continue", "decision", "off"),
        (f"--anticoagulant {HOLD}", "last_dose", "send"),
        ("--policy driver=always", "driver", "send"),
        ("--patient-zone America/Denver", "confirm", "send"),
        ("--first-text", "opt_in", "send"),
        ("--silenced deceased", "booked/sms", "off"),
    ],
)
def test_each_fact_is_told_by_its_option(line, step, outcome):
    assert rows(f"{GOOD} {line}")[step]["outcome"] == outcome


def test_the_page_is_shown_with_the_clinics_particulars():
    page = "--page --clinic Lakeside --phone 555-555-0100 --address Lakeside"

    assert "From 1:30 AM EST on Sunday, November 1, do not take" in run(f"{GOOD} {page}")
    assert {part["key"] for part in answer(f"{GOOD} {page}")["page"]} >= {"VISIT", "BLK-DIAG"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "--start is missing: give start of the injection"),
        (GOOD.replace("--side left", ""), "--side is missing: give left, right, bilateral"),
        (GOOD.replace("left", "both"), "--side both: unknown: choose left, right, bilateral"),
        (GOOD.replace("America/New_York", "Mars"), "--zone Mars: not a time zone"),
        (GOOD.replace("2026-11-01T09:30", "x"), "--start x: not a date and time"),
        (GOOD.replace("2026-11-01T09:30", "2026-13-01T09:30"), "not a date and time"),
        (GOOD.replace("2026-11-01T09:30", "2027-03-14T02:30"), "clocks in America/New_York skip"),
        (f"{GOOD} --sedation lots", "--sedation lots: unknown"),
        (f"{GOOD} --state asleep", "--state asleep: unknown"),
        (f"{GOOD} --patient-zone Here", "--patient-zone Here: not a time zone"),
        (f"{GOOD} --answered H99", "--answered H99: no such slot"),
        (f"{GOOD} --channels fax", "--channels fax: unknown"),
        (f"{GOOD} --premed soon", "--premed soon: write hours"),
        (f"{GOOD} --revision 0", "--revision 0: write a whole number, 1 or more"),
        (f"{GOOD} --policy tea=1", "--policy: unknown setting tea"),
        (f"{GOOD} --policy tea", "--policy tea: write name=value"),
        (f"{GOOD} --policy diary_hours=7", "diary_hours is 7: choose 6 or 8"),
        (f"{GOOD} --hold-drug X", "--hold-last-dose is missing"),
        (f"{GOOD} --page", "--page names the clinic: give --clinic, --phone and --address"),
    ],
)
def test_bad_input_is_answered_with_what_where_and_how(line, complaint):
    with pytest.raises(CommandError, match=re.escape(complaint)):
        run(line)


def test_a_time_may_carry_its_own_offset():
    same = GOOD.replace("2026-11-01T09:30", "2026-11-01T14:30:00+00:00")

    assert answer(same)["start"]["wall"] == "2026-11-01T09:30"


@pytest.mark.parametrize(
    "example", re.findall(r"manage\.py plan ((?:[^\n]*\\\n)*[^\n]*)", HELP), ids=lambda _: ""
)
def test_every_example_of_the_help_works(example):
    words = re.sub(r'"([^"]*)"', lambda text: text[1].replace(" ", "_"), example)

    assert run(words.replace("\\", ""))


def test_the_help_teaches_with_examples():
    assert HELP.count("manage.py plan ") == 4


def test_the_lint_finds_no_fault_and_says_how_many_texts_it_read():
    out = StringIO()

    call_command("lint_texts", stdout=out)

    assert re.fullmatch(r"\d+ texts of si-joint-7: no fault found\n", out.getvalue())
