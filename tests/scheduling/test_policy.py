"""The numbers of booking: the shipped document, what is refused in one, a location's own values."""

import ast
import tomllib
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.documents import DocumentError
from scheduling.models import Premedication
from scheduling.policy import SHIPPED, load, regimens, shipped
from scheduling.rules.matrix import ANTITHROMBOTICS
from scheduling.rules.policy import HIGHEST, BookingPolicy

ROOT = Path(__file__).parents[2]
NAMES = [field.name for field in fields(BookingPolicy)]
SOURCE = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def attributes_read() -> set[str]:
    """Every attribute that booking reads, but for the policy that checks its own fields."""
    return {
        node.attr
        for path in (ROOT / "scheduling").rglob("*.py")
        if path != ROOT / "scheduling/rules/policy.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


READ = attributes_read()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_booking_is_read(name):
    assert name in READ


@pytest.mark.parametrize("name", NAMES)
def test_every_whole_number_says_its_unit(name):
    whole = isinstance(getattr(shipped(), name), int)

    assert whole is (name.rpartition("_")[2] in HIGHEST)


def test_every_regimen_that_may_be_ordered_has_its_doses():
    ordered = set(Premedication) - {Premedication.NONE}

    assert {each.value for each in ordered} == set(regimens())
    assert all(each.doses for each in ordered)


def test_the_doses_name_pill_amount_and_antihistamine():
    *_, last = Premedication.PREDNISONE_13_7_1.doses

    assert (last.before, last.take) == (
        timedelta(hours=1),
        "prednisone 50 mg and diphenhydramine 50 mg",
    )


@pytest.mark.parametrize("drug", ANTITHROMBOTICS)
def test_every_blood_thinner_has_the_days_it_is_held(drug):
    assert getattr(shipped(), f"hold_{drug}_days") >= 1


def changed(tmp_path: Path, line: str, by: str) -> Path:
    """The shipped document with one text in the place of another."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert line in text
    path = tmp_path / "b.toml"
    path.write_text(text.replace(line, by), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source(tmp_path, name):
    source = SOURCE["policy"][name]["source"]
    line = next(each for each in SHIPPED.read_text().splitlines() if each.startswith(f"{name} ="))

    with pytest.raises(DocumentError) as problem:
        load(changed(tmp_path, line, line.replace(f'"{source}"', '""')))

    assert str(problem.value) == f"b.toml: policy: {name}: source: is empty"


@pytest.mark.parametrize(
    ("line", "by", "complaint"),
    [
        ("room_min = {", "rom_min = {", "b.toml: policy: room_min: is missing"),
        ("[policy]", "[policies]", "b.toml: policies: is unknown"),
        ("title = ", "name = ", "b.toml: title: is missing"),
        ("grid_min = { value = 15", "grid_min = { value = 7.5", "grid_min is 7.5: write a whole"),
        ("grid_min = { value = 15", "grid_min = { value = 25", "grid_min is 25: write a divisor"),
        ("grid_min = { value = 15", "grid_min = { value = 0", "grid_min is 0: write a whole"),
        ("grid_min = { value = 15", "grid_min = { amount = 15", "grid_min: amount: is unknown"),
        ('{ value = "20:45"', '{ value = "late"', "waking_until is 'late': write HH:MM"),
        ('{ value = "sedation"', '{ value = "maybe"', "'maybe': write sedation or always"),
        ("grid_min = { value = 15", "grid_min = { value = ", "b.toml: Invalid value"),
        ("grid_min = {", "grid_min = 15 # {", "b.toml: policy: grid_min: expected a table, found"),
    ],
)
def test_a_document_that_cannot_be_meant_is_refused(tmp_path, line, by, complaint):
    with pytest.raises(DocumentError) as problem:
        load(changed(tmp_path, line, by))

    assert complaint in str(problem.value)


def test_what_is_no_value_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(DocumentError) as problem:
        load(changed(tmp_path, '{ value = "20:45"', "{ value = [20, 45]"))

    assert str(problem.value) == (
        "b.toml: policy: waking_until: value: "
        "expected a number, a text, true or false, found [20, 45]"
    )


def test_a_number_nobody_knows_is_refused(tmp_path):
    tea = '[policy]\ntea_min = { value = 5, source = "our default" }'

    with pytest.raises(DocumentError, match="unknown setting tea_min: known are "):
        load(changed(tmp_path, "[policy]", tea))


def test_the_shipped_numbers_are_the_documented_ones():
    policy = shipped()

    assert (policy.room_min, policy.room_sedation_min, policy.second_side_min) == (30, 40, 15)
    assert (policy.turnover_min, policy.turnover_sedation_min) == (10, 15)
    assert (policy.after_steroid_days, policy.after_anaesthetic_days) == (84, 14)
    assert (policy.hold_p2y12_days, policy.hold_warfarin_days) == (7, 5)


def test_a_location_overrides_single_values_and_leaves_the_protocols_alone():
    policy = shipped().but({"room_min": 20, "waking_until": "19:30", "waking_from": "09:00"})

    assert (policy.room_min, f"{policy.waking_until:%H:%M}") == (20, "19:30")
    assert policy.turnover_min == shipped().turnover_min


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"room_min": "20"}, "room_min is '20': write a whole number"),
        ({"room_min": True}, "room_min is True: write a whole number"),
        ({"room_min": None}, "room_min is None: write a whole number"),
        ({"room_min": 0}, "room_min is 0: write a whole number, 1 to 1440"),
        ({"setup_min": -5}, "setup_min is -5: write a whole number, 0 to 1440"),
        ({"hold_warfarin_days": 3650}, "hold_warfarin_days is 3650: write a whole number"),
        ({"vaccine_after_days": 9}, "vaccine_after_days is the same at every location"),
        ({"waking_until": "20:45Z"}, "waking_until is '20:45Z': write HH:MM"),
    ],
)
def test_a_value_that_no_location_can_mean_is_refused(overrides, complaint):
    with pytest.raises(ValueError, match=complaint):
        shipped().but(overrides)
