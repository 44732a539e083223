"""Nothing stands in the protocol that nobody reads: every entry, fact and number has its reader."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.plan.conditions import PREDICATES
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.policy import Policy
from reminders.rules.response.thresholds import Thresholds
from reminders.rules.text.replies import AnswerText
from reminders.rules.text.texts import gaps

PROTOCOL = shipped()
TEXTS = PROTOCOL.texts["en"]
ROOT = Path(__file__).parents[3]


def attributes_read(*packages: str) -> set[str]:
    """Every attribute that these packages read, but for a dataclass that checks its own fields."""
    found: set[str] = set()
    for tree in trees(*packages):
        checks = [n for n in ast.walk(tree) if getattr(n, "name", "") == "__post_init__"]
        own = {id(node) for check in checks for node in ast.walk(check)}
        found |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
            if id(node) not in own
        }
    return found


def trees(*packages: str) -> Iterator[ast.Module]:
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            yield ast.parse(path.read_text(encoding="utf-8"))


BY_RULES = attributes_read("reminders/rules")
BY_MESSAGES = attributes_read("reminders")


@pytest.mark.parametrize("key", TEXTS.sms)
def test_every_text_message_is_sent_by_a_step_or_answers_a_text(key):
    by_steps = {text for step in PROTOCOL.steps for text in step.sms_texts}

    assert key in by_steps | set(AnswerText)


@pytest.mark.parametrize("key", TEXTS.email)
def test_every_email_is_sent_by_a_step_or_answers_a_call(key):
    by_steps = {text for step in PROTOCOL.steps for text in step.email_texts}

    assert key in by_steps | {AnswerText.NEW_LINK}


def test_every_part_of_the_preparation_page_has_its_rule():
    assert set(TEXTS.blocks) == {block.id for block in PROTOCOL.blocks}


@pytest.mark.parametrize("name", PROTOCOL.placeholders)
def test_every_placeholder_stands_in_a_text(name):
    assert any(name in gaps(text) for _, text in TEXTS.bodies())


@pytest.mark.parametrize("slot", PROTOCOL.slots)
def test_every_slot_is_asked_for_by_a_step(slot):
    assert any(slot in step.slots for step in PROTOCOL.steps)


@pytest.mark.parametrize("name", PREDICATES)
def test_every_condition_is_used_by_the_protocol(name):
    lines = (*PROTOCOL.steps, *PROTOCOL.blocks, *PROTOCOL.slots.values())

    assert any(condition.name == name for line in lines for condition in line.when)


@pytest.mark.parametrize("name", [field.name for field in fields(InjectionFacts)])
def test_every_fact_of_an_injection_is_read_by_a_rule(name):
    assert name in BY_RULES


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
def test_every_policy_is_read(name):
    assert name in BY_MESSAGES


@pytest.mark.parametrize("name", [field.name for field in fields(Thresholds)])
def test_every_threshold_is_read(name):
    assert name in BY_MESSAGES


# The scale and the emergency number are no settings of a clinic, nor is how long a page takes.
NO_SETTING = re.compile(r"\b0 to 10\b|\bout of 10\b|\b911\b|\b1 minute\b|\{[^}]*\}")


def test_no_text_holds_a_number_that_a_clinic_could_not_change():
    words = shipped().words("en")
    said = dict(words.sms) | {key: each.text for key, each in words.blocks.items()}
    said |= {key: f"{each.subject} {each.body}" for key, each in words.email.items()}

    found = {key: NO_SETTING.sub("", text) for key, text in said.items()}
    assert {key: text for key, text in found.items() if re.search(r"\d", text)} == {}


# Spans of time that no clinic chooses, each for its reason.
OUR_OWN_SPANS = {
    "eligibility.py",  # how long a channel is given before the next one is tried
    "surveys.py",  # how far clocks may differ
    "answers.py",  # the same, where a time is typed
    "review_list.py",  # a diary of the block ends within it: how the physician's list is sorted
    "panels.py",  # what the picture shows
    "procedures.py",  # a T0 further from the booked start is a slip of the pen
    "procedure_day.py",  # as an arrival is
}


def spans(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of timedelta with a number that is neither zero nor one of a unit."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "timedelta":
            given = [each.value for each in node.keywords if isinstance(each.value, ast.Constant)]
            if any(each.value not in (0, 1) for each in given):
                yield node


def test_no_rule_hides_a_span_of_time_that_a_clinic_could_choose():
    folders = ("reminders/rules", "reminders/followup", "reminders/forms", "scheduling/rules")
    paths = [
        path for each in (*folders, "scheduling/bookings") for path in (ROOT / each).rglob("*.py")
    ]

    hiding = {path.name for path in paths if any(spans(ast.parse(path.read_text("utf-8"))))}

    assert hiding == OUR_OWN_SPANS
