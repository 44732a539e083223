"""Promises up to the day: book, move, cancel, confirm, driver."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduling import bookings, orders
from scheduling.bookings import Blocked, Held, SlotTaken, WrongState
from scheduling.models import Closure, HoldDecision, Injection, Order, Reservation, Task
from scheduling.rules.procedure import Guidance, Intent, Sedation, Side, VisitState
from tests.world import (
    BUPIVACAINE,
    METHYLPREDNISOLONE,
    NOTHING_TO_REPORT,
    NOW,
    START,
    a_booking,
    a_location,
    a_patient,
    a_user,
    an_order,
    completed,
    local,
    seats,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def book(order, location, start=START, held=None, **more):
    held = held or seats(order, location, start)
    return bookings.book(
        order=order, location=location, start=start, held=held, by=None, at=NOW, **more
    )


def move(injection, start, at=LATER, **more):
    held = more.pop("held", None) or seats(injection.order, injection.location, start)
    return bookings.move(injection=injection, start=start, held=held, by=None, at=at, **more)


def spans(injection) -> dict[str, tuple[datetime, datetime]]:
    """What each kind of resource is held for."""
    rows = injection.reservations.filter(live=True).select_related("resource")
    return {row.resource.kind: (row.during.lower, row.during.upper) for row in rows}


# I1: no resource is ever held twice


def test_i1_a_taken_slot_is_lost_with_alternatives():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in first.reservations.all()})

    with pytest.raises(SlotTaken) as lost:
        book(an_order(), location, held=held)

    assert "suite 1 is taken" in str(lost.value)
    starts = [opening.start for opening in lost.value.alternatives]
    assert starts[0] == START + timedelta(minutes=45)  # block 30, turnover 10, on the grid
    assert len(starts) == 5


def test_i1_the_first_alternative_can_be_booked():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in first.reservations.all()})
    order = an_order()
    with pytest.raises(SlotTaken) as lost:
        book(order, location, held=held)

    offer = lost.value.alternatives[0]

    assert book(order, location, start=offer.start, held=offer.held).start == offer.start


def test_i1_a_lost_booking_leaves_nothing_behind():
    location = a_location(rooms=1)
    first = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in first.reservations.all()})

    with pytest.raises(SlotTaken):
        book(an_order(), location, held=held)

    assert Injection.objects.get() == first
    assert Reservation.objects.count() == 4


def test_i1_bookings_may_touch():
    location = a_location(rooms=1)
    therapeutic = {"location": location, "intent": Intent.THERAPEUTIC}
    a_booking(**therapeutic)

    second = a_booking(start=START + timedelta(minutes=40), **therapeutic)

    assert second.start == START + timedelta(minutes=40)


def test_i1_nobody_is_seated_in_a_closure():
    location = a_location(rooms=1)
    order = an_order()
    held = seats(order, location, START)
    Closure.objects.create(
        resource=held.c_arm,
        during=(START + timedelta(minutes=35), START + HOUR),  # in the turnover
        reason="service",
    )

    with pytest.raises(SlotTaken, match="c_arm 1 is taken or closed"):
        book(order, location, held=held)


def test_i1_nobody_is_seated_outside_opening_hours():
    location = a_location()
    order = an_order()
    held = seats(order, location, START)

    with pytest.raises(SlotTaken, match="does not work at that time"):
        book(order, location, start=local("2026-03-16 18:45"), held=held)


def test_i1_a_cancelled_visit_frees_its_resources():
    location = a_location(rooms=1)
    first = a_booking(location=location)

    bookings.cancel(injection=first, why="ill", by=None, at=LATER)

    assert a_booking(location=location).start == START


def test_i1_an_overbook_is_visible_owned_and_reasoned():
    location, lead = a_location(rooms=1), a_user("physician")
    first = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in first.reservations.all()})
    order = an_order()

    second = bookings.book(
        order=order,
        location=location,
        start=START,
        held=held,
        by=lead,
        at=NOW,
        overbook_why="two short blocks",
    )

    rows = second.reservations.all()
    assert {(row.overbooked, row.overbooked_why, row.overbooked_by) for row in rows} == {
        (True, "two short blocks", lead)
    }


def test_i1_only_what_is_not_free_is_overbooked():
    location, lead = a_location(rooms=1), a_user("physician")
    order = an_order()
    held = seats(order, location, START)
    Closure.objects.create(resource=held.bay, during=(START, START + 2 * HOUR), reason="repair")

    injection = bookings.book(
        order=order,
        location=location,
        start=START,
        held=held,
        by=lead,
        at=NOW,
        overbook_why="recovers in bay of room 9",
    )

    overbooked = injection.reservations.filter(overbooked=True)
    assert [row.resource for row in overbooked] == [held.bay]


def test_i1_an_overbooked_time_is_not_free_for_the_next():
    location, lead = a_location(rooms=1), a_user("physician")
    first = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in first.reservations.all()})
    facts = {"location": location, "held": held, "at": NOW}
    bookings.book(order=an_order(), start=START, by=lead, overbook_why="short", **facts)
    bookings.cancel(injection=first, why="ill", by=None, at=LATER)

    with pytest.raises(SlotTaken):
        bookings.book(order=an_order(), start=START, by=None, **facts)


def test_i1_an_overbook_without_an_owner_is_refused():
    with pytest.raises(ValidationError, match="an overbook has an owner"):
        book(an_order(), a_location(), overbook_why="short")


# I2: an injection and its reservations change together


def test_i2_suite_c_arm_and_physician_are_held_from_set_up_to_turnover_and_the_bay_after():
    location = a_location(policy={"setup_min": 5})

    injection = a_booking(location=location)

    room = (START - timedelta(minutes=5), START + timedelta(minutes=40))
    assert spans(injection) == {
        "physician": room,
        "suite": room,
        "c_arm": room,
        "bay": (START + timedelta(minutes=30), START + timedelta(minutes=75)),
    }
    assert (injection.start, injection.end) == (START, START + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("facts", "block", "turnover", "recovery", "arrival"),
    [
        ({"intent": Intent.THERAPEUTIC}, 30, 10, 30, 30),
        ({"intent": Intent.DIAGNOSTIC}, 30, 10, 45, 30),
        ({"side": Side.BILATERAL}, 45, 10, 45, 30),
        ({"intent": Intent.THERAPEUTIC, "sedation": Sedation.MODERATE_IV}, 40, 15, 60, 60),
        ({"side": Side.BILATERAL, "sedation": Sedation.ORAL_ANXIOLYTIC}, 55, 15, 60, 60),
    ],
)
def test_i2_times_follow_side_intent_and_sedation(facts, block, turnover, recovery, arrival):
    order = an_order(**facts)

    found = bookings.durations(order, a_location())

    assert (found.block, found.turnover, found.recovery) == (block, turnover, recovery)
    assert (found.arrival, found.setup) == (arrival, 0)


def test_i2_a_facility_sets_its_own_times():
    location = a_location(policy={"room_min": 20, "turnover_min": 5})

    found = bookings.durations(an_order(), location)

    assert (found.block, found.turnover) == (20, 5)


def test_i2_times_that_are_no_minutes_are_an_error():
    with pytest.raises(ValueError, match="room_min is '20'"):
        bookings.durations(an_order(), a_location(policy={"room_min": "20"}))


def test_i2_a_move_takes_everything_along():
    injection = a_booking()

    move(injection, START + timedelta(days=1))

    assert {begin.date() for begin, _ in spans(injection).values()} == {
        (START + timedelta(days=1)).date()
    }
    assert injection.reservations.filter(live=False).count() == 4


def test_i2_a_move_that_is_lost_changes_nothing():
    location = a_location(rooms=1)
    taken, injection = (
        a_booking(location=location),
        a_booking(location=location, start=START + HOUR),
    )
    held = Held.of({row.resource.kind: row.resource for row in taken.reservations.all()})
    before = spans(injection)

    with pytest.raises(SlotTaken):
        move(injection, START, held=held)

    injection.refresh_from_db()
    assert injection.start == START + HOUR
    assert injection.revision == 1
    assert spans(injection) == before


def test_i2_a_visit_may_move_into_the_time_it_holds_itself():
    location = a_location(rooms=1)
    injection = a_booking(location=location)
    held = Held.of({row.resource.kind: row.resource for row in injection.reservations.all()})

    move(injection, START + timedelta(minutes=15), held=held)

    assert injection.start == START + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bay": None}, "Choose a Bay"),
        ({"c_arm": None}, "Choose a C-arm"),
        ({"suite": "bay"}, "is no Suite of"),
    ],
)
def test_i2_an_incomplete_or_mixed_up_set_of_resources_is_refused(change, sentence):
    order, location = an_order(), a_location()
    held = seats(order, location, START)
    seated = {kind: getattr(held, kind) for kind in ("physician", "suite", "c_arm", "bay")}
    seated |= {kind: other and seated[other] for kind, other in change.items()}

    with pytest.raises(ValidationError, match=sentence):
        book(order, location, held=Held(**seated))


def test_i2_a_resource_of_another_location_is_refused():
    order, location = an_order(), a_location()

    with pytest.raises(ValidationError, match="is no Physician of"):
        book(order, location, held=seats(order, a_location(), START))


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (NOW - HOUR, "has passed"),
        (START + timedelta(seconds=1), "whole minute"),
        (START.replace(tzinfo=None), "time zone"),
    ],
)
def test_i2_a_start_that_cannot_be_is_refused(start, sentence):
    order, location = an_order(), a_location()

    with pytest.raises(ValidationError, match=sentence):
        book(order, location, start=start, held=seats(order, location, START))


def test_i2_an_order_is_booked_once():
    injection = a_booking()

    with pytest.raises(WrongState, match="booked already"):
        book(injection.order, injection.location, start=START + HOUR)


def test_i2_a_withdrawn_order_is_not_booked():
    order = orders.withdraw(order=an_order(), why="pain is gone", by=None, at=NOW)

    with pytest.raises(WrongState, match="was withdrawn"):
        book(order, a_location())


# I3: every change of the promise raises the revision


def test_i3_a_booking_starts_at_revision_one():
    injection = a_booking()

    assert (injection.revision, injection.promised_at, injection.changed_at) == (1, NOW, NOW)


def test_i3_a_new_time_is_a_new_unconfirmed_promise():
    injection = bookings.confirm(injection=a_booking(), how="text", by=None, at=NOW)

    move(injection, START + HOUR)

    assert (injection.revision, injection.time_revision) == (2, 2)
    assert (injection.promised_at, injection.changed_at) == (LATER, LATER)
    assert (injection.confirmed_at, injection.confirmed_how) == (None, "")


def test_i3_moving_there_and_back_is_two_new_promises():
    injection = a_booking()

    move(injection, START + HOUR)
    move(injection, START)

    assert injection.revision == 3


def test_i3_another_suite_at_the_same_time_is_no_new_promise():
    injection = bookings.confirm(injection=a_booking(), how="phone", by=None, at=NOW)

    move(injection, START)

    assert injection.revision == 1
    assert injection.confirmed_at == NOW
    assert injection.changed_at == LATER


def test_i3_a_cancelled_promise_is_void():
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)

    assert (injection.state, injection.revision, injection.reason) == ("cancelled", 2, "ill")
    assert injection.promised_at == injection.state_at == injection.changed_at == LATER


def test_i3_an_amended_sedation_is_a_new_promise_about_the_same_time():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="anxious",
        sedation=Sedation.MODERATE_IV,
        by=injection.order.physician,
        at=LATER,
    )

    injection.refresh_from_db()
    assert (injection.revision, injection.time_revision) == (2, 1)
    assert spans(injection)["suite"][1] == START + timedelta(minutes=55)


def test_i3_an_answer_to_a_question_is_no_new_promise():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="asked by phone",
        screening=NOTHING_TO_REPORT | {"latex": "yes"},
        by=None,
        at=LATER,
    )

    injection.refresh_from_db()
    assert (injection.revision, injection.changed_at) == (1, LATER)
    assert Task.objects.get(kind="check:SF-LX").injection == injection


# I4: side


def test_i4_the_booked_side_is_the_ordered_side():
    assert a_booking(side=Side.RIGHT).side is Side.RIGHT


def test_i4_an_amended_side_changes_order_booking_and_promise():
    injection = a_booking()

    bookings.amend_side(injection=injection, side=Side.RIGHT, why="marked right", by=None, at=LATER)

    assert (injection.side, injection.order.side, injection.revision) == ("right", "right", 2)


def test_i4_a_second_side_takes_the_room_for_longer():
    injection = a_booking()

    bookings.amend_side(
        injection=injection, side=Side.BILATERAL, why="both hurt", by=None, at=LATER
    )

    assert injection.end == START + timedelta(minutes=45)
    assert spans(injection)["suite"] == (START, START + timedelta(minutes=55))


def test_i4_a_second_side_that_does_not_fit_asks_for_a_move():
    location = a_location(rooms=1)
    therapeutic = {"location": location, "intent": Intent.THERAPEUTIC}
    injection = a_booking(**therapeutic)
    a_booking(start=START + timedelta(minutes=40), **therapeutic)

    with pytest.raises(SlotTaken, match="move the visit first"):
        bookings.amend_side(injection=injection, side=Side.BILATERAL, why="both", by=None, at=LATER)

    order = Order.objects.get(pk=injection.order_id)
    assert order.side is Side.LEFT


def test_i4_the_side_is_not_amended_after_t0():
    injection = completed(a_booking())

    with pytest.raises(WrongState, match="is completed"):
        bookings.amend_side(
            injection=injection, side=Side.RIGHT, why="typo", by=None, at=START + HOUR
        )


@pytest.mark.parametrize("side", ["", None, "middle"])
def test_i4_an_unknown_side_is_refused(side):
    with pytest.raises(ValidationError, match="choose one of left, right, bilateral"):
        bookings.amend_side(injection=a_booking(), side=side, why="typo", by=None, at=LATER)


# I5: a patient is in one place


def test_i5_a_patient_is_not_booked_twice_at_one_time():
    patient = a_patient()
    a_booking(patient=patient)

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(minutes=15))

    assert [check.code for check in blocked.value.checks] == ["BK-12"]


def test_i5_a_patient_may_come_again_on_the_same_day():
    patient = a_patient()
    first = {"intent": Intent.THERAPEUTIC, "patient": patient}
    a_booking(**first)

    second = a_booking(start=START + HOUR, side=Side.RIGHT, **first)

    assert "BK-20" in {check.code for check in second.checks.all()}


# Checks


def test_an_unsigned_answer_of_the_same_joint_stops_the_next_booking():
    patient = a_patient()
    completed(a_booking(patient=patient))

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(days=30))

    assert [check.code for check in blocked.value.checks] == ["BK-16"]
    assert "2026-03-16" in str(blocked.value)


def test_a_signed_answer_lets_the_next_booking_through():
    patient = a_patient()
    first = completed(a_booking(patient=patient))

    bookings.mark_signed(injection=first, side=Side.LEFT, at=START + HOUR)

    assert a_booking(patient=patient, start=START + timedelta(days=30))


def test_an_unsigned_answer_of_the_other_joint_stops_nothing():
    patient = a_patient()
    completed(a_booking(patient=patient))

    later = START + timedelta(days=30)

    assert a_booking(patient=patient, start=later, side=Side.RIGHT)


def test_a_reason_overrides_an_unsigned_answer_and_is_kept():
    patient, nurse = a_patient(), a_user("nurse")
    completed(a_booking(patient=patient))

    second = a_booking(
        patient=patient,
        start=START + timedelta(days=30),
        overrides={"BK-16": "physician on leave"},
        by=nurse,
    )

    kept = second.checks.get(code="BK-16")
    assert (kept.level, kept.override, kept.by) == ("hard", "physician on leave", nurse)


def test_what_nobody_may_override_stays_stopped():
    order = an_order(guidance=Guidance.NONE)
    location = a_location()

    with pytest.raises(Blocked) as blocked:
        book(order, location, overrides={"BK-03": "please"})

    assert not blocked.value.checks[0].overridable


def test_warnings_are_kept_with_the_promise_they_are_about():
    injection = a_booking(start=local("2026-03-16 15:00"))
    assert [check.code for check in injection.checks.all()] == ["BK-14"]

    move(injection, START)

    assert not injection.checks.filter(revision=2).exists()


def test_a_screening_answer_opens_work_before_the_day():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    task = Task.objects.get(kind="check:SF-01")
    assert (task.injection, task.patient) == (injection, injection.patient)
    assert (task.queue, task.due_at) == ("nurse", START - timedelta(days=7))


def test_work_of_a_moved_visit_is_due_before_its_new_day():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    move(injection, START + timedelta(days=7))

    assert Task.objects.get(kind="check:SF-01").due_at == START


def test_work_of_a_cancelled_visit_is_closed():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    bookings.cancel(injection=injection, why="ill", by=None, at=LATER)

    assert Task.objects.get(kind="check:SF-01").outcome == "visit cancelled"


def test_a_named_driver_closes_the_question_for_one():
    injection = a_booking(sedation=Sedation.MODERATE_IV)
    assert Task.objects.get(kind="check:SF-19").done_at is None

    bookings.name_driver(
        injection=injection, name="A neighbour", phone="212 555 0123", by=None, at=LATER
    )

    assert injection.driver_phone == "+12125550123"
    assert Task.objects.get(kind="check:SF-19").outcome == "driver named"


def test_a_fact_that_would_have_stopped_the_booking_becomes_urgent_work():
    injection = a_booking()

    orders.amend(
        order=injection.order,
        why="test was positive",
        screening=NOTHING_TO_REPORT | {"pregnancy": "yes"},
        by=None,
        at=LATER,
    )

    task = Task.objects.get(kind="check:SF-11")
    assert (task.urgent, task.queue, task.due_at) == (True, "physician", LATER)


# Holds of a blood thinner


def a_held_booking():
    injection = a_booking(screening=NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})
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
    return injection


def test_a_signed_decision_closes_the_question_for_one():
    a_held_booking()

    assert Task.objects.get(kind="check:SF-01").outcome == "no longer needed"


def test_a_new_day_voids_a_hold_whose_dates_were_for_the_old_one():
    injection = a_held_booking()

    move(injection, START + timedelta(days=7))

    assert not injection.order.anticoagulant_decisions.filter(void=False).exists()


def test_another_hour_of_the_same_day_keeps_the_hold():
    injection = a_held_booking()

    move(injection, START + HOUR)

    assert injection.order.anticoagulant_decisions.filter(void=False).exists()


# Confirming, drivers, states


def test_the_first_confirmation_counts():
    injection = bookings.confirm(injection=a_booking(), how="text", by=None, at=NOW)

    bookings.confirm(injection=injection, how="phone", by=None, at=LATER)

    assert (injection.confirmed_at, injection.confirmed_how) == (NOW, "text")


def test_a_driver_is_forgotten_when_the_day_changes_and_kept_within_it():
    injection = bookings.name_driver(
        injection=a_booking(), name="A neighbour", phone="", by=None, at=NOW
    )

    move(injection, START + HOUR)
    assert injection.driver_name == "A neighbour"

    move(injection, START + timedelta(days=1))
    assert injection.driver_name == ""


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"name": "", "phone": ""}, "name"), ({"name": "A", "phone": "12"}, "phone")],
)
def test_a_driver_without_a_name_or_with_half_a_number_is_refused(facts, field):
    with pytest.raises(ValidationError) as refused:
        bookings.name_driver(injection=a_booking(), **facts, by=None, at=LATER)

    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize("verb", ["move", "cancel", "confirm", "name_driver", "arrive", "no_show"])
def test_a_cancelled_visit_takes_no_further_part(verb):
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)
    held = seats(injection.order, injection.location, START)
    facts = {
        "move": {"start": START, "held": held},
        "cancel": {"why": "again"},
        "confirm": {"how": "text"},
        "name_driver": {"name": "A", "phone": ""},
    }.get(verb, {})

    with pytest.raises(WrongState, match="This visit is cancelled"):
        getattr(bookings, verb)(injection=injection, **facts, by=None, at=LATER)


def test_a_cancelled_order_can_be_booked_again():
    injection = bookings.cancel(injection=a_booking(), why="ill", by=None, at=LATER)

    again = a_booking(injection.order, location=injection.location)

    assert again.pk != injection.pk
    assert again.state is VisitState.BOOKED


def test_a_cancellation_says_why():
    with pytest.raises(ValidationError, match="Enter the reason"):
        bookings.cancel(injection=a_booking(), why=" ", by=None, at=LATER)


def test_a_diagnostic_block_soon_after_one_with_a_steroid_is_stopped():
    patient = a_patient()
    first = completed(a_booking(patient=patient), agents=[BUPIVACAINE, METHYLPREDNISOLONE])
    bookings.mark_signed(injection=first, side=Side.LEFT, at=START + HOUR)

    with pytest.raises(Blocked) as blocked:
        a_booking(patient=patient, start=START + timedelta(days=30))

    assert [check.code for check in blocked.value.checks] == ["MN-13"]
