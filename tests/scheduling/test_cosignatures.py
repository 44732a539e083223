"""Orders that somebody else entered: who signs them, what waits, what declining does."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from scheduling import bookings, orders, worklist
from scheduling.bookings import Blocked, WrongState
from scheduling.models import Injection, Location, Order, Queue, Task, TaskKind
from scheduling.policy import shipped
from scheduling.rules import cosignature as rules
from scheduling.rules.cosignature import CosignBefore, Cosigner, Signature
from scheduling.rules.procedure import Drug, HoldDecision, InjectionState, Side
from scheduling.rules.time_out import Identifier
from tests.scheduling.desk import move
from tests.world import (
    BUPIVACAINE,
    CONTRAST,
    NOTHING_TO_REPORT,
    NOW,
    START,
    Agent,
    a_booking,
    a_location,
    a_user,
    an_order,
    completed,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DUE = timedelta(hours=shipped().cosign_due_h)


def entered(role="desk", **fields):
    """An order that this role entered in a physician's name."""
    return an_order(by=a_user(role), **fields)


def booked(**policy):
    """A waiting order, booked at a location with these settings."""
    return a_booking(entered(), location=a_location(policy=policy))


def open_tasks(kind=TaskKind.COSIGNATURE):
    return list(worklist.open_tasks().filter(kind=kind))


def cosign(order, by=None, seen=None, at=LATER):
    return orders.cosign(
        order=order, seen=seen or order.entered_at, by=by or order.physician, at=at
    )


def decline(order, by=None, why="Not mine", at=LATER):
    return orders.decline(
        order=order, seen=order.entered_at, why=why, by=by or order.physician, at=at
    )


def amend(order, by, at=LATER, **changes):
    return orders.amend(order=order, why="typo", by=by, at=at, **changes)


def time_out(injection):
    return bookings.time_out(
        injection=injection,
        identifiers=[Identifier.NAME, Identifier.BIRTH_DATE],
        side=injection.side,
        driver_seen=True,
        by=None,
        at=START,
    )


def test_an_order_that_its_physician_enters_is_signed_with_that():
    order = Order.objects.get(pk=an_order().pk)

    assert (order.signature, order.signature_by, order.signature_at) == (
        Signature.SIGNED,
        order.physician,
        NOW,
    )
    assert order.entered_by == order.physician
    assert not open_tasks()


@pytest.mark.parametrize("role", ["desk", "nurse", "physician"])
def test_an_order_that_anybody_else_enters_waits_as_a_task_of_the_physicians(role):
    order = entered(role)

    order.refresh_from_db()
    assert (order.signature, order.signature_by) == (Signature.WAITING, None)
    assert (order.entered_by.role, order.entered_at) == (role, NOW)
    task = open_tasks()[0]
    assert (task.queue, task.patient, task.due_at) == (Queue.PHYSICIAN, order.patient, NOW + DUE)
    assert order.physician.display_name in task.title


def test_a_cosignature_keeps_who_and_when_and_finishes_the_task():
    order = cosign(entered())

    order.refresh_from_db()
    assert (order.signature, order.signature_by, order.signature_at) == (
        Signature.SIGNED,
        order.physician,
        LATER,
    )
    assert Task.objects.get().outcome == f"Co-signed by {order.physician.display_name}"


def test_an_order_is_cosigned_once():
    order = cosign(entered())

    with pytest.raises(WrongState, match="any more"):
        cosign(order)


def test_the_database_keeps_a_signature_until_something_else_is_entered():
    order, other = cosign(entered()), a_user("physician")

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(signature_by=other)

    amend(order, a_user("nurse"), at=LATER + DUE, side=Side.RIGHT)
    assert Order.objects.get().signature is Signature.WAITING


@pytest.mark.parametrize("role", ["desk", "nurse", "administrator"])
@pytest.mark.parametrize("act", [cosign, decline])
def test_only_a_physician_cosigns_or_declines(role, act):
    order = entered()

    with pytest.raises(PermissionDenied, match="Only a physician co-signs"):
        act(order, by=a_user(role))

    assert Order.objects.get().signature is Signature.WAITING


def test_what_changed_since_it_was_read_is_not_signed():
    order = entered()
    read_at = order.entered_at
    amend(order, a_user("nurse"), side=Side.RIGHT)

    with pytest.raises(WrongState, match="changed since you read it"):
        cosign(order, seen=read_at)


