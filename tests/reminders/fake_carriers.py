"""Two carriers for tests that write down what they get, and say what they are told."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    DeliveryReceipt,
    Outcome,
    UnconfirmedDelivery,
)
from reminders.messaging.channels.carriers import twilio
from reminders.messaging.delivery import dispatcher, receipts
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message
from tests.world import NOW


@dataclass
class FakeCarrier:
    """Takes every delivery unless `answers` holds something else.

    An exception that is no outcome is raised, as a bug would be. `known` is what it tells about
    lost attempts, by reference or by the hash of their words.
    """

    name: str
    chunk: int = 10
    rate: float = 0.0
    can_tell: bool = False
    taken: list[Delivery] = field(default_factory=list)
    answers: deque = field(default_factory=deque)
    known: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator["FakeCarrier"]:
        yield self

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        for delivery in deliveries:
            answer = self.answers.popleft() if self.answers else None
            if isinstance(answer, RuntimeError):
                raise answer
            self.taken.append(delivery)
            yield answer or Accepted(f"{self.name}-{delivery.reference}")

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        found = self.known.get(str(unconfirmed.reference)) or self.known.get(
            unconfirmed.body_sha256
        )
        return Accepted(found) if found and found not in unconfirmed.others else None

    @property
    def texts(self) -> list[str]:
        return [
            body if isinstance(body := each.body, str) else body.message().as_string()
            for each in self.taken
        ]


@dataclass
class FakeCarriers:
    """Rounds and drains at a time of the test's choosing."""

    sms: FakeCarrier
    email: FakeCarrier

    def work(self, injection, *times: datetime) -> None:
        """Reconcile one visit, then deliver what is due, at each of these times."""
        for now in times:
            outbox.reconcile([injection.pk], now)
            dispatcher.drain(lambda now=now: now)

    def deliver(self, now: datetime) -> None:
        """Deliver what is due without looking at the plan again."""
        dispatcher.drain(lambda: now)

    def until(self, injection, start: datetime, end: datetime, step=timedelta(hours=1)) -> None:
        """Work at every step of the clock from `start` to `end`."""
        while start <= end:
            self.work(injection, start)
            start += step


def states(injection, **which) -> dict[tuple[str, str], str]:
    """The state of every message of a visit, by step and occurrence (the present revision's)."""
    rows = Message.objects.filter(injection=injection, **which).order_by("revision")
    return {(row.step, row.occurrence): row.state.value for row in rows}


def message(injection, step: str, occurrence: str = "", **which) -> Message:
    """One message of a visit."""
    return Message.objects.get(injection=injection, step=step, occurrence=occurrence, **which)


def report(attempt: Attempt, word: str, code: str = "", at: datetime = NOW) -> bool:
    """What the carrier says about an attempt, in Twilio's words."""
    found = DeliveryReceipt(
        reference=attempt.reference,
        provider_id=attempt.provider_id or "SM1",
        word=word,
        state=twilio.STATES.get(word),
        code=code,
        opted_out=code == str(twilio.OPTED_OUT),
    )
    return receipts.receive(found, at)


def only(injection, step: str, now: datetime) -> None:
    """Queue the plan of a visit, and keep one step of it."""
    outbox.reconcile([injection.pk], now)
    Message.objects.filter(injection=injection).exclude(step=step).delete()
