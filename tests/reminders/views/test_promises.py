"""What the words of a message promise, the page behind its link has."""

import re

import pytest

from reminders.models import LinkPurpose
from reminders.protocols.reading import shipped
from reminders.rules.plan.steps import Audience
from scheduling.rules.procedure import InjectionState, Intent, Purpose, Sedation
from tests import world
from tests.pages import read
from tests.reminders.diaries import T0, a_diary, a_link, laid_out, opened

pytestmark = pytest.mark.django_db
TOKEN = "A" * 22
# A promise in a message's words, and what stands on its page.
PROMISES = {
    r"\bconfirm\b": "Yes, I will come",
    r"new time, here": "I need another time",
    r"Add (name|the name)|add the name": "Name your driver",
    r"to-do list|Your list|Read your plan|Your (new )?plan": "What to bring",
    r"step in your plan": "Your daily pills",
    r"new details": "Please come at",
    r"Old times do not apply": "Please come at",
    r"check-in is ready|we still need your check-in|We still need|how you feel": (
        "score_left|How are you"
    ),
    r"reply one number|answer for right now": "score_left",
    r"How it works": "Try it",
    r"at home": "What to do at home",
    r"you have a message": "Hello|Your check-in|What to do",
}
# What no page of a patient has.
NEVER = r"rebook here|pick a (new )?time|a few questions|questionnaire|chat"


def texts(step):
    """Everything that a step may say, with a link in it."""
    words = shipped().words("en")
    said = [words.sms[key] for key in step.sms_texts]
    said += [f"{words.email[key].subject} {words.email[key].body}" for key in step.email_texts]
    return [text for text in said if "{link}" in text]


STEPS = [step for step in shipped().steps if step.audience is Audience.PATIENT and texts(step)]


@pytest.fixture
def page_of(noon):
    """The page that the link of a step opens, when it is sent."""

    def page(step):
        if InjectionState.BOOKED in step.states:
            sedated = {"sedation": Sedation.MODERATE_IV, "intent": Intent.DIAGNOSTIC}
            injection = laid_out(world.a_booking(**sedated), noon.at)
        else:
            injection = a_diary()
            noon.at = T0.replace(hour=9, minute=50) if "start" in step.id else T0.replace(hour=11)
        slot = next((each for each in step.slots if each in ("P-1", "H2")), "")
        if slot == "P-1":
            noon.at = world.START.replace(day=15, hour=19)
        asks = slot or step.purpose is Purpose.DIARY
        purpose = LinkPurpose.SURVEY if asks else LinkPurpose.PREPARE
        browser = opened(a_link(injection, slot, purpose=purpose))
        ends = "/home" if step.discharge else ""
        return read(browser.get(f"/p/{TOKEN}{ends}", follow=True))

    return page


# The page of a restart needs a signed hold: tests/reminders/views/test_survey.py looks at it.
KEPT = [step for step in STEPS if step.id != "restart"]


@pytest.mark.parametrize("step", KEPT, ids=lambda step: step.id)
def test_the_page_keeps_what_the_message_promises(page_of, step):
    page = page_of(step)

    for text in texts(step):
        for promise, there in PROMISES.items():
            if re.search(promise, text):
                assert re.search(there, page), (text, there)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_every_message_with_a_link_says_what_is_there(step):
    for text in texts(step):
        assert any(re.search(promise, text) for promise in PROMISES), text


def test_no_text_promises_what_no_page_has():
    words = shipped().words("en")
    said = [*words.sms.values(), *(f"{each.subject} {each.body}" for each in words.email.values())]

    assert [text for text in said if re.search(NEVER, text)] == []
