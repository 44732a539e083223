"""The builders that all other tests stand on."""

import pytest

from scheduling.rules.procedure import InjectionState
from tests.world import a_booking, completed

pytestmark = pytest.mark.django_db


def test_a_booking_holds_physician_suite_c_arm_and_bay():
    injection = a_booking()

    held = {row.resource.kind for row in injection.reservations.all()}
    assert held == {"physician", "suite", "c_arm", "bay"}


def test_a_completed_booking_has_one_row_a_joint():
    injection = completed(a_booking(side="bilateral"))

    assert injection.state is InjectionState.COMPLETED
    assert [joint.side for joint in injection.joints.order_by("side")] == ["left", "right"]