def test_before_it_is_booked_another_physician_cannot_cosign():
    with pytest.raises(PermissionDenied, match="Only Physician"):
        cosign(entered(), by=a_user("physician"))


def test_once_it_is_booked_any_physician_cosigns_unless_the_location_says_otherwise():
    other = a_user("physician")

    assert cosign(booked().order, by=other).signature_by == other
    with pytest.raises(PermissionDenied, match="co-signs this order"):
        cosign(booked(cosigner="ordering").order, by=other)


def test_what_others_amend_is_signed_anew():
    order = an_order()

    amend(order, a_user("nurse"), sedation="moderate_iv")

    order.refresh_from_db()
    assert (order.signature, order.signature_by) == (Signature.WAITING, None)
    assert (order.entered_by.role, order.entered_at) == ("nurse", LATER)
    assert [task.due_at for task in open_tasks()] == [LATER + DUE]


@pytest.mark.parametrize(
    "agents",
    [[BUPIVACAINE], [BUPIVACAINE, Agent(Drug.IOHEXOL, volume=1.0)], [CONTRAST, BUPIVACAINE]],
)
def test_other_agents_are_signed_anew(agents):
    order = an_order()

    amend(order, a_user("nurse"), agents=agents)

    assert order.waits_for_signature


def test_answers_of_the_patient_and_words_that_stay_ask_nobody_again():
    order = an_order()

    amend(
        order,
        a_user("nurse"),
        side=Side.LEFT,
        agents=[BUPIVACAINE, CONTRAST],
        screening=NOTHING_TO_REPORT | {"diabetes": "type2"},
    )

    order.refresh_from_db()
    assert (order.signature, order.entered_at) == (Signature.SIGNED, NOW)


def test_what_its_physician_amends_is_signed_by_that():
    order = entered()

    amend(order, order.physician, side=Side.RIGHT)

    order.refresh_from_db()
    assert (order.signature_by, order.signature_at) == (order.physician, LATER)
    assert not open_tasks()


def test_a_second_change_opens_the_same_task_again():
    order = cosign(entered())

    amend(order, a_user("nurse"), at=LATER + DUE, side=Side.RIGHT)

    assert [task.due_at for task in open_tasks()] == [LATER + 2 * DUE]
    assert Task.objects.count() == 1


def test_a_side_that_a_nurse_changes_on_the_day_is_signed_anew():
    injection = a_booking()

    bookings.amend_side(
        injection=injection, side=Side.RIGHT, why="asked", by=a_user("nurse"), at=LATER
    )

    assert Order.objects.get().waits_for_signature
    assert open_tasks()


def test_an_order_of_before_is_unknown_until_somebody_changes_it():
    order = an_order()
    before = {"signature": "not_asked", "entered_by": None, "entered_at": None}
    Order.objects.filter(pk=order.pk).update(**before, signature_by=None, signature_at=None)
    order.refresh_from_db()

    assert not order.waits_for_signature
    completed(a_booking(order))
    with pytest.raises(WrongState, match="any more"):
        cosign(order, seen=NOW)


def test_a_withdrawn_order_waits_no_longer():
    order = entered()

    orders.withdraw(order=order, why="gone", by=None, at=LATER)

    assert not open_tasks()
    with pytest.raises(WrongState, match="was withdrawn"):
        cosign(order)


def test_the_task_is_due_by_the_hours_of_the_location_and_before_the_needle():
    injection = booked(cosign_due_h=48)
    assert open_tasks()[0].due_at == NOW + timedelta(hours=48)

    soon = NOW + timedelta(hours=23)
    move(injection, soon)

    assert open_tasks()[0].due_at == soon


def test_a_declined_order_is_withdrawn_and_the_desk_asks():
    order = decline(entered(), why="Never ordered")

    order.refresh_from_db()
    assert (order.signature, order.state, order.amended_why) == (
        Signature.DECLINED,
        "withdrawn",
        "Never ordered",
    )
    assert (order.signature_by, order.signature_at) == (order.physician, LATER)
    assert not open_tasks()
    task = open_tasks(TaskKind.ORDER_DECLINED)[0]
    assert (task.queue, task.urgent, task.patient) == (Queue.DESK, False, order.patient)
    assert task.detail == f"{order.physician.display_name}: Never ordered"


