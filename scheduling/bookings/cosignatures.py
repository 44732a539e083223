"""The co-signature of an order that somebody else than its physician has entered.

Every verb that changes what is ordered enters it here; the task in the physicians' queue is opened
and finished in the same transaction.
"""

from datetime import datetime

from django.db.models import QuerySet

from scheduling import deadlines, worklist
from scheduling.bookings import changes
from scheduling.models import Injection, Order, OrderState, Queue, Task, TaskKind
from scheduling.rules.cosignature import (
    Cosigner,
    Signature,
    at_entry,
    procedure_fault,
    signer_fault,
)
from scheduling.staff import User
from scheduling.validation import refuse

ENTERED = ("entered_by", "entered_at", "signature", "signature_by", "signature_at")


def enter(order: Order, by: User | None, at: datetime) -> None:
    """Note on the unsaved order who enters what it says now, and whether that signs it."""
    own = _is_physician(by, order)
    order.entered_by, order.entered_at = by, at
    order.signature = at_entry(own)
    order.signature_by, order.signature_at = (by, at) if own else (None, None)


def enter_again(order: Order, changed: bool, by: User | None, at: datetime) -> None:
    """The same for an amendment; one that changes nothing of what is ordered asks nobody again."""
    if changed or _is_physician(by, order):
        enter(order, by, at)


def _is_physician(by: User | None, order: Order) -> bool:
    return by is not None and by.pk == order.physician_id and by.may("give_orders")


def settle(order: Order, at: datetime) -> None:
    """Open the task of a saved order that waits; finish it where nothing waits any longer."""
    if order.waits_for_signature:
        _ask(order, at)
    elif order.state is OrderState.WITHDRAWN:
        finish(order, "The order was withdrawn", at)
    else:
        finish(order, "Signed by its physician", at)


def _ask(order: Order, at: datetime) -> None:
    """One task an order: asked again, the same one is open again, with a new due time.

    It says nothing of what is ordered, which may change: the page shows that.
    """
    due_at = _due(order, changes.live(order))
    task = worklist.open_task(
        kind=TaskKind.COSIGNATURE,
        key=str(order.reference),
        queue=Queue.PHYSICIAN,
        title=f"Co-sign the order in the name of {order.physician.display_name}"[:160],
        patient=order.patient,
        due_at=due_at,
        at=at,
    )
    if task.done_at:
        worklist.reopen(task=task, by=None, at=at)
    worklist.postpone(task=task, due_at=due_at)


def follow(order: Order, injection: Injection | None) -> None:
    """The task of an order that waits is due by the injection that it is booked as now."""
    if order.waits_for_signature:
        for task in _tasks(order):
            worklist.postpone(task=task, due_at=_due(order, injection))


def _due(order: Order, injection: Injection | None) -> datetime:
    """By the location's hours, and before the needle."""
    if order.entered_at is None:  # the database refuses it too
        raise ValueError("an order that waits was entered at a time")
    due = deadlines.cosign(injection, order.entered_at)
    return min(due, injection.start) if injection else due


def finish(order: Order, outcome: str, at: datetime) -> None:
    """The act has finished the task; who acted stands on the order and in the outcome."""
    for task in _tasks(order):
        worklist.finish(task=task, outcome=outcome[:200], by=None, at=at)


def _tasks(order: Order) -> list[Task]:
    found = Task.objects.filter(kind=TaskKind.COSIGNATURE, key=str(order.reference), done_at=None)
    return list(found)


def require_signed(injection: Injection) -> None:
    """Refuse the procedure while its order waits; the sentence says who signs, and how."""
    order = injection.order
    physician = order.physician.display_name
    refuse({"order": procedure_fault(order.signature, _cosigner(injection), physician)})


def waiting() -> QuerySet[Order]:
    """The orders that wait."""
    return Order.objects.filter(state=OrderState.OPEN, signature=Signature.WAITING)


def fault(order: Order, booked: Injection | None, by: User) -> str:
    """Why this person may not co-sign the order, booked as this injection, or nothing.

    Only a location can allow another than the ordering physician, so what is not booked is theirs.
    """
    if not by.may("give_orders"):
        return "Only a physician co-signs."
    cosigner = _cosigner(booked) if booked else Cosigner.ORDERING
    return signer_fault(by.pk == order.physician_id, cosigner, order.physician.display_name)


def _cosigner(injection: Injection) -> Cosigner:
    return injection.location.usable_policy.cosigner
