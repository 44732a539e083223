"""A channel that takes every delivery and keeps none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from reminders.messaging.channels.base import Accepted, Delivery, Outcome, UnconfirmedDelivery


class NullChannel:
    """Costs nothing, so that what is measured is everything else."""

    chunk = 500
    rate = 0.0
    can_tell = False

    @contextmanager
    def open(self) -> Iterator["NullChannel"]:
        yield self

    def send(self, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Outcome]:
        for _ in deliveries:
            yield Accepted()

    def find(self, unconfirmed: UnconfirmedDelivery) -> Accepted | None:
        """It keeps nothing to look through."""
        raise NotImplementedError("the null channel cannot tell what became of an attempt")