def test_the_injection_of_a_declined_order_is_cancelled_and_somebody_phones():
    injection = booked()

    decline(injection.order)

    injection.refresh_from_db()
    assert injection.state is InjectionState.CANCELLED
    assert not injection.reservations.filter(live=True).exists()
    task = open_tasks(TaskKind.ORDER_DECLINED)[0]
    assert (task.injection, task.urgent) == (injection, True)
    assert "phone the patient" in task.title


def test_a_drug_that_is_paused_for_a_declined_order_is_asked_about():
    injection = booked()
    orders.decide_anticoagulant(
        order=injection.order,
        decision=HoldDecision.HOLD,
        drug="warfarin",
        prescriber="The cardiologist",
        last_dose_at=START - timedelta(days=5),
        restart_on=START.date(),
        by=injection.order.physician,
        at=NOW,
    )

    decline(injection.order, at=START - timedelta(days=3))

    assert len(open_tasks(TaskKind.PAUSED_DRUG)) == 1


@pytest.mark.parametrize("why", ["", "x" * 201])
def test_declining_takes_a_reason(why):
    with pytest.raises(ValidationError):
        decline(entered(), why=why)


def test_a_procedure_that_was_begun_is_signed_for_and_not_declined():
    injection = booked()
    bookings.abort(injection=injection, why="faint", by=None, at=START)

    with pytest.raises(WrongState, match="aborted"):
        decline(injection.order)

    assert cosign(injection.order).signature is Signature.SIGNED


def test_a_waiting_order_is_booked_and_its_procedure_waits():
    injection = bookings.arrive(injection=booked(), by=None, at=START)

    for act in (time_out, completed):
        with pytest.raises(ValidationError) as refused:
            act(injection)
        said = refused.value.message_dict["order"][0]
        assert injection.order.physician.display_name in said
        assert "In an emergency the physician who is present co-signs." in said

    assert Injection.objects.get().state is InjectionState.ARRIVED
    cosign(injection.order, by=a_user("physician"), at=START)
    time_out(injection)
    assert completed(injection).state is InjectionState.COMPLETED


def test_where_the_ordering_physician_alone_signs_the_sentence_says_so():
    with pytest.raises(ValidationError, match="of nobody else"):
        completed(booked(cosigner="ordering"))


def test_a_location_may_ask_for_the_signature_before_booking():
    order, location = entered(), a_location(policy={"cosign_before": "booking"})

    with pytest.raises(Blocked) as blocked:
        a_booking(order, location=location)

    assert [check.code for check in blocked.value.checks] == ["BK-21"]
    assert not blocked.value.checks[0].overridable
    assert a_booking(cosign(order), location=location)


def test_what_is_booked_keeps_its_time_when_it_is_amended_and_moved():
    location = a_location(policy={"cosign_before": "booking"})
    injection = a_booking(location=location)

    amend(injection.order, a_user("nurse"), sedation="oral_anxiolytic")
    moved = move(injection, START + timedelta(days=1))

    assert moved.state is InjectionState.BOOKED
    assert not Task.objects.filter(step="BK-21").exists()
    with pytest.raises(ValidationError, match="waits for the co-signature"):
        completed(moved)


def test_settings_that_cannot_be_read_do_not_open_the_procedure():
    injection = booked()
    Location.objects.filter(pk=injection.location_id).update(policy={"cosigner": "anybody"})

    with pytest.raises(ValidationError, match="waits for the co-signature"):
        completed(injection)


def test_the_task_is_finished_by_the_act_alone():
    entered()

    with pytest.raises(PermissionDenied, match="Co-sign or decline"):
        worklist.finish(task=open_tasks()[0], outcome="x", by=a_user("physician"), at=NOW)


@pytest.mark.parametrize("signature", Signature)
@pytest.mark.parametrize("before", CosignBefore)
def test_only_a_waiting_order_holds_anything_up(signature, before):
    waits = signature is Signature.WAITING

    assert bool(rules.procedure_fault(signature, Cosigner.ORDERING, "Dr. X")) is waits
    held = waits and before is CosignBefore.BOOKING
    assert bool(rules.booking_fault(signature, before)) is held
