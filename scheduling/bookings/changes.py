"""What the verbs of a booking share: locks, checks of resources, revisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from scheduling.bookings import reservations
from scheduling.bookings.reservations import ResourceTaken
from scheduling.errors import SlotTaken, WrongState
from scheduling.finding import finder
from scheduling.finding.proposals import durations
from scheduling.finding.resources import ResourceSet, kinds_needed
from scheduling.models import Injection, Location, Order, OrderState, ResourceKind
from scheduling.models.injections import LIVE
from scheduling.rules.procedure import InjectionState
from scheduling.rules.slots import MINUTE
from scheduling.validation import aware, refuse

TRIES = 5  # at locking without waiting; whoever waits in the queue makes those behind wait as well
OFFERED = 5  # openings named to somebody whose time was taken


@contextmanager
def reserving(order: Order, location: Location, start: datetime, at: datetime) -> Iterator[None]:
    """A transaction in which resources are reserved; one that is taken is `SlotTaken`."""
    with _as_slot_taken(order, location, start, at), transaction.atomic():
        yield


@contextmanager
def reserving_in_turn(
    order: Order,
    location: Location,
    start: datetime,
    resources: ResourceSet,
    at: datetime,
    overbook_why: str,
) -> Iterator[None]:
    """The same, with patient and resources locked.

    Whoever finds them locked waits outside the queue and checks again: when many want one time,
    those who come too late leave together, not one after the other.
    """
    check = partial(_precheck, order, location, start, resources, overbook_why)
    with _as_slot_taken(order, location, start, at):
        for _ in range(TRIES):
            check()
            with transaction.atomic():
                if reservations.try_lock(order.patient_id, resources):
                    yield
                    return
                transaction.set_rollback(True)  # gives back what it got, inside another one too
        check()
        with transaction.atomic():
            reservations.lock(order.patient_id, resources)
            check()  # so that those behind us need not wait for what follows
            yield


@contextmanager
def _as_slot_taken(
    order: Order, location: Location, start: datetime, at: datetime
) -> Iterator[None]:
    """Turn `ResourceTaken` into `SlotTaken`, which knows the next openings from `start` on."""
    try:
        yield
    except ResourceTaken as taken:
        offers = partial(
            finder.find, order=order, location=location, after=start, now=at, count=OFFERED
        )
        raise SlotTaken(str(taken), offers) from None


def _precheck(
    order: Order, location: Location, start: datetime, resources: ResourceSet, overbook_why: str
) -> None:
    """Raise `ResourceTaken` for whoever comes too late already; somebody who overbooks never does.

    It waits for those who are booking the same resources, and takes no place in their queue.
    """
    _check_kinds(resources, order, location)
    minutes = durations(order, location)
    taken = set() if overbook_why else reservations.taken(resources, start, minutes)
    sentences = [finder.TAKEN.format(each.name) for each in resources if each.pk in taken]
    if sentences:
        raise ResourceTaken(" ".join(sentences))


def check_free(
    order: Order,
    location: Location,
    start: datetime,
    resources: ResourceSet,
    overbook_why: str = "",
    ignoring: int = 0,
) -> frozenset[int]:
    """The ids of resources to overbook: none, or with a reason those that are not free.

    Without a reason raises `ResourceTaken` with a sentence for each. `ignoring` is the id of the
    injection that moves. Call it with the resources locked: nobody else can change the answer then.
    """
    _check_kinds(resources, order, location)
    sentences = finder.not_free(
        order=order, location=location, start=start, resources=resources, ignoring=ignoring
    )
    if sentences and not overbook_why:
        raise ResourceTaken(" ".join(sentences.values()))
    return frozenset(sentences)


def _check_kinds(resources: ResourceSet, order: Order, location: Location) -> None:
    """Refuse a resource of another kind or location, and a missing C-arm where one is needed."""
    needed = kinds_needed(order.guidance)
    faults = {}
    for kind in ResourceKind:
        resource = resources.by_kind.get(kind)
        if resource is None and kind in needed:
            faults[str(kind)] = f"Choose a {kind.label}."
        elif resource and (resource.kind != kind or resource.location_id != location.pk):
            faults[str(kind)] = f"{resource.name} is no {kind.label} of {location}."
    refuse(faults)


def check_start(start: datetime, at: datetime) -> None:
    """Refuse a start that is naive, has passed, or is no whole minute."""
    aware(start=start, at=at)
    if start < at:
        refuse({"start": "This time has passed."})
    if start.second or start.microsecond:
        refuse({"start": "Start on a whole minute."})


def lock_injection(injection: Injection, *states: InjectionState) -> Injection:
    """The injection as it is now, locked until the transaction ends, in one of these states.

    Raises `WrongState` in another one.
    """
    reservations.lock(injection.patient_id)
    injection.refresh_from_db(from_queryset=Injection.objects.select_for_update(no_key=True))
    if injection.state not in states:
        allowed = " or ".join(state.label.lower() for state in states)
        raise WrongState(
            f"This injection is {injection.state.label.lower()}; it would have to be {allowed}."
        )
    return injection


def lock_order(order: Order) -> Order:
    """The order as it is now, locked until the transaction ends; `WrongState` when withdrawn."""
    reservations.lock(order.patient_id)
    return reread_order(order)


def reread_order(order: Order) -> Order:
    """The order as it is now, for a caller who has locked its patient."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(no_key=True))
    if order.state is not OrderState.OPEN:
        raise WrongState("This order was withdrawn: place a new one.")
    return order


def live(order: Order) -> Injection | None:
    """The injection that this order was booked as, unless cancelled or a no-show."""
    return Injection.objects.filter(order=order, state__in=LIVE).first()


def revise(injection: Injection, at: datetime) -> None:
    """Begin a new revision: what was planned for the one before must not be sent any more."""
    injection.revision += 1
    injection.promised_at = at


def span(order: Order, location: Location, start: datetime) -> TimestamptzRange:
    """The time from start to end of the procedure, without buffers."""
    return TimestamptzRange(start, start + durations(order, location).block * MINUTE)


def local_day(location: Location, moment: datetime) -> date:
    """The calendar day at the clinic."""
    return moment.astimezone(ZoneInfo(location.zone)).date()
