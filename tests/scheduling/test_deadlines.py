"""By when a person answers a patient."""

from datetime import timedelta

import pytest

from scheduling import deadlines
from scheduling.models import Location
from scheduling.policy import shipped
from tests.world import NOW, a_booking

DEADLINES = {
    deadlines.call_back: ("call_back_h", "hours"),
    deadlines.read_note: ("note_read_h", "hours"),
    deadlines.ask_about_flare: ("flare_call_days", "days"),
    deadlines.sign_again: ("signature_again_days", "days"),
    deadlines.cosign: ("cosign_due_h", "hours"),
}


def with_settings(**policy):
    injection = a_booking()
    Location.objects.filter(pk=injection.location_id).update(policy=policy)
    injection.location.refresh_from_db()
    return injection


@pytest.mark.django_db
@pytest.mark.parametrize("deadline", DEADLINES, ids=lambda each: each.__name__)
def test_each_deadline_is_the_locations_own_setting(deadline):
    name, unit = DEADLINES[deadline]

    due = deadline(with_settings(**{name: 7}), NOW)

    assert due == NOW + timedelta(**{unit: 7})


@pytest.mark.django_db
@pytest.mark.parametrize("deadline", DEADLINES, ids=lambda each: each.__name__)
def test_settings_that_cannot_be_read_hold_up_no_task(deadline):
    name, unit = DEADLINES[deadline]

    due = deadline(with_settings(**{name: "soon"}), NOW)

    assert due == NOW + timedelta(**{unit: getattr(shipped(), name)})


def test_somebody_we_do_not_know_is_called_by_the_shipped_hours():
    assert deadlines.call_back(None, NOW) == NOW + timedelta(hours=shipped().call_back_h)
