"""A physician signs what somebody else has entered in their name, or declines it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from scheduling import bookings, deadlines, worklist
from scheduling.bookings import cosignatures
from scheduling.errors import WrongState
from scheduling.models import Injection, Order, Queue, TaskKind
from scheduling.orders.placement import withdraw
from scheduling.rules.cosignature import Signature
from scheduling.staff import User
from scheduling.validation import refuse, text


@transaction.atomic
def cosign(*, order: Order, seen: datetime, by: User, at: datetime) -> Order:
    """Sign the order as it was entered at `seen`.

    Raises `PermissionDenied` for whoever may not, `WrongState` when it does not wait or has changed
    since. What was carried out meanwhile may still be signed.
    """
    _lock_waiting(order, seen, by)
    _decide(order, Signature.SIGNED, by, at)
    cosignatures.finish(order, f"Co-signed by {by.display_name}", at)
    return order


@transaction.atomic
def decline(*, order: Order, seen: datetime, why: str, by: User, at: datetime) -> Order:
    """Decline the order, which is withdrawn; its booking is cancelled, and the desk phones.

    Raises as `cosign` does, and `WrongState` once the procedure was begun.
    """
    refuse({"why": text(why, 200, "reason")})
    _lock_waiting(order, seen, by)
    booked = bookings.live(order)
    if booked:
        bookings.cancel(injection=booked, why=why, by=by, at=at)
    cosignatures.finish(order, f"Declined by {by.display_name}", at)
    withdraw(order=order, why=why, by=by, at=at)
    _decide(order, Signature.DECLINED, by, at)
    _tell_the_desk(order, booked, f"{by.display_name}: {why.strip()}", at)
    return order


def _lock_waiting(order: Order, seen: datetime, by: User) -> None:
    """Lock the order, which waits for this person and says what they have read."""
    bookings.lock_order(order)
    fault = cosignatures.fault(order, bookings.live(order), by)
    if fault:
        raise PermissionDenied(fault)
    if not order.waits_for_signature:
        raise WrongState("This order does not wait for a co-signature any more.")
    if order.entered_at != seen:
        raise WrongState("This order was changed since you read it: read it again, then sign.")


def _decide(order: Order, signature: Signature, by: User, at: datetime) -> None:
    order.signature, order.signature_by, order.signature_at = signature, by, at
    order.save(update_fields=["signature", "signature_by", "signature_at"])


def _tell_the_desk(order: Order, cancelled: Injection | None, said: str, at: datetime) -> None:
    """Somebody phones: the patient may come, or be preparing, for what nobody ordered."""
    what = "and its injection cancelled: phone the patient" if cancelled else "and withdrawn"
    worklist.open_task(
        kind=TaskKind.ORDER_DECLINED,
        key=str(order.reference),
        queue=Queue.DESK,
        title=f"An order was declined, {what}",
        detail=said,
        patient=order.patient,
        injection=cancelled,
        due_at=deadlines.call_back(cancelled, at),
        urgent=cancelled is not None,
        at=at,
    )
