"""Rows of old forms become rows of today's, and back."""

import pytest
from django.core.management import call_command
from django.db import connection

from reminders.messaging.planning import outbox
from reminders.models import Message
from reminders.protocols import current
from tests.world import NOW, a_booking

BEFORE = "0009_message_reference_without_index"
ONE_LANGUAGE = "0010_texts_by_their_meaning"


def migrate(*to: str) -> None:
    call_command("migrate", "reminders", *to, verbosity=0)


def keys() -> dict[str, str]:
    """The text of each message, by its state."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, sms_key FROM reminders_message WHERE reply ORDER BY id")
        return dict(cursor.fetchall())


@pytest.fixture
def old_form(transactional_db):
    """Afterwards all is as it was."""
    yield
    migrate()


def test_an_answer_that_waits_gets_the_new_key_of_its_text_and_what_has_left_keeps_its_own(
    old_form,
):
    injection = a_booking()
    facts = {"injection": injection, "patient": injection.patient, "at": NOW}
    outbox.reply(**facts, text_key="opted_out", key="waits")
    outbox.reply(**facts, text_key="SMS21", key="left long ago")
    left = Message.objects.filter(reply=True, sms_key="SMS21")
    left.update(state="sending", lease_until=NOW)
    left.update(state="sent", lease_until=None)

    migrate(BEFORE)
    before = keys()
    migrate()

    assert before == {"queued": "SMS21", "sent": "SMS21"}
    assert keys() == {"queued": "opted_out", "sent": "SMS21"}


def test_the_texts_of_a_stored_protocol_survive_the_move_to_rows_by_language_and_back(old_form):
    version = current(NOW)
    texts = version.texts.get().document

    migrate(ONE_LANGUAGE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT texts FROM reminders_protocolversion")
        stored = cursor.fetchall()
    migrate()

    assert stored == [(texts,)]
    assert [(row.language, row.document) for row in version.texts.all()] == [("en", texts)]
