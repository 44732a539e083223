"""Placing, amending and withdrawing an order."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any

import pghistory
from django.db import transaction

from scheduling import bookings
from scheduling.bookings import agents as lines
from scheduling.bookings import cosignatures, pauses
from scheduling.errors import WrongState
from scheduling.models import (
    Order,
    OrderState,
    Patient,
    Premedication,
)
from scheduling.rules import screening as questions
from scheduling.rules.procedure import (
    Agent,
    AgentClass,
    Block,
    Guidance,
    Intent,
    Sedation,
    Side,
    Target,
    Word,
)
from scheduling.staff import User
from scheduling.validation import refuse, text, word

WORDS: dict[str, type[Word]] = {
    "side": Side,
    "intent": Intent,
    "block": Block,
    "target": Target,
    "guidance": Guidance,
    "sedation": Sedation,
    "premedication": Premedication,
}


@transaction.atomic
def place(
    *,
    patient: Patient,
    physician: User,
    side: Side,
    intent: Intent,
    block: Block,
    target: Target,
    guidance: Guidance,
    sedation: Sedation,
    premedication: Premedication,
    screening: dict[str, str],
    agents: Sequence[Agent],
    by: User | None,
    at: datetime,
) -> Order:
    """Place an order. Nothing is defaulted; an unknown word is a `ValidationError`.

    Placed by another than `physician`, it waits for their co-signature.
    """
    order = Order(patient=patient, physician=physician, ordered_at=at)
    cosignatures.enter(order, by, at)
    facts = {"side": side, "intent": intent, "block": block, "target": target}
    facts |= {"guidance": guidance, "sedation": sedation, "premedication": premedication}
    _save(order, facts | {"screening": screening}, agents)
    cosignatures.settle(order, at)
    return order


@transaction.atomic
def amend(*, order: Order, why: str, by: User | None, at: datetime, **changes: Any) -> Order:
    """Change an order for a reason: any of its words, `screening`, or `agents` as a whole.

    A live booking follows: its side, its length and its promise. Raises `SlotTaken` when the new
    length does not fit where it is booked, `WrongState` once the injection is done.
    What is ordered, unlike the patient's answers in `screening`, is signed anew by its physician.
    """
    refuse({"why": text(why, 200, "reason")})
    known = (*WORDS, "screening", "agents")
    refuse({name: "This cannot be amended." for name in changes if name not in known})
    _check_not_done(bookings.lock_order(order))
    before = copy(order)
    order.amended_why = why.strip()
    agents = changes.pop("agents", None)
    cosignatures.enter_again(order, _is_other(order, changes, agents), by, at)
    with pghistory.context(why=why):
        _save(order, {name: getattr(order, name) for name in _amendable()} | changes, agents)
        bookings.follow(order=order, before=before, by=by, at=at)
        cosignatures.settle(order, at)
    return order


def _is_other(order: Order, changes: dict[str, Any], agents: Sequence[Agent] | None) -> bool:
    """Whether something else is ordered now."""
    if agents is not None and list(agents) != _planned(order):
        return True
    return any(name in WORDS and changes[name] != getattr(order, name) for name in changes)


@transaction.atomic
def withdraw(*, order: Order, why: str, by: User | None, at: datetime) -> Order:
    """Take an order back. Its booking has to be cancelled first."""
    refuse({"why": text(why, 200, "reason")})
    _check_not_done(bookings.lock_order(order))
    if bookings.live(order):
        raise WrongState("This order is booked: cancel the booking first.")
    order.state, order.amended_why = OrderState.WITHDRAWN, why
    order.save(update_fields=["state", "amended_why"])
    pauses.end(order, None, at, "and the order was withdrawn")
    cosignatures.settle(order, at)
    return order


def _check_not_done(order: Order) -> None:
    """Raise `WrongState` for an order that was carried out: it stays as it is."""
    injection = bookings.live(order)
    if injection and injection.state in ("completed", "aborted"):
        raise WrongState("This order was carried out: place a new one.")


def _amendable() -> tuple[str, ...]:
    return (*WORDS, "screening")


def _save(order: Order, facts: dict[str, Any], agents: Sequence[Agent] | None) -> None:
    """Save these words on the order; `agents` of None leaves the planned agents as they are."""
    for name, kind in WORDS.items():
        setattr(order, name, word(kind, facts[name], name))
    order.screening = dict(facts["screening"])
    planned = agents if agents is not None else _planned(order)
    refuse(_faults(order, planned))
    order.save()
    if agents is not None:
        order.agents.all().delete()
        order.agents.bulk_create(lines.rows(agents, order=order))


def _planned(order: Order) -> list[Agent]:
    return [line.agent for line in order.agents.order_by("pk")]


def _faults(order: Order, planned: Sequence[Agent]) -> dict[str, str]:
    """What is wrong with the order as a whole, by field."""
    return {
        "block": _block_fault(order),
        "agents": lines.fault(planned) or _anaesthetic_fault(order, planned),
        "screening": " ".join(questions.faults(order.screening)),
    }


def _block_fault(order: Order) -> str:
    """What is wrong with the block, or nothing: diagnostic orders number it, others do not."""
    numbered = order.block is not Block.NOT_APPLICABLE
    if order.intent.is_diagnostic and not numbered:
        return "Say whether this is the first or the confirmatory block."
    surplus = numbered and not order.intent.is_diagnostic
    return "A therapeutic order has no block number." if surplus else ""


def _anaesthetic_fault(order: Order, planned: Sequence[Agent]) -> str:
    """What is wrong with the agents, or nothing: a diagnostic block needs a local anaesthetic."""
    if not order.intent.is_diagnostic:
        return ""
    numb = any(agent.agent_class is AgentClass.LOCAL_ANAESTHETIC for agent in planned)
    return "" if numb else "A diagnostic block needs an anaesthetic."
