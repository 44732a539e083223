"""Pages about an order."""

import pytest
from django.urls import reverse

from scheduling.forms.screening import _resting
from scheduling.models import AnticoagulantDecision, Order
from scheduling.rules.procedure import Drug, Side
from scheduling.rules.screening import QUESTIONS
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db


def filled(by, **changes):
    """The new-order form as a desk fills it in."""
    sent = {
        "physician": by.pk,
        "side": "left",
        "intent": "diagnostic",
        "block": "first",
        "target": "intra_articular",
        "guidance": "fluoroscopy",
        "sedation": "none",
        "premedication": "none",
        "agents-TOTAL_FORMS": "2",
        "agents-INITIAL_FORMS": "0",
        "agents-0-drug": "bupivacaine",
        "agents-0-concentration": "0.5",
        "agents-0-volume": "2",
        "agents-1-drug": "iohexol",
        "agents-1-volume": "0.5",
    }
    answers = {f"screening-{name}": said for name, said in screened().items()}
    return sent | answers | {name.replace("__", "-"): value for name, value in changes.items()}


def screened():
    every = {question: _resting(question) for question in QUESTIONS if "_plan" not in question}
    return every | world.NOTHING_TO_REPORT


@pytest.fixture
def at_desk(desk):
    """The desk at a new patient's order form."""
    patient = world.a_patient()
    desk.address = reverse("order_new", args=[patient.reference])
    return desk


def test_an_order_is_placed_and_leads_to_the_finder(at_desk):
    answer = at_desk.post(at_desk.address, filled(world.a_user("physician")))

    order = Order.objects.get()
    assert answer["Location"] == reverse("book", args=[order.reference])
    assert order.side is Side.LEFT
    assert order.screening["diabetes"] == "none"
    assert {line.drug for line in order.agents.all()} == {Drug.BUPIVACAINE, Drug.IOHEXOL}


def test_no_side_is_chosen_beforehand(at_desk):
    page = at_desk.get(at_desk.address).content.decode()

    assert 'name="side"' in page
    assert "checked" not in page


def test_an_order_without_a_side_is_refused_beside_the_field(at_desk):
    sent = filled(world.a_user("physician"))
    del sent["side"]

    answer = at_desk.post(at_desk.address, sent)

    assert answer.status_code == 422
    assert '<a href="#id_side">Side</a>: Choose one.' in read(answer)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("side", "up", "Select a valid choice"),
        ("intent", "curiosity", "Select a valid choice"),
        ("block", "not_applicable", "first or the confirmatory"),
        ("physician", "0", "Select a valid choice"),
        ("physician", "x", "Select a valid choice"),
        ("sedation", "", "Choose one."),
        ("agents__0__drug", "cocaine", "Select a valid choice"),
        ("agents__0__drug", "", "Name the drug these amounts belong to."),
        ("agents__0__volume", "-1", "greater than or equal to 0.01"),
        ("agents__0__volume", "NaN", "Enter a number."),
        ("agents__0__volume", "1e400", "digits"),
        ("agents__1__drug", "bupivacaine", "listed twice"),
        ("agents__TOTAL_FORMS", "x", "ManagementForm data is missing"),
        ("screening__diabetes", "often", "Select a valid choice"),
    ],
)
def test_garbage_in_an_order_is_a_sentence_and_no_order(at_desk, field, value, sentence):
    answer = at_desk.post(at_desk.address, filled(world.a_user("physician"), **{field: value}))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Order.objects.exists()


def test_a_diagnostic_order_without_an_anaesthetic_is_refused(at_desk):
    sent = filled(world.a_user("physician"), agents__0__drug="", agents__0__volume="")

    answer = at_desk.post(at_desk.address, sent | {"agents-0-concentration": ""})

    assert answer.status_code == 422
    assert "needs an anaesthetic" in answer.content.decode()


def test_a_desk_cannot_record_a_physicians_plan(at_desk):
    sent = filled(world.a_user("physician"), screening__contrast_plan="recorded")

    at_desk.post(at_desk.address, sent)

    assert Order.objects.get().screening.get("contrast_plan", "none") == "none"


def test_a_physicians_own_name_is_preset_and_the_plan_can_be_recorded(physician):
    patient = world.a_patient()

    page = physician.get(reverse("order_new", args=[patient.reference])).content.decode()

    assert f'value="{physician.user.pk}" selected' in page
    assert 'name="screening-contrast_plan"' in page


def test_a_nurse_amends_an_order_with_a_reason(nurse):
    order = world.an_order()
    sent = filled(order.physician, side="right", why="Read back with the physician")

    nurse.post(reverse("order_amend", args=[order.reference]), sent)

    order.refresh_from_db()
    assert (order.side, order.amended_why) == (Side.RIGHT, "Read back with the physician")


def test_amending_without_a_reason_changes_nothing(nurse):
    order = world.an_order()

    answer = nurse.post(
        reverse("order_amend", args=[order.reference]), filled(order.physician, side="right")
    )

    order.refresh_from_db()
    assert answer.status_code == 422
    assert order.side is Side.LEFT


def test_a_desk_does_not_amend_an_order(desk):
    order = world.an_order()

    assert desk.get(reverse("order_amend", args=[order.reference])).status_code == 403


def test_amending_what_was_withdrawn_is_a_conflict_with_a_way_on(nurse):
    order = world.an_order()
    address = reverse("order_withdraw", args=[order.reference])
    nurse.post(address, {"why": "Ordered twice"})

    answer = nurse.post(address, {"why": "Ordered twice"})

    assert answer.status_code == 409
    assert reverse("order", args=[order.reference]) in answer.content.decode()


def test_a_physician_signs_a_hold_by_the_patients_clock(physician, noon):
    order = world.an_order()
    sent = {"decision": "hold", "drug": "apixaban", "prescriber": "Dr Vale"}
    sent |= {"last_dose_at": "2026-03-13T08:00", "restart_on": "2026-03-17"}

    physician.post(reverse("order_anticoagulant", args=[order.reference]), sent)

    decision = AnticoagulantDecision.objects.get()
    assert decision.last_dose_at == world.local("2026-03-13 08:00")
    assert decision.signed_by == physician.user


def test_a_hold_without_its_dates_is_refused(physician):
    order = world.an_order()
    sent = {"decision": "hold", "drug": "apixaban", "prescriber": "Dr Vale"}

    answer = physician.post(reverse("order_anticoagulant", args=[order.reference]), sent)

    assert answer.status_code == 422
    assert "A hold names the last dose" in answer.content.decode()


def test_nobody_but_a_physician_decides_about_a_blood_thinner(nurse):
    order = world.an_order()

    assert nurse.get(reverse("order_anticoagulant", args=[order.reference])).status_code == 403


def test_a_time_that_the_clocks_skip_is_refused(physician):
    order = world.an_order()
    sent = {"decision": "hold", "drug": "apixaban", "prescriber": "Dr Vale"}
    sent |= {"last_dose_at": "2026-03-08T02:30", "restart_on": "2026-03-17"}

    answer = physician.post(reverse("order_anticoagulant", args=[order.reference]), sent)

    assert answer.status_code == 422
    assert "may not exist" in answer.content.decode()


def test_the_order_page_shows_what_was_answered(desk):
    order = world.an_order(screening=world.NOTHING_TO_REPORT | {"anticoagulant": "doac"})

    page = desk.get(reverse("order", args=[order.reference])).content.decode()

    assert "DOAC" in page
    assert "Bupivacaine 0.5 %, 2 mL" in page
