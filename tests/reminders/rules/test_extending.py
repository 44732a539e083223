"""What CONTRIBUTING says a new step and a new moment of the diary need is all they need."""

import tomllib
from typing import Any

import pytest

from reminders.protocols.reading import SHIPPED, protocol_from, text_files
from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.planner import plan
from reminders.rules.plan.timetable import timetable
from reminders.rules.protocol import Protocol
from reminders.rules.text.lint import lint
from tests.reminders.visits import a_finished_visit, a_visit, at

STEP = """
[[steps]]
id = "parking"
title = "Where to park"
anchor = "start"
days_before = 2
at = "11:00"
until = "start"
prefer = ["sms"]
sms = "parking"
source = "our default"
"""
TEXT = 'parking = "{clinic}: where to park on {day}: {link} Call {phone}. STOP to opt out."\n'
SLOT = """
[[slots]]
id = "H10"
title = "10 hours"
anchor = "t0"
after = "10h"
tolerance = "30min"
who = "patient"
when = ["diagnostic"]
source = "our default"
"""


@pytest.fixture
def document() -> str:
    return SHIPPED.read_text()


@pytest.fixture
def texts() -> str:
    return text_files(SHIPPED)[0].read_text()


def protocol(document: str, texts: str) -> Protocol:
    return protocol_from(tomllib.loads(document), {"p.en.toml": tomllib.loads(texts)}, "p.toml")


def entry(name: str, facts: Any, changed: Protocol) -> PlanEntry:
    return next(each for each in plan(facts, changed) if name in each.key)


def test_a_step_and_its_text_are_a_reminder(document, texts):
    changed = protocol(document + STEP, texts.replace("[sms]\n", f"[sms]\n{TEXT}"))

    planned = entry("parking", a_visit(), changed)

    assert planned.outcome is EntryOutcome.SEND
    assert planned.send_at == at("2026-09-22T11:00")
    assert lint(changed) == []


def test_a_step_without_its_text_is_refused(document, texts):
    with pytest.raises(ValueError, match="step parking: en: text 'parking' is missing"):
        protocol(document + STEP, texts)


def test_a_slot_and_its_name_among_those_of_a_step_are_a_question(document, texts):
    asking = document.replace('"H7", "H8"]', '"H7", "H8", "H10"]', 1)
    changed = protocol(asking + SLOT, texts)
    facts = a_finished_visit(t0=at("2026-09-24T08:20"))

    planned = entry("H10", facts, changed)

    assert timetable(facts, changed)["H10"].due == at("2026-09-24T18:20")
    assert planned.outcome is EntryOutcome.SEND
    assert planned.send_at == at("2026-09-24T18:20")
