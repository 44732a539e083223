"""Message rows: written many at a time, none of them about somebody else's visit."""

from dataclasses import replace
from datetime import timedelta
from uuid import RFC_4122

import pytest
from django.db import IntegrityError, connection

from reminders.messaging.planning import message_rows, plan_diff
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import Message
from reminders.protocols import by_id, current
from reminders.rules.plan.planner import plan
from scheduling.models import Injection
from tests.world import NOW, a_booking, a_patient

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def entries(injection: Injection) -> list[message_rows.Entry]:
    """What the plan of this visit sends, as `insert` takes it."""
    protocol, facts = by_id(current(NOW).pk), facts_by_injection([injection.pk])[injection.pk]
    return [
        (injection.pk, facts.revision, planned, plan_diff.message_spec(planned, protocol))
        for planned in plan(facts, protocol)
        if planned.leaves
    ]


def many(injection: Injection, count: int) -> list[message_rows.Entry]:
    """As many entries as wanted, each with its own occurrence and time."""
    pk, revision, planned, promise = entries(injection)[0]
    return [
        (
            pk,
            revision,
            replace(planned, occurrence=str(n)),
            replace(promise, send_at=promise.send_at - n * MINUTE),
        )
        for n in range(count)
    ]


def test_more_rows_than_travel_at_once_arrive_as_they_were_and_in_their_order():
    injection = a_booking()
    new = many(injection, 1001)

    assert message_rows.insert(new, NOW) == len(new)

    found = message_rows.rows_of([injection.pk])[injection.pk]
    assert [(row.occurrence, row.spec) for row in found] == [
        (planned.occurrence, promise) for _, _, planned, promise in new
    ]


def test_every_fact_of_every_step_arrives_as_it_was():
    injection = a_booking()
    new = entries(injection)

    message_rows.insert(new, NOW)

    found = message_rows.rows_of([injection.pk])[injection.pk]
    assert [row.spec for row in found] == [spec for *_, spec in new]
    assert len({row.step for row in found}) > 5


def test_every_row_has_a_random_reference_of_its_own():
    new = many(a_booking(), 3)

    message_rows.insert(new, NOW)

    references = list(Message.objects.values_list("reference", flat=True))
    assert len(set(references)) == 3
    assert {(each.version, each.variant) for each in references} == {(4, RFC_4122)}


def test_a_message_to_another_patient_than_the_visits_is_refused():
    injection = a_booking()
    message_rows.insert(entries(injection), NOW)

    Message.objects.update(patient=a_patient())

    with pytest.raises(IntegrityError, match="message_of_visit_and_patient"):
        connection.check_constraints()


def test_a_message_about_no_visit_is_refused():
    injection = a_booking()
    message_rows.insert(entries(injection), NOW)

    Message.objects.update(injection=injection.pk + 1)

    with pytest.raises(IntegrityError, match="message_of_visit_and_patient"):
        connection.check_constraints()


def test_a_visit_with_messages_cannot_leave_its_patient():
    injection = a_booking()
    message_rows.insert(entries(injection), NOW)

    Injection.objects.filter(pk=injection.pk).update(patient=a_patient())

    with pytest.raises(IntegrityError, match="message_of_visit_and_patient"):
        connection.check_constraints()
