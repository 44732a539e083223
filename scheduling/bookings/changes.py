"""What every verb of a booking does: lock it, seat it, and keep the promise's number."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from scheduling.bookings.reservations import Lost, gone, queue_up, step_up
from scheduling.errors import SlotTaken, WrongState
from scheduling.finding import finder
from scheduling.finding.proposals import durations
from scheduling.finding.resources import Held
from scheduling.models import Injection, Location, Order, OrderState, ResourceKind
from scheduling.models.injections import LIVE
from scheduling.rules.procedure import VisitState
from scheduling.rules.slots import MINUTE
from scheduling.validation import aware, refuse

TRIES = 5  # at stepping up, before we queue: who queues makes those behind queue as well
OFFERED = 5  # openings named to somebody who lost a race


@contextmanager
def seated(order: Order, location: Location, start: datetime, at: datetime) -> Iterator[None]:
    """A transaction in which a seat is taken; losing it is `SlotTaken`."""
    with taken(order, location, start, at), transaction.atomic():
        yield


@contextmanager
def turn(
    order: Order, location: Location, start: datetime, held: Held, at: datetime, overbook_why: str
) -> Iterator[None]:
    """The same, when it is our turn at the patient and the resources.

    Whoever finds somebody ahead waits beside the queue and glances again: when many want one time,
    those who lost it leave together, not one after the other.
    """
    with taken(order, location, start, at):
        for _ in range(TRIES):
            glance(order, location, start, held, overbook_why)
            with transaction.atomic():
                if step_up(order.patient_id, held):
                    yield
                    return
                transaction.set_rollback(True)  # gives back what it got, inside another one too
        glance(order, location, start, held, overbook_why)
        with transaction.atomic():
            queue_up(order.patient_id, held)
            glance(order, location, start, held, overbook_why)  # those behind us wait no longer
            yield


@contextmanager
def taken(order: Order, location: Location, start: datetime, at: datetime) -> Iterator[None]:
    """What is `Lost` in here becomes `SlotTaken`, which knows the openings from `start` on."""
    try:
        yield
    except Lost as lost:
        offers = partial(
            finder.find, order=order, location=location, after=start, now=at, count=OFFERED
        )
        raise SlotTaken(str(lost), offers) from None


def glance(
    order: Order, location: Location, start: datetime, held: Held, overbook_why: str
) -> None:
    """`Lost` for whoever has lost already, once those ahead are done; an overbook never has."""
    fitting(held, order, location)
    lost = set() if overbook_why else gone(held, start, durations(order, location))
    sentences = [finder.TAKEN.format(each.name) for each in held if each.pk in lost]
    if sentences:
        raise Lost(" ".join(sentences))


def look(
    order: Order,
    location: Location,
    start: datetime,
    held: Held,
    overbook_why: str = "",
    ignoring: int = 0,
) -> frozenset[int]:
    """The ids of resources to overbook: none, or with a reason those that are not free.

    Without a reason they are `Lost`, with a sentence for each. `ignoring` is the injection that
    moves. Look when it is your turn (`queue_up`): nobody else can change the answer then.
    """
    fitting(held, order, location)
    said = finder.not_free(
        order=order, location=location, start=start, held=held, ignoring=ignoring
    )
    if said and not overbook_why:
        raise Lost(" ".join(said.values()))
    return frozenset(said)


def lock(injection: Injection, *states: VisitState) -> Injection:
    """The injection as it is now, held until the transaction ends; `WrongState` in other states."""
    queue_up(injection.patient_id)
    injection.refresh_from_db(from_queryset=Injection.objects.select_for_update(no_key=True))
    if injection.state not in states:
        allowed = " or ".join(state.label.lower() for state in states)
        raise WrongState(
            f"This visit is {injection.state.label.lower()}; it would have to be {allowed}."
        )
    return injection


def lock_order(order: Order) -> Order:
    """The order as it is now, held until the transaction ends; `WrongState` when withdrawn."""
    queue_up(order.patient_id)
    return reread(order)


def reread(order: Order) -> Order:
    """The order as it is now, for somebody whose turn at its patient it is."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(no_key=True))
    if order.state is not OrderState.OPEN:
        raise WrongState("This order was withdrawn: place a new one.")
    return order


def live(order: Order) -> Injection | None:
    """The injection that this order was booked as, unless cancelled or missed."""
    return Injection.objects.filter(order=order, state__in=LIVE).first()


def promise_anew(injection: Injection, at: datetime) -> None:
    """The old promise is void: what was planned for it must not be sent any more."""
    injection.revision += 1
    injection.promised_at = at


def span(order: Order, location: Location, start: datetime) -> TimestamptzRange:
    """Start to end of the procedure, without buffers."""
    return TimestamptzRange(start, start + durations(order, location).block * MINUTE)


def local_day(location: Location, moment: datetime) -> date:
    """The calendar day at the clinic."""
    return moment.astimezone(ZoneInfo(location.zone)).date()


def timely(start: datetime, at: datetime) -> None:
    """A start is an aware, whole minute that has not passed."""
    aware(start=start, at=at)
    if start < at:
        refuse({"start": "This time has passed."})
    if start.second or start.microsecond:
        refuse({"start": "Start on a whole minute."})


def fitting(held: Held, order: Order, location: Location) -> None:
    """Each seat holds a resource of its own kind at this location, and a C-arm if one is needed."""
    wanted = finder.kinds(order.guidance)
    faults = {}
    for kind in ResourceKind:
        seat = getattr(held, kind, None)
        if seat is None and kind in wanted:
            faults[str(kind)] = f"Choose a {kind.label}."
        elif seat and (seat.kind != kind or seat.location_id != location.pk):
            faults[str(kind)] = f"{seat.name} is no {kind.label} of {location}."
    refuse(faults)
