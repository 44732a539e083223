"""What nobody was asked is never told as a no."""

import pytest

from reminders.messaging.planning.facts import _screened
from reminders.rules.plan.conditions import PREDICATES

SAID = ("recorded", "reported", "listed", "ordered")


@pytest.mark.parametrize("fact", _screened({}))
def test_a_sentence_about_an_unanswered_question_says_what_is_on_record(fact):
    no = PREDICATES[fact].no

    assert any(word in no for word in SAID), no
