"""One day at one location: the board, the list, the sheet."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from psycopg.types.range import TimestamptzRange

from scheduling.models import Access, Closure
from scheduling.views import board
from tests import world

pytestmark = pytest.mark.django_db
ASKED = {"date": "2026-03-16"}


@pytest.fixture
def location(noon):
    return world.a_location()


def test_an_injection_stands_on_the_board_and_in_the_list(desk, location):
    injection = world.a_booking(location=location)

    page = desk.get(reverse("day"), ASKED).content.decode()

    address = reverse("injection", args=[injection.reference])
    assert page.count(address) == 4 + 1  # physician, suite, C-arm, bay; and the list


def test_a_days_page_costs_the_same_however_full_it_is(desk, location, queries):
    world.a_booking(location=location)
    one = queries(lambda: desk.get(reverse("day"), ASKED))
    for hour in ("10:00", "11:00", "12:00"):
        world.a_booking(location=location, start=world.local(f"2026-03-16 {hour}"))

    assert queries(lambda: desk.get(reverse("day"), ASKED)) == one


def test_everybody_on_the_board_is_written_down_as_looked_at(desk, location):
    injection = world.a_booking(location=location)

    desk.get(reverse("day"), ASKED)

    assert Access.objects.get(page="day").patient == injection.patient


@pytest.mark.parametrize(
    "asked", [{"date": "soon"}, {"date": "0000-00-00"}, {"location": "x"}, {"location": "0"}]
)
def test_garbage_in_the_address_is_a_sentence_above_today(desk, location, asked):
    answer = desk.get(reverse("day"), asked)

    assert answer.status_code == 422
    assert "Mon 2 Mar 2026" in answer.content.decode()


def test_an_empty_day_says_how_to_book(desk, location):
    assert "No injections on this day" in desk.get(reverse("day"), ASKED).content.decode()


def test_the_sheet_carries_what_the_room_must_know(desk, location):
    answers = world.NOTHING_TO_REPORT | {"anticoagulant": "warfarin", "contrast_reaction": "mild"}
    patient = world.a_patient(mobile="+12175550100")
    world.a_booking(world.an_order(patient, screening=answers), location=location)

    page = desk.get(reverse("day_sheet"), ASKED).content.decode()

    for shown in ("09:00", str(patient), "12 Apr 1960", patient.mrn, "217-555-0100", "Left"):
        assert shown in page
    assert "Blood thinner: Warfarin" in page
    assert "Past reaction to contrast dye: Mild" in page


def test_what_nobody_asked_yet_is_said_on_the_sheet_not_passed_over(desk, location):
    world.a_booking(world.an_order(screening={}), location=location)

    page = desk.get(reverse("day_sheet"), ASKED).content.decode()

    assert "Blood thinner: Not known yet" in page


def test_a_cancelled_injection_is_not_on_the_sheet(desk, location):
    injection = world.a_booking(location=location)
    desk.post(reverse("injection_cancel", args=[injection.reference]), {"why": "Ill"})

    page = desk.get(reverse("day_sheet"), ASKED).content.decode()

    assert str(injection.patient) not in page


def drawn(location, day="2026-03-16", closures=(), injections=(), now=world.NOW):
    resources = list(location.resources.filter(kind="suite").prefetch_related("hours"))
    zone = ZoneInfo(location.zone)
    return board.draw(date.fromisoformat(day), zone, resources, injections, closures, now)


def test_the_board_hatches_what_is_closed_by_the_locations_clock(location):
    suite = location.resources.filter(kind="suite").first()
    noon = TimestamptzRange(world.local("2026-03-16 12:00"), world.local("2026-03-16 13:00"))
    closure = Closure.objects.create(resource=suite, during=noon, reason="Service")

    column = drawn(location, closures=[closure]).columns[0]

    assert [round(box.height / board.PIXELS_A_MINUTE) for box in column.closed] == [60]


def test_the_board_grows_to_the_earliest_and_latest_hour(noon):
    from datetime import time

    early = world.a_location(opens=time(5, 30), closes=time(21))

    hours = drawn(early).hours

    assert (hours[0].label, hours[-1].label) == ("05:00", "21:00")


def test_turnover_is_drawn_apart_from_the_procedure(location):
    injection = world.a_booking(location=location)

    cards = [
        card for column in drawn(location, injections=[injection]).columns for card in column.cards
    ]

    assert round((cards[0].whole.height - cards[0].core.height) / board.PIXELS_A_MINUTE) == 10


@pytest.mark.parametrize(("day", "shown"), [("2026-03-16", True), ("2026-03-17", False)])
def test_the_marker_of_now_stands_on_today_alone(location, day, shown):
    now = world.local("2026-03-16 10:00")

    assert (drawn(location, day, now=now).now is not None) is shown


def test_a_closure_over_days_shuts_the_whole_day(location):
    suite = location.resources.filter(kind="suite").first()
    days = TimestamptzRange(world.local("2026-03-10 00:00"), world.local("2026-03-20 00:00"))
    closure = Closure.objects.create(resource=suite, during=days, reason="Rebuilding")

    column = drawn(location, closures=[closure]).columns[0]

    assert len(column.closed) == 1
    assert round(column.closed[0].height / board.PIXELS_A_MINUTE) == 12 * 60
