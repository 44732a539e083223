"""Rows of old forms become rows of today's, and back.

They are written as old code wrote them, for today's models know nothing of those forms.
"""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from scheduling.models import Order, Resource
from scheduling.rules.cosignature import Signature
from tests.world import NOW, a_booking

BEFORE, AFTER = "0006_turns", "0009_task_causes_only"
OLD = [  # kind, key; {i} is the injection
    ("check:SF-01", "{i}"),
    ("day_before", "{i}/2/sms"),
    ("diary_phone", "{i}/2/"),
    ("unplannable", "{i}/2/"),
    ("other side", "{i}"),
    ("flare", "{i}-left"),
    ("new_data", "{i}-left-31"),
    ("link_locked", "8"),
    ("change_wanted", "{i}-2-abc"),
    ("change_wanted", "text-4-{i}"),
    ("red_flag", "reading-9"),
    ("patient_note", "text-4"),
    ("wrong_number", "text-5-{i}"),
]
NEW = [  # kind, step, revision, occurrence, key
    ("check", "SF-01", None, "", ""),
    ("planned", "day_before", 2, "sms", ""),
    ("planned", "diary_phone", 2, "", ""),
    ("unplannable", "", 2, "", ""),
    ("other_side", "", None, "", ""),
    ("flare", "", None, "", "left"),
    ("new_data", "", None, "", "31"),
    ("link_locked", "", None, "", "8"),
    ("change_wanted", "", 2, "", "abc"),
    ("change_wanted", "", None, "", "text-4"),
    ("red_flag", "", None, "", "reading-9"),
    ("patient_note", "", None, "", "text-4"),
    ("wrong_number", "", None, "", "text-5"),
]
INSERT = """
INSERT INTO scheduling_task (kind, key, injection_id, queue, title, detail, urgent, outcome,
                             opened_at, due_at)
VALUES (%s, %s, %s, 'desk', 'New data after signature: left joint', '', false, '', %s, %s)
"""
INTERPRETER = """
WITH interpreter AS (
    INSERT INTO scheduling_resource (location_id, kind, name, active)
    SELECT id, 'interpreter', 'Interpreter', true FROM scheduling_location LIMIT 1
    RETURNING id
)
INSERT INTO scheduling_weeklyhours (resource_id, weekday, opens, closes)
SELECT id, 0, '08:00', '17:00' FROM interpreter
"""


def rows(columns: str, table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY id")  # noqa: S608
        return cursor.fetchall()


def migrate(*to: str) -> None:
    """To a migration of scheduling, which takes back what depends on it; or all to the newest."""
    call_command("migrate", *(("scheduling", *to) if to else ()), verbosity=0)


@pytest.fixture
def injection(transactional_db):
    """An injection without tasks in a database of the old form; afterwards all is as it was."""
    injection = a_booking()
    migrate(BEFORE)
    yield injection.pk
    migrate()


def put(kind: str, key: str, injection: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [kind, key, injection, NOW, NOW])


def test_rows_of_old_forms_become_rows_of_today(injection):
    """One way back and one way here, since each takes all migrations."""
    tasks_say_in_columns_what_their_keys_said_and_back(injection)
    with connection.cursor() as cursor:
        cursor.execute(INTERPRETER)

    migrate()

    assert not Resource.objects.filter(name="Interpreter").exists()
    with pytest.raises(IntegrityError, match="kind"), connection.cursor() as cursor:
        cursor.execute(INTERPRETER)
    order = Order.objects.get(injections=injection)
    assert order.signature is Signature.NOT_ASKED
    assert (order.entered_by, order.entered_at, order.signature_by) == (None, None, None)


def tasks_say_in_columns_what_their_keys_said_and_back(injection):
    """With their history, in which nothing else changes."""
    old = [(kind, key.format(i=injection)) for kind, key in OLD]
    for kind, key in old:
        put(kind, key, injection)
    put("unknown_sender", "text-6-nobody", None)

    migrate(AFTER)
    found = rows("kind, step, revision, occurrence, key", "scheduling_task")
    history = rows("kind, step, revision, occurrence, key", "scheduling_taskevent")
    migrate(BEFORE)

    assert found == history == [*NEW, ("unknown_sender", "", None, "", "text-6")]
    assert rows("kind, key", "scheduling_task") == [*old, ("unknown_sender", "text-6-nobody")]
