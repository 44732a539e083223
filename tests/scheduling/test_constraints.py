"""The database refuses nonsense by itself: one violation for each constraint of scheduling."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, transaction
from django.db.models import CharField, CheckConstraint, Model, UniqueConstraint, Value
from psycopg.types.range import TimestamptzRange

from scheduling.fields import ScoreField, WordField
from scheduling.models import (
    Access,
    AgentLine,
    AnticoagulantDecision,
    ArrivalAssessment,
    BookingCheck,
    Closure,
    Consent,
    ContactPoint,
    DemoClock,
    EmergencyAccess,
    Injection,
    Joint,
    OnCallShift,
    OptOut,
    Order,
    Resource,
    Task,
    TimeOut,
)
from tests.world import (
    NOW,
    START,
    a_booking,
    a_location,
    a_patient,
    a_user,
    an_order,
    completed,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NONSENSE = Value("nonsense", CharField())  # the field does not look at expressions
SPAN = TimestamptzRange(START, START + HOUR)


def again(row: Model, **changes: Any) -> None:
    """A second row like this one, but for `changes`."""
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def change(row: Model, **changes: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**changes)


def another_reference(row: Model, **changes: Any) -> None:
    again(row, reference=an_order().reference, **changes)


def unsigned() -> Order:
    return an_order(by=None)


def a_task() -> Task:
    facts = {"kind": "unknown_sender", "key": "1", "queue": "desk", "title": "Phone"}
    return Task.objects.create(**facts, opened_at=NOW, due_at=NOW)


def a_shift() -> OnCallShift:
    return OnCallShift.objects.create(location=a_location(), name="Nurse", phone="+15550200001")


def a_resource() -> Resource:
    return a_location().resources.first()


def an_opt_out() -> OptOut:
    return OptOut.objects.create(channel="sms", value="+12125550123", at=NOW, source="text")


def a_decision(**facts: Any) -> AnticoagulantDecision:
    order = an_order()
    said = {"decision": "continue", "drug": "warfarin", "prescriber": "x", "signed_at": NOW}
    return AnticoagulantDecision.objects.create(
        order=order, signed_by=order.physician, **said | facts
    )


def a_check(**facts: Any) -> BookingCheck:
    said = {"revision": 1, "code": "BK-16", "level": "soft", "sentence": "x", "at": NOW}
    return BookingCheck.objects.create(injection=a_booking(), **said | facts)


def an_assessment() -> ArrivalAssessment:
    return ArrivalAssessment.objects.create(
        injection=a_booking(), at=NOW, systolic=142, diastolic=88, glucose=120
    )


def a_time_out() -> TimeOut:
    said = {"identifiers": ["name", "birth_date"], "side": "left", "at": NOW}
    return TimeOut.objects.create(injection=a_booking(), **said)


def a_closure() -> Closure:
    return Closure.objects.create(resource=a_resource(), during=SPAN, reason="leave")


def same_patient_elsewhere() -> None:
    other = an_order()
    another_reference(a_booking(), order=other)


def same_order_later() -> None:
    later = TimestamptzRange(START + 9 * HOUR, START + 10 * HOUR)
    another_reference(a_booking(), during=later)


def an_unowned_overbook() -> None:
    change(a_booking().reservations.first(), overbooked=True, overbooked_why="short")


def a_reservation_of_another_injection() -> None:
    again(a_booking().reservations.first(), injection=a_booking())


def a_second_reservation() -> None:
    later = TimestamptzRange(START + 9 * HOUR, START + 10 * HOUR)
    again(a_booking().reservations.first(), during=later)


def an_emergency(**facts: Any) -> None:
    facts = {"reason": "Fell", "at": NOW, "until": NOW + HOUR} | facts
    EmergencyAccess.objects.create(patient=a_patient(), user=a_user("nurse"), **facts)


def an_agent_of_nobody() -> None:
    AgentLine.objects.create(drug="lidocaine")


VIOLATIONS = {
    "on_call_has_an_address": lambda: change(a_shift(), phone="", email=""),
    "on_call_has_the_number_patients_get": lambda: change(
        a_shift(), phone="", email="a@clinic.example", answers_patients=True
    ),
    "on_call_hours_with_weekdays": lambda: change(a_shift(), weekdays=[1]),
    "on_call_weekday_of_seven": lambda: change(
        a_shift(), weekdays=[7], starts=time(8), ends=time(9)
    ),
    "on_call_turn_from_1": lambda: change(a_shift(), turn=0),
    "ends_after_it_begins": lambda: an_emergency(until=NOW),
    "an_emergency_says_why": lambda: an_emergency(reason=""),
    "born_after_1880": lambda: change(a_patient(), birth_date=date(1879, 1, 1)),
    "one_contact_a_channel": lambda: again(a_patient().contacts.first()),
    "one_standing_consent": lambda: again(a_patient().consents.first()),
    "one_standing_opt_out": lambda: again(an_opt_out()),
    "a_signature_has_an_author_and_a_time": lambda: change(unsigned(), signature="signed"),
    "an_order_says_when_it_was_entered": lambda: change(unsigned(), entered_at=None),
    "a_declined_order_is_withdrawn": lambda: change(
        unsigned(), signature="declined", signature_by=a_user("physician"), signature_at=NOW
    ),
    "diagnostic_orders_number_their_block": lambda: change(an_order(), block="not_applicable"),
    "agent_is_ordered_or_given": an_agent_of_nobody,
    "agent_amounts_are_positive": lambda: change(an_order().agents.first(), volume=0),
    "a_hold_names_last_dose_and_restart": lambda: a_decision(decision="hold"),
    "one_standing_anticoagulant_decision": lambda: again(a_decision()),
    "one_resource_a_name": lambda: again(a_resource()),
    "weekday_of_seven": lambda: change(a_resource().hours.first(), weekday=7),
    "closes_after_it_opens": lambda: change(a_resource().hours.first(), closes="06:00"),
    "one_opening": lambda: again(a_resource().hours.first()),
    "closure_once": lambda: again(a_closure()),
    "patient_is_in_one_place": same_patient_elsewhere,
    "one_live_injection_an_order": same_order_later,
    "completed_means_t0_and_side": lambda: change(completed(a_booking()), t0=None),
    "aborted_says_why": lambda: change(a_booking(), state="aborted"),
    "no_resource_held_twice": a_reservation_of_another_injection,
    "held_once_an_injection": a_second_reservation,
    "an_overbook_has_an_owner_and_a_reason": an_unowned_overbook,
    "one_row_a_joint": lambda: again(completed(a_booking()).joints.first()),
    "a_joint_is_left_or_right": lambda: change(
        completed(a_booking()).joints.first(), side="bilateral"
    ),
    "a_hard_stop_passes_with_a_reason_only": lambda: a_check(level="hard"),
    "one_task_a_cause": lambda: again(a_task()),
    "planned_tasks_and_checks_name_their_step": lambda: change(a_task(), kind="check"),
    "a_done_task_says_what_came_of_it": lambda: change(a_task(), done_at=NOW),
    "blood_pressure_is_two_numbers": lambda: change(an_assessment(), diastolic=None),
    "an_assessment_measures_something": lambda: change(
        an_assessment(), systolic=None, diastolic=None, glucose=None
    ),
    "two_identifiers_at_least": lambda: change(a_time_out(), identifiers=["name"]),
    "one_demo_clock": lambda: DemoClock.objects.create(pk=2),
    "demo_clock_never_runs_back": lambda: DemoClock.objects.create(pk=1, offset=-HOUR),
}


def own_models() -> list[type[Model]]:
    """The models of scheduling, without the tables of their history."""
    models = apps.get_app_config("scheduling").get_models()
    return [model for model in models if not hasattr(model, "pgh_tracked_model")]


def constraints() -> set[str]:
    """Every constraint the models declare, but for those that are there to be referred to."""
    kinds = (CheckConstraint, UniqueConstraint, ExclusionConstraint)
    return {
        constraint.name
        for model in own_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, kinds) and "id" not in getattr(constraint, "fields", ())
    }


def test_every_constraint_has_its_violation():
    assert set(VIOLATIONS) == constraints()


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        VIOLATIONS[name]()


ROWS = {
    Consent: lambda: a_patient().consents.first(),
    ContactPoint: lambda: a_patient().contacts.first(),
    OptOut: an_opt_out,
    Order: unsigned,
    AgentLine: lambda: an_order().agents.first(),
    AnticoagulantDecision: a_decision,
    Resource: a_resource,
    Injection: lambda: completed(a_booking()),
    Joint: lambda: completed(a_booking()).joints.first(),
    Task: a_task,
    ArrivalAssessment: an_assessment,
    TimeOut: a_time_out,
}


def word_columns() -> list[tuple[type[Model], str]]:
    return [
        (model, field.name)
        for model in own_models()
        for field in model._meta.fields
        if isinstance(field, WordField) and model not in (Access, BookingCheck)  # never change
    ]


@pytest.mark.parametrize(("model", "name"), word_columns())
def test_the_database_refuses_a_word_outside_the_vocabulary(model, name):
    row = ROWS[model]()

    with pytest.raises(IntegrityError, match="check"), transaction.atomic():
        change(row, **{name: NONSENSE})


def test_the_database_refuses_a_check_of_an_unknown_level():
    with pytest.raises(IntegrityError, match="check"), transaction.atomic():
        a_check(level=NONSENSE)


def test_the_database_refuses_an_access_of_an_unknown_kind():
    with pytest.raises(IntegrityError, match="check"), transaction.atomic():
        Access.objects.create(patient=a_patient(), kind=NONSENSE, page="patient", at=NOW)


@pytest.mark.parametrize("name", ["baseline", "rest_score"])
@pytest.mark.parametrize("score", [-1, 11])
def test_the_database_refuses_a_score_off_the_scale(name, score):
    joint = completed(a_booking()).joints.first()
    assert isinstance(Joint._meta.get_field(name), ScoreField)

    with pytest.raises(IntegrityError, match="check"), transaction.atomic():
        change(joint, **{name: score})
