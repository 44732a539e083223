"""Nobody reads a time that has passed: not on a page, not in a message, whatever the history."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.injection_facts import Hold
from reminders.rules.plan.planner import plan
from reminders.rules.plan.steps import Audience
from reminders.rules.text.preparation import blocks
from scheduling.rules.procedure import HoldDecision, Intent, Sedation
from tests.reminders.visits import (
    CLINIC,
    a_visit,
    at,
    doses,
    tasks,
)

TIMES = re.compile(
    r"(\d+:\d\d [AP]M)(?: [A-Z]{2,4})? on \w+, (\w+ \d+)"
    r"|midnight between .*? and \w+, (\w+ \d+)"
)
STARTS = [
    at("2026-09-24T11:00"),
    at("2026-11-01T09:30"),
    at("2026-03-08T09:00"),
    at("2026-12-31T13:00"),
]
HOURS = st.integers(0, 24)


@st.composite
def visits(draw):
    """A visit booked, and read, at any time of the last weeks before it."""
    start = draw(st.sampled_from(STARTS))
    ago = draw(st.integers(1, 30 * 24 * 60))
    facts = {
        "start": start,
        "promised_at": start - timedelta(minutes=ago),
        "intent": draw(st.sampled_from(Intent)),
        "sedation": draw(st.sampled_from(Sedation)),
        "diabetes": draw(st.booleans()),
        "insulin": draw(st.booleans()),
        "premed": draw(st.sampled_from([(), doses(13, 7, 1), doses(12, 2)])),
        "policy": shipped().policy.but(
            {"analgesic_hold_h": draw(HOURS), "fasting_no_sedation_h": draw(HOURS)}
        ),
    }
    if draw(st.booleans()):
        last = start - timedelta(hours=draw(st.integers(1, 10 * 24)))
        facts["anticoagulant"], facts["anticoagulant_decision"] = True, HoldDecision.HOLD
        facts["hold"] = Hold("clopidogrel", last, start + timedelta(days=1), "Dr. Moss")
    return a_visit(**facts)


def told(text: str, year: int) -> list[datetime]:
    """The times in a text. An hour that comes twice counts as its second."""
    found = []
    for clock, day, midnight in TIMES.findall(text):
        written = f"{year} {day or midnight} {clock or '12:00 AM'} +0000"
        local = datetime.strptime(written, "%Y %B %d %I:%M %p %z")
        found.append(local.replace(tzinfo=ZoneInfo(CLINIC), fold=1))
    return found


@given(visits(), st.floats(0, 1))
def test_no_page_before_the_visit_tells_a_past_time(visit, when):
    read_at = visit.promised_at + (visit.start - visit.promised_at) * when
    for block in blocks(visit, shipped(), read_at):
        for time in told(block.text, visit.start.year):
            assert time > read_at, (block.key, block.text)


@given(visits())
def test_no_message_can_leave_after_the_arrival_it_tells(visit):
    policy = visit.policy
    arrival = visit.start - policy.arrival(visit.sedation)
    words = shipped().words("en")
    for entry in plan(visit, shipped()):
        if entry.outcome is not EntryOutcome.SEND or entry.audience is not Audience.PATIENT:
            continue
        text = words.sms.get(entry.sms, "") + getattr(words.email.get(entry.email), "body", "")
        if "{arr}" in text:
            assert entry.expires_at <= arrival, entry.step


@pytest.mark.parametrize(
    ("promised", "facts", "wanted"),
    [
        ("2026-09-24T02:59", {"sedation": Sedation.MODERATE_IV}, False),
        ("2026-09-24T03:01", {"sedation": Sedation.MODERATE_IV}, True),
        ("2026-09-24T03:01", {}, True),  # a diagnostic visit's pain pills
        ("2026-09-24T03:01", {"intent": Intent.THERAPEUTIC}, False),
    ],
)
def test_a_booking_inside_the_hours_of_preparation_is_a_phone_task(promised, facts, wanted):
    visit = a_visit(promised_at=at(promised), **facts)

    assert ("short_notice" in tasks(visit)) is wanted
