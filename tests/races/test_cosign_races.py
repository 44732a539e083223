"""One order, several physicians at once: one signature, and never under what nobody read."""

import pytest

from scheduling import bookings, orders
from scheduling.errors import WrongState
from scheduling.models import Order
from scheduling.rules.cosignature import Signature
from tests.races.crowd import crowd, deadlocks
from tests.world import NOW, a_booking, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4


def test_of_physicians_who_sign_and_decline_at_once_one_counts():
    injection = a_booking(an_order(by=a_user("nurse")))
    order, seen = injection.order, injection.order.entered_at
    physicians, broken = [a_user("physician") for _ in range(MANY)], deadlocks()

    def act(number, barrier):
        by = {"order": Order.objects.get(pk=order.pk), "seen": seen, "by": physicians[number]}
        barrier.wait()
        try:
            if number % 2:
                orders.decline(**by, why="not mine", at=NOW)
            else:
                orders.cosign(**by, at=NOW)
        except WrongState:
            return "late"
        return physicians[number].pk

    said = crowd(MANY, act)

    order.refresh_from_db()
    assert sorted(map(str, said)) == sorted(["late"] * (MANY - 1) + [str(order.signature_by_id)])
    stands = order.signature is Signature.SIGNED
    assert bool(bookings.live(order)) is stands
    assert deadlocks() == broken
