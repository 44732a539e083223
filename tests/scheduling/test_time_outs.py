"""Before the needle: two identifiers, the side with the patient, and the driver."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from scheduling import bookings
from scheduling.bookings import JointFacts, WrongState
from scheduling.models import TimeOut
from scheduling.rules.procedure import Side
from scheduling.rules.time_out import Identifier
from tests.world import START, a_booking, a_user

pytestmark = pytest.mark.django_db


def an_arrival(**ordered):
    return bookings.arrive(injection=a_booking(**ordered), by=None, at=START)


def time_out(injection, **facts):
    said = {
        "identifiers": [Identifier.NAME, Identifier.BIRTH_DATE],
        "side": injection.side,
        "driver_seen": True,
        "by": None,
        "at": START,
    }
    return bookings.time_out(injection=injection, **said | facts)


def test_a_time_out_keeps_who_checked_what_and_when():
    nurse, injection = a_user("nurse"), an_arrival()

    time_out(injection, by=nurse)

    kept = TimeOut.objects.get(injection=injection)
    assert set(kept.identifiers) == {Identifier.NAME, Identifier.BIRTH_DATE}
    assert (kept.side, kept.driver_seen, kept.by, kept.at) == (Side.LEFT, True, nurse, START)


def test_a_driver_nobody_looked_for_stays_unknown():
    assert time_out(an_arrival(), driver_seen=None).driver_seen is None


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"identifiers": [Identifier.NAME]}, "identifiers", "two identifiers"),
        ({"identifiers": [Identifier.NAME, Identifier.NAME]}, "identifiers", "two identifiers"),
        ({"identifiers": ["name", "bed"]}, "identifiers", "is not known"),
        ({"side": Side.RIGHT}, "side", "Booked is left, and the patient says right: stop."),
        ({"side": Side.BILATERAL}, "side", "the patient says bilateral: stop."),
        ({"side": ""}, "side", "Nothing was chosen"),
    ],
)
def test_a_time_out_that_fails_is_refused_and_nothing_is_kept(facts, field, sentence):
    injection = an_arrival()

    with pytest.raises(ValidationError) as refused:
        time_out(injection, **facts)

    assert sentence in refused.value.message_dict[field][0]
    assert not TimeOut.objects.exists()


def test_a_time_out_is_done_with_the_patient_here():
    with pytest.raises(WrongState, match="would have to be arrived"):
        time_out(a_booking())


def test_a_second_time_out_takes_the_place_of_the_first_and_history_keeps_both():
    injection = an_arrival()
    time_out(injection, driver_seen=False)

    kept = time_out(injection)

    assert TimeOut.objects.get().driver_seen is True
    assert kept.events.count() == 2


def test_an_arrival_that_is_undone_takes_back_what_was_checked_and_measured():
    injection = an_arrival()
    time_out(injection)
    joints = [JointFacts(Side.LEFT, 7, START)]
    bookings.take_baseline(injection=injection, joints=joints, by=None, at=START)

    bookings.undo_arrival(injection=injection, by=None, at=START)

    assert not TimeOut.objects.exists()
    assert not injection.joints.exists()


@pytest.mark.parametrize("identifiers", [["name"], []])
def test_the_database_knows_two_identifiers_too(identifiers):
    injection = an_arrival()

    with pytest.raises(IntegrityError):
        TimeOut.objects.create(
            injection=injection, identifiers=identifiers, side=Side.LEFT, at=START
        )
