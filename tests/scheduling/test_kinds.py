"""Which kinds of resource an injection needs is said in one place, and everything follows."""

import pytest
from django.urls import reverse

from scheduling.errors import SlotTaken
from scheduling.finding import finder, resources
from scheduling.finding.resources import kinds_needed
from scheduling.forms.booking import OpeningForm
from scheduling.models import ResourceKind
from tests.scheduling.desk import book
from tests.world import (
    NOW,
    START,
    a_booking,
    a_location,
    a_resource,
    a_user,
    an_order,
    free_resources,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurses_needed(monkeypatch):
    """From now on every injection needs a nurse too."""

    def with_nurse(guidance):
        return (*kinds_needed(guidance), ResourceKind.NURSE)

    for module in (resources, finder, "scheduling.bookings.changes", "scheduling.forms.booking"):
        name = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{name}.kinds_needed", with_nurse)


def test_a_new_kind_is_searched_reserved_and_taken(nurses_needed):
    location = a_location(rooms=2)
    assert finder.find(order=an_order(), location=location, after=NOW) == []
    nurse = a_resource(location, "nurse")

    injection = a_booking(location=location)

    held = injection.reservations.get(resource=nurse)
    suite = injection.reservations.get(resource__kind="suite")
    assert held.during == suite.during
    assert finder.assign(order=an_order(), location=location, start=START) is None


def test_a_new_kind_can_be_chosen_by_hand_and_must_be(nurses_needed):
    location, order = a_location(), an_order()
    nurse = a_resource(location, "nurse")
    chosen = free_resources(order, location, START)
    sent = {each.kind.value: each.pk for each in chosen} | {"start": START.isoformat()}

    assert nurse in OpeningForm.by_hand(order=order, location=location).fields["nurse"].queryset
    assert OpeningForm(sent, order=order, location=location).is_valid()
    del sent["nurse"]
    form = OpeningForm(sent, order=order, location=location)
    assert form.errors == {"nurse": ["This field is required."]}


def test_a_new_kind_cannot_be_booked_twice(nurses_needed):
    location = a_location(rooms=2)
    a_resource(location, "nurse")
    chosen = free_resources(an_order(), location, START)
    book(an_order(), location, resources=chosen)

    with pytest.raises(SlotTaken, match="nurse"):
        book(an_order(), location, resources=chosen)


def test_a_new_kind_has_its_column_on_the_board(nurses_needed, client):
    location = a_location()
    nurse = a_resource(location, "nurse", "Nurse Ada")
    injection = a_booking(location=location)
    client.force_login(a_user("desk"))

    page = client.get(reverse("day"), {"location": location.pk, "day": injection.start.date()})

    assert nurse.name in page.content.decode()
