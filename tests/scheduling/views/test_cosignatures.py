"""Pages on which a physician co-signs or declines, and where others see what waits."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Access, Order, TaskKind
from scheduling.rules.cosignature import Signature
from scheduling.rules.procedure import InjectionState, Sedation
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db
PASSWORD = "rain-over-the-lake-7"
WAITS = "Waits for co-signature"


@pytest.fixture
def named(physician, noon):
    """The physician in whose name the orders are entered."""
    return physician


def an_order(physician, **fields):
    by = fields.pop("by", None) or world.a_user("desk", first_name="Dana")
    return world.an_order(physician=physician, by=by, **fields)


def seen(order):
    return {"seen": order.entered_at.isoformat()}


def cosign(client, order, back="list", **sent):
    address = reverse("order_cosign", args=[order.reference])
    return client.post(address, seen(order) | {"back": back} | sent)


def test_the_page_shows_everything_that_a_signature_stands_for(named):
    order = an_order(
        named.user,
        sedation=Sedation.MODERATE_IV,
        agents=(world.BUPIVACAINE, world.METHYLPREDNISOLONE, world.CONTRAST),
        screening=world.NOTHING_TO_REPORT | {"anticoagulant": "warfarin"},
    )

    page = read(named.get(reverse("cosignatures")))

    for words in ("Left", "Diagnostic, first block", "Intra-articular, Fluoroscopy"):
        assert words in page
    for words in ("Moderate (IV)", "Bupivacaine 0.5 %, 2 mL", "Methylprednisolone 40 mg"):
        assert words in page
    assert f"{order.patient}</h2>" in page
    assert "Dana Desk" in page
    assert "warfarin" in page.lower()
    assert Access.objects.get(page="cosignatures").patient == order.patient


def test_ones_own_stand_first_and_what_only_others_sign_has_no_button(named):
    theirs, mine = an_order(world.a_user("physician")), an_order(named.user)

    page = read(named.get(reverse("cosignatures")))

    assert page.index(str(mine.patient)) < page.index(str(theirs.patient))
    assert reverse("order_cosign", args=[mine.reference]) in page
    assert reverse("order_cosign", args=[theirs.reference]) not in page
    assert f"Only {theirs.physician.display_name} co-signs this order." in page


def test_an_empty_page_says_what_comes_here(named):
    assert "No order waits for a co-signature" in read(named.get(reverse("cosignatures")))


def test_signing_leads_back_to_what_still_waits(named):
    order = an_order(named.user)

    answer = cosign(named, order)

    assert answer["Location"] == reverse("cosignatures")
    order.refresh_from_db()
    assert (order.signature, order.signature_by) == (Signature.SIGNED, named.user)


def test_from_its_own_page_signing_leads_back_there(named):
    order = an_order(named.user)
    page = reverse("order", args=[order.reference])
    assert 'name="back" value="order"' in read(named.get(page))

    assert cosign(named, order, back="order")["Location"] == page
    assert "Signed by" in read(named.get(page))


def test_signing_asks_again_who_somebody_is_and_is_done_afterwards(noon):
    world.an_office()
    user, browser = world.a_user("physician", password=PASSWORD), Client()
    browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})

    asked = cosign(browser, an_order(user))
    unsigned = Order.objects.get().waits_for_signature
    browser.post(asked["Location"], {"password": PASSWORD})

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert unsigned
    assert Access.objects.filter(page="order_cosign").count() == 1
    assert Order.objects.get().signature_by == user


def test_what_changed_since_it_was_read_is_a_conflict(named):
    order = an_order(named.user)

    answer = cosign(named, order, seen=(order.entered_at - timedelta(hours=1)).isoformat())

    assert answer.status_code == 409
    assert "changed since you read it" in read(answer)


@pytest.mark.parametrize("sent", [{}, {"seen": "yesterday"}])
def test_nobody_signs_what_was_not_read(named, sent):
    order = an_order(named.user)

    answer = named.post(reverse("order_cosign", args=[order.reference]), sent)

    assert answer.status_code == 409
    assert Order.objects.get().signature is Signature.WAITING


@pytest.mark.parametrize("page", ["order_cosign", "order_decline"])
def test_desk_and_nurse_neither_cosign_nor_decline(desk, nurse, noon, page):
    order = an_order(world.a_user("physician"))

    for client in (desk, nurse):
        answer = client.post(reverse(page, args=[order.reference]), seen(order) | {"why": "x"})
        assert answer.status_code == 403
        assert client.get(reverse("cosignatures")).status_code == 403
        shown = read(client.get(reverse("order", args=[order.reference])))
        assert reverse("order_cosign", args=[order.reference]) not in shown


def test_another_physician_cannot_decline_what_is_not_booked(named):
    order = an_order(world.a_user("physician"))

    assert named.get(reverse("order_decline", args=[order.reference])).status_code == 403


def test_declining_says_what_becomes_of_the_booking_and_does_it(named):
    injection = world.a_booking(an_order(named.user))
    address = reverse("order_decline", args=[injection.order.reference])
    page = read(named.get(address))
    assert "is cancelled</b>, and the patient is told" in page

    answer = named.post(address, seen(injection.order) | {"why": "Never ordered"})

    assert answer["Location"] == reverse("cosignatures")
    injection.refresh_from_db()
    assert injection.state is InjectionState.CANCELLED
    page = read(named.get(reverse("order", args=[injection.order.reference])))
    assert f"Declined by {named.user.display_name}" in page


def test_declining_without_a_reason_is_refused_beside_the_field(named):
    order = an_order(named.user)

    answer = named.post(reverse("order_decline", args=[order.reference]), seen(order))

    assert answer.status_code == 422
    assert Order.objects.get().signature is Signature.WAITING


def test_an_order_that_does_not_wait_is_not_declined(named):
    order = world.an_order(physician=named.user)

    assert named.get(reverse("order_decline", args=[order.reference])).status_code == 409


def test_every_page_of_the_way_says_that_it_waits(desk, noon):
    order, location = an_order(world.a_user("physician")), world.a_location()
    assert WAITS in read(desk.get(reverse("book", args=[order.reference])))
    injection = world.a_booking(order, location=location)
    day = {"location": injection.location_id, "date": f"{world.START:%Y-%m-%d}"}

    for page in (
        desk.get(reverse("order", args=[order.reference])),
        desk.get(reverse("patient", args=[order.patient.reference])),
        desk.get(reverse("injection", args=[injection.reference])),
        desk.get(reverse("day"), day),
        desk.get(reverse("day_sheet"), day),
    ):
        assert WAITS in read(page)
    assert "09:00 ▲ co-sign" in read(desk.get(reverse("day"), day))


def test_where_the_signature_comes_before_booking_the_search_says_so(desk, noon):
    order = an_order(world.a_user("physician"))
    world.a_location(policy={"cosign_before": "booking"})

    assert "booked once it is signed" in read(desk.get(reverse("book", args=[order.reference])))


def test_a_signed_order_says_nothing_of_waiting(desk, noon):
    injection = world.a_booking()

    assert WAITS not in read(desk.get(reverse("injection", args=[injection.reference])))


def test_the_desk_is_told_that_what_it_entered_waits(desk, noon):
    from tests.scheduling.views.test_orders import filled

    physician, patient = world.a_user("physician"), world.a_patient()
    address = reverse("order_new", args=[patient.reference])

    page = read(desk.post(address, filled(physician), follow=True))

    assert f"waits for the co-signature of {physician.display_name}" in page


def test_the_procedure_is_refused_on_its_page_with_what_to_do(nurse, noon):
    injection = world.a_booking(an_order(world.a_user("physician")))
    noon.at = world.START
    nurse.post(reverse("injection_arrive", args=[injection.reference]))
    said = {"identifiers": ["name", "birth_date"], "side": "left", "driver_seen": "unknown"}

    answer = nurse.post(reverse("injection_time_out", args=[injection.reference]), said)

    assert answer.status_code == 422
    assert "open the order and co-sign it there" in read(answer)


def test_the_task_leads_to_the_order_and_has_no_button(named, nurse):
    order = an_order(named.user)
    task = order.patient.tasks.get(kind=TaskKind.COSIGNATURE)

    page = read(named.get(reverse("worklist")))

    assert f"{reverse('cosignatures')}#order-{order.reference}" in page
    assert reverse("task_finish", args=[task.pk]) not in page
    assert "For: physician" in read(nurse.get(reverse("worklist"), {"queue": "physician"}))
    finished = named.post(reverse("task_finish", args=[task.pk]), {"outcome": "x"})
    assert finished.status_code == 403


def test_what_a_signature_finished_is_not_opened_again_by_hand(named):
    order = an_order(named.user)
    cosign(named, order)
    task = order.patient.tasks.get(kind=TaskKind.COSIGNATURE)

    assert "Undo: Co-sign" not in read(named.get(reverse("worklist")))
    assert named.post(reverse("task_reopen", args=[task.pk])).status_code == 403
