"""Find a time, book it, move it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.finding.resources import Opening
from scheduling.forms.booking import OpeningForm
from scheduling.models import Injection, Reservation
from scheduling.people import emergency
from scheduling.rules.procedure import Guidance, Intent
from scheduling.templatetags.words import moment
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db


def sent(order, location, start=world.START, **changes):
    """The hidden fields of one opening."""
    resources = world.free_resources(order, location, start)
    fields = OpeningForm.hidden(Opening(start, start, resources))
    return fields | {"location": location.pk} | changes


@pytest.fixture
def location(noon):
    return world.a_location()


@pytest.fixture
def order():
    return world.an_order()


def test_the_finder_offers_the_first_ten_openings_with_weekday_and_zone(desk, order, location):
    page = desk.get(reverse("book", args=[order.reference])).content.decode()

    assert "The first 10 openings" in page
    assert "Tue 3 Mar 2026, 07:00 EST" in page


def test_the_finder_starts_with_the_ordering_physician(desk, order, location):
    own = location.resources.filter(kind="physician").last()
    own.user = order.physician
    own.save()

    page = desk.get(reverse("book", args=[order.reference])).content.decode()

    assert f'value="{own.pk}" selected' in page


def test_the_finder_says_why_it_offers_nothing_earlier(desk, order, location):
    page = desk.get(reverse("book", args=[order.reference])).content.decode()

    assert f"Nothing before {moment(world.NOW + timedelta(hours=8), location.zone)}" in page
    assert "holding pain pills takes 8 hours" in page
    assert "Starts until 12:15 come first: the 8-hour diary" in page


def test_openings_begin_not_before_the_day_asked_for(desk, order, location):
    asked = {"location": location.pk, "physician": "", "after": "2026-03-20"}

    page = desk.get(reverse("book", args=[order.reference]), asked).content.decode()

    assert "Fri 20 Mar 2026" in page
    assert "Thu 19 Mar 2026" not in page


@pytest.mark.parametrize(
    "asked",
    [
        {"after": "soon"},
        {"physician": "x"},
        {"start": "soon"},
        {"start": "2026-03-08T02:30"},
        {"start": "2026-03-16T09:00:00+00:00", "suite": "0"},
    ],
)
def test_garbage_in_the_finder_is_a_sentence(desk, order, location, asked):
    answer = desk.get(reverse("book", args=[order.reference]), asked)

    assert answer.status_code == 422
    assert "Nothing was saved yet" in answer.content.decode()


def test_a_chosen_opening_shows_side_and_checks_before_booking(desk, location):
    order = world.an_order(screening=world.NOTHING_TO_REPORT | {"anticoagulant": "warfarin"})

    page = desk.get(reverse("book", args=[order.reference]), sent(order, location))

    assert "Book this time?" in page.content.decode()
    assert "Obtain the prescriber" in page.content.decode()
    assert not Injection.objects.exists()


def test_booking_an_opening_leads_to_the_injection(desk, order, location):
    answer = desk.post(reverse("book", args=[order.reference]), sent(order, location))

    injection = Injection.objects.get()
    assert injection.start == world.START
    assert answer["Location"] == reverse("injection", args=[injection.reference])


def test_the_history_of_a_booking_names_who_booked(desk, order, location):
    desk.post(reverse("book", args=[order.reference]), sent(order, location))

    event = Injection.objects.get().events.select_related("pgh_context").latest("pgh_id")
    assert event.pgh_context.metadata["user"] == desk.user.pk
    assert event.pgh_context.metadata["page"] == "book"


def test_a_taken_opening_is_a_409_with_alternatives_one_press_away(desk, order, location):
    chosen = sent(order, location)
    for _ in range(2):  # both rooms
        world.a_booking(location=location)

    answer = desk.post(reverse("book", args=[order.reference]), chosen)

    page = read(answer)
    assert answer.status_code == 409
    assert "That time is gone" in page
    assert page.count("> Book</button>") == 5


def test_an_alternative_can_be_booked_as_offered(desk, order, location):
    chosen = sent(order, location)
    for _ in range(2):
        world.a_booking(location=location)
    taken = desk.post(reverse("book", args=[order.reference]), chosen)
    opening, hidden = taken.context["alternatives"][0]

    desk.post(reverse("book", args=[order.reference]), hidden | {"location": location.pk})

    assert Injection.objects.get(order=order).start == opening.start


def test_a_hard_stop_is_explained_and_nothing_is_booked(desk, location):
    order = world.an_order(guidance=Guidance.NONE)

    answer = desk.post(reverse("book", args=[order.reference]), sent(order, location))

    assert answer.status_code == 422
    assert "needs imaging guidance" in answer.content.decode()
    assert not Reservation.objects.exists()


def unsigned(location, patient):
    """A block of the same joint whose answer nobody has signed."""
    old = world.an_order(patient, intent=Intent.DIAGNOSTIC)
    start = world.local("2026-03-02 11:00")
    return world.completed(world.a_booking(old, start=start, location=location))


def test_a_stop_that_a_reason_lifts_asks_for_it(desk, order, location):
    unsigned(location, order.patient)
    chosen = sent(order, location)

    answer = desk.post(reverse("book", args=[order.reference]), chosen)

    assert answer.status_code == 422
    assert "Without a reason this stays a stop." in answer.content.decode()


def test_with_a_reason_it_is_booked_and_the_reason_kept(desk, order, location):
    unsigned(location, order.patient)
    chosen = sent(order, location) | {"why-BK-16": "Read by phone, signature follows"}

    desk.post(reverse("book", args=[order.reference]), chosen)

    injection = Injection.objects.get(order=order)
    assert injection.checks.get(code="BK-16").override == "Read by phone, signature follows"


def test_a_booked_order_leads_to_its_injection(desk, order, location):
    injection = world.a_booking(order, location=location)

    answer = desk.get(reverse("book", args=[order.reference]))

    assert answer["Location"] == reverse("injection", args=[injection.reference])


def test_a_time_that_has_passed_is_refused(desk, order, location, noon):
    chosen = sent(order, location)
    noon.at = world.local("2026-03-16 09:01")

    answer = desk.post(reverse("book", args=[order.reference]), chosen)

    assert answer.status_code == 422
    assert "This time has passed." in answer.content.decode()


def test_an_injection_is_moved_to_a_chosen_opening(desk, order, location):
    injection = world.a_booking(order, location=location)
    start = world.local("2026-03-17 08:00")

    desk.post(reverse("injection_move", args=[injection.reference]), sent(order, location, start))

    injection.refresh_from_db()
    assert injection.start == start
    assert injection.revision == 2


def test_moving_to_a_taken_time_is_a_409_and_the_old_time_stands(desk, order, location):
    injection = world.a_booking(order, location=location)
    start = world.local("2026-03-17 08:00")
    chosen = sent(order, location, start)
    for _ in range(2):
        world.a_booking(location=location, start=start)

    answer = desk.post(reverse("injection_move", args=[injection.reference]), chosen)

    injection.refresh_from_db()
    assert answer.status_code == 409
    assert injection.start == world.START


def test_moving_a_cancelled_injection_is_a_conflict(desk, order, location):
    injection = world.a_booking(order, location=location)
    chosen = sent(order, location, world.local("2026-03-17 08:00"))
    desk.post(reverse("injection_cancel", args=[injection.reference]), {"why": "Ill"})

    answer = desk.post(reverse("injection_move", args=[injection.reference]), chosen)

    assert answer.status_code == 409
    assert "cancelled" in answer.content.decode()


def test_without_a_location_the_page_says_what_an_administrator_does(desk, order, noon):
    desk.user.locations.clear()
    facts = {"patient": order.patient, "by": desk.user, "at": noon.at}
    emergency.give_access(reason="The patient is here and bleeds", **facts)

    page = desk.get(reverse("book", args=[order.reference])).content.decode()

    assert "No location yet" in page


def test_a_time_by_the_clinics_clock_that_was_not_offered_can_be_chosen(desk, order, location):
    typed = sent(order, location) | {"start": "2026-03-16T09:05"}

    desk.post(reverse("book", args=[order.reference]), typed)

    assert Injection.objects.get().start == world.local("2026-03-16 09:05")


def overbooked(client, order, location):
    """Somebody books over both rooms, with a reason."""
    chosen = sent(order, location)
    for _ in range(2):
        world.a_booking(location=location)
    why = {"overbook_why": "Needs relief before travelling"}
    return client.post(reverse("book", args=[order.reference]), chosen | why)


def test_a_physician_overbooks_with_a_reason_in_their_own_name(physician, order, location):
    overbooked(physician, order, location)

    resources = Reservation.objects.filter(injection__order=order)
    assert {row.overbooked_why for row in resources} == {"Needs relief before travelling"}
    assert {row.overbooked_by for row in resources} == {physician.user}


def test_a_desk_does_not_overbook(desk, order, location):
    answer = overbooked(desk, order, location)

    assert answer.status_code == 409
    assert not Reservation.objects.filter(injection__order=order).exists()
