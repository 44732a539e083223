"""Results are written while carriers already report on the same attempts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from reminders.messaging.channels.base import Accepted
from reminders.messaging.delivery import attempts, claim, dispatcher, results
from reminders.messaging.planning import outbox
from reminders.models import Attempt, Message
from scheduling.models import ContactPoint
from tests.waiting import until
from tests.world import NOW, a_booking, a_patient, an_order

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def handed():
    """One text about to be handed over: its result, should the carrier accept it."""
    injection = a_booking(an_order(a_patient(email=None)))
    ContactPoint.objects.update(first_text_at=NOW)
    outbox.reconcile([injection.pk], NOW)
    (outgoing,) = claim.claim(NOW, 50, {"sms": 10, "email": 10}).messages
    deliveries = attempts.write([attempts.compose(outgoing, NOW)], NOW).deliveries
    return dispatcher._attempt_result(
        outgoing, deliveries[outgoing.message].attempt, Accepted("SM1")
    )


def settle(result):
    try:
        results.settle([result], NOW)
    finally:
        connection.close()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0


def test_a_receipt_that_comes_with_the_result_finds_the_message_free_behind_its_attempt(post_room):
    result = handed()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Attempt.objects.select_for_update().get(pk=result.attempt)  # as a receipt does
            settling = other.submit(settle, result)
            until(somebody_waits)
            # Were the message locked now, receipt and result would wait for each other for ever.
            Message.objects.select_for_update(nowait=True).get(pk=result.message)
        settling.result()

    assert Message.objects.get(pk=result.message).state == "sent"
