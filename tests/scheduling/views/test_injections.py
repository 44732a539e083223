"""The page of one injection and what can be done from it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Access
from scheduling.rules.procedure import InjectionState, Sedation, Side
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def injection(noon):
    return world.a_booking()


def at(page, injection):
    return reverse(page, args=[injection.reference])


def test_the_page_names_patient_birth_date_mrn_side_and_state(desk, injection):
    page = desk.get(at("injection", injection)).content.decode()

    for shown in (str(injection.patient), "12 Apr 1960", injection.patient.mrn, "Left", "Booked"):
        assert shown in page


def test_looking_at_an_injection_is_written_down(desk, injection):
    desk.get(at("injection", injection))

    row = Access.objects.get(patient=injection.patient, page="injection")
    assert row.user == desk.user


def test_the_page_costs_the_same_after_much_history(desk, injection, queries):
    before = queries(lambda: desk.get(at("injection", injection)))
    for name in ("Ann", "Bea", "Cyd"):
        desk.post(at("injection_driver", injection), {"name": name, "phone": ""})

    # The names of those who changed it are one query more, however many.
    assert len(queries(lambda: desk.get(at("injection", injection)))) <= len(before) + 1


def test_confirming_records_how(desk, injection):
    desk.post(at("injection_confirm", injection), {"how": "phone"})

    injection.refresh_from_db()
    assert injection.confirmed_how == "phone"


def test_a_driver_is_named_with_a_number(desk, injection):
    sent = {"name": "Lee Park", "phone": "217 555 0142"}

    desk.post(at("injection_driver", injection), sent)

    injection.refresh_from_db()
    assert (injection.driver_name, injection.driver_phone) == ("Lee Park", "+12175550142")


def test_history_tells_what_changed_and_who_changed_it(desk, injection):
    desk.post(at("injection_driver", injection), {"name": "Lee Park", "phone": ""})

    page = desk.get(at("injection", injection)).content.decode()

    assert "Driver: Lee Park." in page
    assert desk.user.display_name in page


def test_cancelling_needs_a_reason(desk, injection):
    answer = desk.post(at("injection_cancel", injection), {"why": " "})

    injection.refresh_from_db()
    assert answer.status_code == 422
    assert injection.state is InjectionState.BOOKED


def test_cancelling_frees_everything(desk, injection):
    desk.post(at("injection_cancel", injection), {"why": "Patient is ill"})

    injection.refresh_from_db()
    assert injection.state is InjectionState.CANCELLED
    assert not injection.reservations.filter(live=True).exists()


def test_arriving_twice_is_a_conflict_not_an_error(desk, injection, noon):
    noon.at = injection.start
    desk.post(at("injection_arrive", injection))

    answer = desk.post(at("injection_arrive", injection))

    assert answer.status_code == 409
    assert "arrived" in answer.content.decode()


def test_an_arrival_is_undone_by_a_button_and_history_tells(desk, injection, noon):
    noon.at = injection.start
    desk.post(at("injection_arrive", injection))

    desk.post(at("injection_undo_arrival", injection))

    page = desk.get(at("injection", injection)).content.decode()
    assert "Arrival undone." in page
    assert at("injection_arrive", injection) in page


def first_button(client, injection) -> str:
    """The first of the buttons that stand on the page of an injection."""
    page = client.get(at("injection", injection)).content.decode()
    return re.search(r'<div class="actions no-print">.*?>([^<>]*\w[^<>]*)<', page, re.S)[1].strip()


@pytest.mark.parametrize(
    ("moment", "button"),
    [
        ("2026-03-15 23:59", "Confirm…"),
        ("2026-03-16 00:01", "Arrived"),
        ("2026-03-16 23:59", "Arrived"),
        ("2026-03-17 00:01", "Complete…"),
        ("2026-04-01 09:00", "Complete…"),
    ],
)
def test_the_first_button_is_what_the_clinics_day_waits_for(nurse, injection, noon, moment, button):
    noon.at = world.local(moment)

    assert first_button(nurse, injection) == button


def test_an_arrived_injection_whose_day_is_over_is_still_completed_first(nurse, injection, noon):
    noon.at = injection.start
    nurse.post(at("injection_arrive", injection))
    noon.at = injection.start + timedelta(days=2)

    page = nurse.get(at("injection", injection)).content.decode()

    assert first_button(nurse, injection) == "Complete…"
    assert at("injection_abort", injection) in page


def test_an_injection_of_yesterday_is_completed_with_a_t0_that_nobody_presumed(
    nurse, injection, noon
):
    noon.at = injection.start + timedelta(days=1)

    page = nurse.get(at("injection_complete", injection)).content.decode()
    nurse.post(at("injection_complete", injection), done())

    injection.refresh_from_db()
    assert 'value="2026-03-' not in page
    assert injection.state is InjectionState.COMPLETED


def test_an_injection_becomes_a_no_show_only_after_a_while(desk, injection, noon):
    noon.at = injection.start + timedelta(minutes=5)
    early = desk.post(at("injection_no_show", injection))
    noon.at = injection.start + timedelta(minutes=20)

    desk.post(at("injection_no_show", injection))

    injection.refresh_from_db()
    assert early.status_code == 409
    assert injection.state is InjectionState.NO_SHOW


def test_a_nurse_aborts_with_a_reason(nurse, injection, noon):
    noon.at = injection.start

    nurse.post(at("injection_abort", injection), {"why": "Fever on arrival", "sedation": "none"})

    injection.refresh_from_db()
    assert (injection.state, injection.reason) == (InjectionState.ABORTED, "Fever on arrival")


def test_changing_the_side_is_a_new_promise(nurse, injection):
    nurse.post(at("injection_side", injection), {"side": "right", "why": "Physician's decision"})

    injection.refresh_from_db()
    assert (injection.side, injection.revision) == (Side.RIGHT, 2)


@pytest.mark.parametrize(
    "page",
    [
        "injection_complete",
        "injection_abort",
        "injection_side",
        "injection_correct",
        "injection_assessment",
        "injection_time_out",
        "injection_awake",
    ],
)
def test_a_desk_records_nothing_clinical(desk, injection, page):
    assert desk.post(at(page, injection)).status_code == 403


CHECKED = {"identifiers": ["name", "birth_date"], "side": "left", "driver_seen": "no"}


@pytest.fixture
def arrived(nurse, injection, noon):
    """A nurse beside a patient who has arrived."""
    noon.at = injection.start
    nurse.post(at("injection_arrive", injection))
    return nurse


def test_the_time_out_starts_with_nothing_chosen_and_is_shown_once_done(arrived, injection):
    empty = arrived.get(at("injection_time_out", injection)).content.decode()

    arrived.post(at("injection_time_out", injection), CHECKED)

    page = " ".join(arrived.get(at("injection", injection)).content.decode().split())
    assert "checked" not in re.sub("Checked|is checked", "", empty)
    assert "patient says left, driver not seen" in page
    assert arrived.user.display_name in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"identifiers": ["name"]}, "two identifiers"),
        ({"identifiers": []}, "two identifiers"),
        ({"side": "right"}, "Booked is left, and the patient says right: stop."),
        ({"driver_seen": ""}, "not looked for"),
    ],
)
def test_a_time_out_that_fails_stops_with_a_sentence(arrived, injection, sent, sentence):
    answer = arrived.post(at("injection_time_out", injection), CHECKED | sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_side_that_is_changed_after_the_time_out_asks_for_another(arrived, injection):
    arrived.post(at("injection_time_out", injection), CHECKED)

    arrived.post(at("injection_side", injection), {"side": "right", "why": "As decided"})

    assert "do it again" in arrived.get(at("injection", injection)).content.decode()


def test_the_assessment_says_what_is_due_and_shows_what_was_measured(arrived, injection):
    before = read(arrived.get(at("injection", injection)))

    arrived.post(at("injection_assessment", injection), {"systolic": "186", "diastolic": "104"})

    after = read(arrived.get(at("injection", injection)))
    again = read(arrived.get(at("injection_assessment", injection)))
    assert "Not measured yet: blood pressure" in before
    assert "Not measured yet" not in after
    assert f"{arrived.user.display_name}: blood pressure 186/104 mmHg" in after
    assert "Blood pressure 186/104 mmHg, limit 180/110: the physician decides." in after
    assert 'value="186"' in again


def test_who_completes_reads_what_the_physician_has_not_decided(arrived, injection):
    arrived.post(at("injection_assessment", injection), {"glucose": "320"})

    page = read(arrived.get(at("injection_complete", injection)))

    assert "Glucose 320 mg/dL: postpone" in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Enter at least one value."),
        ({"systolic": "142"}, "Blood pressure is two numbers: 142/88."),
        ({"systolic": "88", "diastolic": "142"}, "The first number is the higher one: 142/88."),
        ({"systolic": "1420", "diastolic": "88"}, "Write a whole number from 50 to 300"),
        ({"glucose": "6.1"}, "Write a whole number from 10 to 2000"),
        ({"pregnancy_test": "perhaps"}, "perhaps is not one of the available choices"),
    ],
)
def test_an_assessment_that_cannot_be_meant_gets_a_sentence(arrived, injection, sent, sentence):
    answer = arrived.post(at("injection_assessment", injection), sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_an_abort_asks_what_sedation_was_given(arrived, injection):
    silent = arrived.post(at("injection_abort", injection), {"why": "vasovagal"})
    arrived.post(at("injection_abort", injection), {"why": "vasovagal", "sedation": "deep_mac"})

    injection.refresh_from_db()
    assert silent.status_code == 422
    assert injection.sedation_given is Sedation.DEEP_MAC


def done(**changes):
    """The completion form of a left injection at the booked time."""
    sent = {
        "t0": "2026-03-16T09:20",
        "side": "left",
        "sedation": "none",
        "left-baseline": "7",
        "left-rest_score": "3",
        "left-index_activity": "Rising from a chair",
        "left-intra_articular": "yes",
        "agents-TOTAL_FORMS": "1",
        "agents-INITIAL_FORMS": "0",
        "agents-0-drug": "bupivacaine",
        "agents-0-concentration": "0.5",
        "agents-0-volume": "2",
    }
    return sent | {name.replace("__", "-"): value for name, value in changes.items()}


@pytest.fixture
def room(nurse, injection, noon):
    """A nurse in the room, half an hour after the start."""
    noon.at = injection.start + timedelta(minutes=30)
    nurse.address = at("injection_complete", injection)
    return nurse


def test_completing_records_t0_by_the_clinics_clock_side_agents_and_baseline(room, injection):
    room.post(room.address, done())

    injection.refresh_from_db()
    joint = injection.joints.get()
    assert injection.t0 == world.local("2026-03-16 09:20")
    assert injection.performed_side is Side.LEFT
    assert (joint.baseline, joint.rest_score, joint.intra_articular) == (7, 3, True)
    assert injection.agents.get().volume == 2


def test_the_completion_form_presets_agents_but_no_side_and_no_score(room):
    page = room.get(room.address).content.decode()

    assert 'value="bupivacaine" selected' in page
    assert "checked" not in page


def test_both_joints_are_asked_of_a_bilateral_injection(room, injection):
    sent = done(side="bilateral") | {"right-baseline": "5", "right-intra_articular": "unknown"}
    sent |= {"sure_bilateral": "on", "other_side_why": "Both were marked"}

    room.post(room.address, sent)

    joints = {joint.side: joint for joint in injection.joints.all()}
    assert joints[Side.RIGHT].baseline == 5
    assert joints[Side.RIGHT].intra_articular is None


def test_a_baseline_that_was_not_taken_is_said_not_presumed(room, injection):
    sent = done(left__baseline="", left__baseline_missing="on")

    room.post(room.address, sent)

    assert injection.joints.get().baseline is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("t0", "", "This field is required."),
        ("t0", "noon", "Write date and time"),
        ("t0", "2026-03-16T11:20", "T0 is in the future."),
        ("t0", "2026-03-15T09:20", "too far from the booked start"),
        ("t0", "0001-01-01T00:00", "The year must lie"),
        ("side", "", "Choose one."),
        ("side", "middle", "Select a valid choice"),
        ("side", "right", "Booked is left, and right is said to be done."),
        ("sedation", "", "Choose one."),
        ("left__baseline_at", "2026-03-16T09:21", "was taken before T0"),
        ("left__baseline", "", "or tick that none was taken"),
        ("left__baseline", "11", "Select a valid choice"),
        ("left__intra_articular", "", "Choose yes, no or not known."),
        ("agents__0__drug", "", "Name the drug"),
    ],
)
def test_garbage_at_completion_is_a_sentence_and_nothing_is_recorded(
    room, injection, field, value, sentence
):
    answer = room.post(room.address, done(**{field: value}))

    injection.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert injection.state is InjectionState.BOOKED


def test_without_a_side_no_joint_is_judged_and_none_loses_what_was_typed(room, injection):
    page = room.post(room.address, done(side="", left__intra_articular="")).content.decode()

    assert page.count('class="errorlist"') == 1
    kept = re.search(r'<input[^>]*name="left-baseline"[^>]*checked[^>]*>', page)
    assert kept
    assert 'value="7"' in kept[0]


def asked(page: str) -> set[str]:
    """The names of the fields that a page asks for."""
    return set(re.findall(r'<input[^>]*name="(sure_[a-z]+|other_side_why)"', page))


OTHER = {
    "side": "right",
    "right-baseline": "6",
    "right-intra_articular": "yes",
}


def test_another_side_than_booked_is_asked_about_before_it_is_kept(room, injection):
    before = asked(room.get(room.address).content.decode())

    answer = room.post(room.address, done() | OTHER)

    injection.refresh_from_db()
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Booked is left, and right is said to be done." in page
    assert (before, asked(page)) == (set(), {"sure_right", "other_side_why"})
    assert (
        page.index('name="side"') < page.index('name="sure_right"') < page.index("Sedation given")
    )
    assert injection.state is InjectionState.BOOKED


def test_another_side_is_kept_with_a_yes_and_a_reason_that_history_tells(room, injection):
    sure = {"sure_right": "on", "other_side_why": "The right was marked"}

    room.post(room.address, done() | OTHER | sure)

    injection.refresh_from_db()
    assert injection.performed_side is Side.RIGHT
    page = room.get(at("injection", injection)).content.decode()
    assert "Reason: The right was marked." in page


@pytest.mark.parametrize("sure", [{"sure_right": "on"}, {"other_side_why": "marked"}])
def test_a_yes_without_a_reason_or_a_reason_without_a_yes_is_not_enough(room, injection, sure):
    assert room.post(room.address, done() | OTHER | sure).status_code == 422


def test_a_yes_to_one_side_is_no_yes_to_another(room, injection):
    sure = {"sure_right": "on", "other_side_why": "The right was marked"}

    page = room.post(room.address, done() | OTHER | sure | {"side": "bilateral"}).content.decode()

    injection.refresh_from_db()
    assert "sure_bilateral" in asked(page)
    assert injection.state is InjectionState.BOOKED


def test_a_baseline_keeps_the_time_at_which_it_was_taken(room, injection):
    room.post(room.address, done(left__baseline_at="2026-03-16T09:05"))

    assert injection.joints.get().baseline_at == world.local("2026-03-16 09:05")


@pytest.mark.parametrize("target", ["posterior_ligament", "lateral_branch", "rfa"])
def test_beside_the_joint_nobody_is_asked_whether_it_went_inside(nurse, noon, target):
    injection = world.a_booking(target=target)
    noon.at = injection.start + timedelta(minutes=30)
    sent = {name: value for name, value in done().items() if name != "left-intra_articular"}

    page = nurse.get(at("injection_complete", injection)).content.decode()
    nurse.post(at("injection_complete", injection), sent)

    injection.refresh_from_db()
    shown = nurse.get(at("injection", injection)).content.decode()
    assert "inside the joint" not in page
    assert "Inside the joint" not in shown
    assert injection.state is InjectionState.COMPLETED
    assert injection.joints.get().intra_articular is None


@pytest.fixture
def corrector(room, injection):
    """The same nurse at the page that corrects what was done."""
    room.post(room.address, done())
    room.correct = at("injection_correct", injection)
    return room


def test_a_correction_starts_with_what_is_recorded(corrector):
    page = corrector.get(corrector.correct).content.decode()

    assert 'value="2026-03-16T09:20"' in page
    chosen = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]+)"[^>]*checked', page)
    assert set(chosen) == {
        ("side", "left"),
        ("sedation", "none"),
        ("left-baseline", "7"),
        ("left-rest_score", "3"),
        ("left-intra_articular", "yes"),
    }


def test_a_correction_is_told_by_history_fact_by_fact(corrector, injection):
    sent = done(left__baseline="5", left__intra_articular="no", sedation="oral_anxiolytic")
    sent |= {"t0": "2026-03-16T09:15", "agents-0-volume": "1.5", "why": "Read from the monitor"}

    answer = corrector.post(corrector.correct, sent)

    assert answer.status_code == 302
    page = corrector.get(at("injection", injection)).content.decode()
    for told in (
        "T0 corrected to Mon 16 Mar 2026, 09:15 EDT.",
        "Sedation given corrected from none to oral anxiolytic.",
        "Left: baseline 5, inside the joint no.",
        "Agents given: Bupivacaine 0.5 %, 1.5 mL.",
        "Reason: Read from the monitor.",
    ):
        assert told in page


def test_what_was_done_is_told_by_the_page_and_only_its_corrections_by_history(nurse, injection):
    world.completed(injection)
    type(injection).objects.update(changed_at=injection.changed_at + timedelta(minutes=1))

    page = nurse.get(at("injection", injection)).content.decode()

    assert "Left: baseline" not in page
    assert "Agents given:" not in page


def test_left_completed_as_right_is_put_right_on_its_own_page(room, injection):
    sure = {"sure_right": "on", "other_side_why": "A slip"}
    room.post(room.address, done() | OTHER | sure)

    room.post(at("injection_correct", injection), done() | {"why": "It was the left joint"})

    injection.refresh_from_db()
    page = room.get(at("injection", injection)).content.decode()
    assert injection.performed_side is Side.LEFT
    assert "Side done corrected from right to left." in page


def test_a_correction_to_another_side_than_booked_is_asked_about_too(corrector, injection):
    answer = corrector.post(corrector.correct, done() | OTHER | {"why": "The film shows it"})
    corrector.post(
        corrector.correct, done() | OTHER | {"why": "The film shows it", "sure_right": "on"}
    )

    injection.refresh_from_db()
    assert asked(answer.content.decode()) == {"sure_right"}
    assert injection.performed_side is Side.RIGHT


def test_a_correction_needs_a_reason(corrector, injection):
    answer = corrector.post(corrector.correct, done(left__baseline="5"))

    assert answer.status_code == 422
    assert injection.joints.get().baseline == 7


def test_the_end_of_sedation_is_asked_for_only_where_some_was_given(corrector, injection):
    none = corrector.get(at("injection", injection)).content.decode()
    corrector.post(corrector.correct, done(sedation="moderate_iv") | {"why": "It was given"})
    some = corrector.get(at("injection", injection)).content.decode()

    corrector.post(at("injection_awake", injection), {"awake_at": "2026-03-16T09:25"})

    page = corrector.get(at("injection", injection)).content.decode()
    assert (at("injection_awake", injection) in none) is False
    assert (at("injection_awake", injection) in some) is True
    assert "awake again 09:25" in page
    assert "Awake again Mon 16 Mar 2026, 09:25 EDT." in page


def test_what_is_not_completed_cannot_be_corrected(nurse, injection):
    assert nurse.get(at("injection_correct", injection)).status_code == 409


@pytest.mark.parametrize("role", ["desk", "nurse", "physician"])
def test_the_buttons_are_those_the_role_may_press(role, request, injection, noon):
    noon.at = injection.start
    client = request.getfixturevalue(role)

    page = client.get(at("injection", injection)).content.decode()

    assert (at("injection_complete", injection) in page) is (role != "desk")
    assert at("injection_move", injection) in page
