"""Two people who answer one call at the same moment."""

import pytest

from reminders.messaging.planning import outbox, renewal
from reminders.models import LinkRenewal, Message
from scheduling.errors import WrongState
from scheduling.models import Injection
from scheduling.rules.procedure import Channel
from tests.races.crowd import crowd, deadlocks
from tests.world import NOW, a_booking, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def press(injection: int, user, channel: Channel, barrier) -> str:
    """Send a new link as soon as everybody is there."""
    facts = {"injection": Injection.objects.get(pk=injection), "channel": channel, "slot": ""}
    barrier.wait()
    try:
        renewal.renew(**facts, number=1, why="lost", by=user, at=NOW)
    except WrongState:
        return "late"
    return "sent"


@pytest.mark.parametrize(
    ("second", "answers"), [(Channel.SMS, ["sent", "sent"]), (Channel.EMAIL, ["late", "sent"])]
)
def test_two_clicks_at_once_send_one_link(second, answers):
    injection, desk = a_booking().pk, a_user("desk")
    outbox.reconcile([injection], NOW)
    ways, broken = (Channel.SMS, second), deadlocks()

    said = crowd(2, lambda number, barrier: press(injection, desk, ways[number], barrier))

    assert sorted(said) == answers
    assert Message.objects.filter(step="new_link").count() == 1
    assert LinkRenewal.objects.count() == 1
    assert deadlocks() == broken
