"""A message whose words could not be written: its next channel takes it, or it waits."""

from datetime import datetime

from django.db import transaction

from reminders.messaging.delivery.outgoing import BUG, OutgoingMessage, facts_of
from reminders.messaging.delivery.results import back_off
from reminders.messaging.planning import calls
from reminders.models import Attempt, Message
from reminders.rules.plan.eligibility import Go, decide
from reminders.rules.plan.message_states import AttemptState, MessageState


@transaction.atomic
def put_back(outgoing: OutgoingMessage, now: datetime) -> None:
    """No attempt was made: take the next channel, or wait as after a failed one."""
    if _another_channel_can(outgoing, now):
        return _refuse_this_channel(outgoing, now)
    pause = back_off(outgoing.attempts_made, outgoing.expires_at - now)
    mine = Message.objects.filter(
        pk=outgoing.message, state="sending", attempts_made=outgoing.attempts_made
    )
    if pause is not None:
        mine.update(state="queued", retry_at=now + pause, lease_until=None)
    elif mine.update(state="expired", reason=BUG, lease_until=None, settled_at=now):
        calls.phone_instead({outgoing.message: BUG}, now)


def _another_channel_can(outgoing: OutgoingMessage, now: datetime) -> bool:
    """Whether the message could leave now if this channel had refused it."""
    facts = facts_of(outgoing)
    routes = (
        route._replace(refused=BUG) if route.channel == outgoing.channel else route
        for route in facts.routes
    )
    return isinstance(decide(facts._replace(routes=tuple(routes)), now), Go)


def _refuse_this_channel(outgoing: OutgoingMessage, now: datetime) -> None:
    mine = Message.objects.filter(
        pk=outgoing.message, state=MessageState.SENDING, attempts_made=outgoing.attempts_made
    )
    if mine.update(state=MessageState.QUEUED, retry_at=now, lease_until=None):
        Attempt.objects.create(
            message_id=outgoing.message,
            channel=outgoing.channel,
            address=outgoing.address,
            state=AttemptState.REFUSED,
            handed_at=now,
            settled_at=now,
            error=BUG,
        )
