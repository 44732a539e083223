"""The shipped protocol, and what is refused in one that a clinic wrote."""

import copy
import tomllib
from dataclasses import replace
from datetime import time

import pytest

from reminders.protocols.reading import (
    SHIPPED,
    load,
    protocol_from,
    shipped,
)
from reminders.protocols.upgrades import upgraded, upgraded_texts
from reminders.rules.plan.conditions import PREDICATES, parse
from reminders.rules.plan.steps import Late
from reminders.rules.text.texts import WordingError, fill
from scheduling.documents import DocumentError
from scheduling.rules.procedure import AgentClass, Drug

SOURCE = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
TEXTS = tomllib.loads(SHIPPED.with_name("si_joint.en.toml").read_text(encoding="utf-8"))


@pytest.fixture
def source():
    return copy.deepcopy(SOURCE)


@pytest.fixture
def texts():
    return copy.deepcopy(TEXTS)


def step(source, name):
    return next(each for each in source["steps"] if each["id"] == name)


def refused(source, texts=TEXTS):
    """The complaint about a protocol that must not load."""
    with pytest.raises(DocumentError) as problem:
        protocol_from(source, {"p.en.toml": texts}, "p.toml")
    return str(problem.value)


def test_the_shipped_protocol_loads_and_has_a_version():
    assert shipped().version == "si-joint-7"
    assert load(SHIPPED) == shipped()


@pytest.mark.parametrize("part", ["steps", "slots", "blocks"])
def test_every_step_slot_and_block_has_a_source(source, part):
    source[part][0]["source"] = ""

    assert refused(source).endswith(f"{source[part][0]['id']}: source: is empty")


@pytest.mark.parametrize(
    ("part", "name"),
    [("policy", "diary_hours"), ("thresholds", "flare_h"), ("windows", "lidocaine")],
)
def test_every_number_has_a_source(source, part, name):
    source[part][name]["source"] = ""

    assert refused(source) == f"p.toml: {part}: {name}: source: is empty"


def test_the_facility_defaults_are_the_documented_ones():
    policy = shipped().policy

    assert (policy.analgesic_hold_h, policy.diary_hours) == (8, 8)
    assert (policy.arrival_min, policy.arrival_sedation_min) == (30, 60)
    assert (policy.waking_from, policy.waking_until) == (time(8), time(20, 45))
    assert (policy.reminders_per_day, policy.diary_per_day) == (3, 14)


@pytest.mark.parametrize(
    ("drug", "core", "outer"),
    [
        ("lidocaine", (0.25, 1.5), (0, 4)),
        ("bupivacaine", (0.5, 4), (0.25, 8)),
        ("ropivacaine", (0.5, 4), (0.25, 8)),
    ],
)
def test_each_numbing_drug_has_its_window(drug, core, outer):
    window = shipped().windows[drug]

    assert tuple(minute / 60 for minute in window.core) == core
    assert tuple(minute / 60 for minute in window.outer) == outer


def test_every_local_anaesthetic_has_a_window():
    numbing = {drug for drug in Drug if drug.agent_class is AgentClass.LOCAL_ANAESTHETIC}

    assert set(shipped().windows) == numbing


def test_thresholds_are_whole_numbers_of_the_three_bands():
    thresholds = shipped().thresholds

    bands = (
        thresholds.positive_percent,
        thresholds.positive_low_percent,
        thresholds.partial_percent,
    )
    assert bands == (80, 75, 50)


def test_every_condition_of_the_vocabulary_has_both_sentences():
    assert all(fact.yes and fact.no and fact.yes != fact.no for fact in PREDICATES.values())


def test_a_step_is_found_by_its_id():
    assert shipped().step("confirm").late is Late.FOLD
    with pytest.raises(KeyError, match="no step 'nonsense'"):
        shipped().step("nonsense")


def test_an_unknown_language_falls_back_to_english():
    assert shipped().words("xx") is shipped().words("en")


# Refusals name the place and the key


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("colour", "red", "p.toml: step confirm: colour: is unknown"),
        ("at", "25:00", "p.toml: step confirm: at: '25:00' is not a time of day"),
        ("until", "soon", "p.toml: step confirm: until: 'soon' is not a duration"),
        ("anchor", "moon", "p.toml: step confirm: anchor: 'moon' is unknown"),
        ("when", ["happy"], "p.toml: step confirm: when: unknown condition 'happy'"),
        ("when", ["not happy"], "p.toml: step confirm: when: unknown condition 'not happy'"),
        ("states", ["asleep"], "p.toml: step confirm: states: 'asleep' is unknown"),
        ("late", "never", "p.toml: step confirm: late: 'never' is unknown"),
        ("prefer", ["pigeon"], "p.toml: step confirm: prefer: 'pigeon' is unknown: choose sms"),
        ("prefer", ["phone"], "p.toml: step confirm: prefer: a call is a task"),
        ("prefer", [], "p.toml: step confirm: prefer: a message needs channels"),
        ("both", ["sms"], "p.toml: step confirm: both: give prefer or both"),
        ("days_before", "three", "p.toml: step confirm: days_before: expected int"),
        ("before", "3h", "p.toml: step confirm: at: a wall-clock step has no before or after"),
        (
            "audience",
            "desk",
            "p.toml: step confirm: prefer: a message needs channels and a task has",
        ),
        ("sms", "SMS99", "p.toml: step confirm: en: text 'SMS99' is missing"),
        ("sms", "", "p.toml: step confirm: sms: names no text"),
        ("slots", ["H99"], "p.toml: step confirm: slots: 'H99' is unknown"),
        ("missed", ["H2"], "p.toml: step confirm: missed: anchor missed and a list"),
    ],
)
def test_a_bad_step_is_refused_by_name(source, key, value, complaint):
    step(source, "confirm")[key] = value

    assert refused(source).startswith(complaint)


@pytest.mark.parametrize("key", ["id", "title", "anchor", "source"])
def test_a_step_without_an_essential_is_refused(source, key):
    del source["steps"][1][key]

    assert f"{key}: is missing" in refused(source)


def test_a_step_named_twice_is_refused(source):
    source["steps"].append(copy.deepcopy(source["steps"][0]))

    assert refused(source) == "p.toml: step opt_in: id is used twice"


def test_a_wall_clock_step_needs_its_hour(source):
    del step(source, "confirm")["at"]

    assert "step confirm: at: a step counted in days needs a time of day" in refused(source)


def test_a_task_cannot_be_folded(source):
    step(source, "interpreter")["late"] = "fold"

    assert "step interpreter: late: a task cannot be folded" in refused(source)


def test_slots_and_two_promises_do_not_mix(source):
    diary = step(source, "diary")
    diary["both"] = diary.pop("prefer")

    assert "step diary: both: a step with slots" in refused(source)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("tolerance", "1 hour", "slot H2: tolerance: '1 hour' is not a duration"),
        ("who", "cat", "slot H2: who: 'cat' is unknown"),
        ("together_with", "H99", "slot H2: together_with: no slot 'H99'"),
        ("anchor", "missed", "slot H2: anchor: a slot cannot be missed"),
    ],
)
def test_a_bad_slot_is_refused_by_name(source, key, value, complaint):
    next(slot for slot in source["slots"] if slot["id"] == "H2")[key] = value

    assert complaint in refused(source)


def test_a_slot_without_a_tolerance_is_refused(source):
    del source["slots"][5]["tolerance"]

    assert "slot D45: tolerance: is missing" in refused(source)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("diary_hours", 7, "diary_hours is 7: choose 6 or 8"),
        ("driver", "maybe", "driver is 'maybe': write sedation or always"),
        ("waking_from", "8", "waking_from is '8': write HH:MM"),
        ("waking_until", "07:00", "waking_from must be earlier than waking_until"),
        ("arrival_min", "30", "arrival_min is '30': write a whole number"),
        ("arrival_min", -5, "arrival_min is -5: it cannot be negative"),
    ],
)
def test_a_bad_policy_is_refused(source, name, value, complaint):
    source["policy"][name]["value"] = value

    assert complaint in refused(source)


def test_a_policy_nobody_knows_is_refused(source):
    source["policy"]["music"] = {"value": True, "source": "our default"}

    assert "unknown setting music" in refused(source)


def test_a_setting_without_a_source_is_refused(source):
    del source["thresholds"]["min_readings"]["source"]

    assert refused(source) == "p.toml: thresholds: min_readings: source: is missing"


def test_a_missing_threshold_is_refused(source):
    del source["thresholds"]["min_readings"]

    assert refused(source) == "p.toml: thresholds: min_readings: is missing"


def test_a_core_window_outside_the_outer_is_refused(source):
    source["windows"]["lidocaine"]["core"] = ["15min", "6h"]

    assert "lidocaine: core: lies outside the outer window" in refused(source)


def test_a_window_of_one_end_is_refused(source):
    source["windows"]["lidocaine"]["core"] = ["15min"]

    assert "lidocaine: core: expected two durations" in refused(source)


def test_a_drug_without_a_window_is_refused(source):
    del source["windows"]["ropivacaine"]

    assert "windows: ropivacaine: is missing" in refused(source)


def test_an_unknown_part_of_the_document_is_refused(source):
    source["extras"] = {}

    assert refused(source) == "p.toml: extras: is unknown"


def test_every_mistake_is_named_at_once(source):
    step(source, "confirm")["colour"] = "red"
    source["slots"][0]["who"] = "cat"

    assert refused(source).splitlines() == [
        "p.toml: slot P-1: who: 'cat' is unknown: choose patient, staff",
        "p.toml: step confirm: colour: is unknown",
    ]


def test_a_table_that_is_none_is_refused(source):
    source["windows"]["lidocaine"] = "4h"

    assert refused(source) == "p.toml: windows: lidocaine: expected a table, found '4h'"


def test_a_window_for_what_is_no_anaesthetic_is_refused(source):
    source["windows"]["iohexol"] = source["windows"]["lidocaine"]

    assert refused(source) == "p.toml: windows: iohexol: is unknown"


def test_an_undeclared_gap_is_refused(source, texts):
    texts["sms"]["booked"] += " {surprise}"

    assert refused(source, texts) == "p.en.toml: booked: undeclared placeholder surprise"


def test_a_broken_gap_is_refused(source, texts):
    texts["blocks"]["VISIT"]["text"] += " {date"

    assert refused(source, texts).startswith("p.en.toml: VISIT: ")


def test_a_missing_block_text_is_refused(source, texts):
    del texts["blocks"]["BLK-DIAG"]

    assert refused(source, texts) == "p.toml: blocks: en: text 'BLK-DIAG' is missing"


def test_a_text_that_is_no_text_is_refused(source, texts):
    texts["sms"]["booked"] = 5

    assert refused(source, texts) == "p.en.toml: sms: booked: expected str, found 5"


def test_a_protocol_without_english_is_refused(source, texts):
    texts["language"] = "fr"

    assert refused(source, texts) == "p.toml: English texts are missing"


def test_a_file_that_is_not_there_says_so(tmp_path):
    (tmp_path / "p.en.toml").write_text("")

    with pytest.raises(DocumentError, match=r"p\.toml: cannot be read: No such file"):
        load(tmp_path / "p.toml")


def test_a_protocol_without_texts_says_which_file_is_missing(tmp_path):
    (tmp_path / "p.toml").write_text("")

    with pytest.raises(DocumentError, match=r"expected p\.en\.toml beside it"):
        load(tmp_path / "p.toml")


def test_a_file_that_is_no_toml_names_the_line(tmp_path):
    (tmp_path / "p.toml").write_text("version = ")
    (tmp_path / "p.en.toml").write_text("")

    with pytest.raises(DocumentError, match=r"p\.toml: Invalid value \(at end of document\)"):
        load(tmp_path / "p.toml")


# A location's own values


def test_a_location_overrides_single_values():
    policy = shipped().policy.but({"diary_hours": 6, "driver": "always", "waking_from": "09:00"})

    assert (policy.diary_hours, policy.waking_from) == (6, time(9))
    assert policy.analgesic_hold_h == shipped().policy.analgesic_hold_h


def test_a_location_cannot_invent_a_policy():
    with pytest.raises(ValueError, match=r"unknown setting tea: known are .* room_min, "):
        shipped().policy.but({"tea": True})


def test_what_a_location_sets_for_booking_alone_is_not_the_protocols():
    assert shipped().policy.but({"room_min": 20}) == shipped().policy


# Gaps


def test_every_gap_is_filled():
    assert (
        fill("Call {phone} on {day}.", {"phone": "1", "day": "Mon", "more": "x"})
        == "Call 1 on Mon."
    )


@pytest.mark.parametrize("values", [{}, {"phone": ""}])
def test_a_gap_without_a_value_is_refused(values):
    with pytest.raises(WordingError, match="no value for phone"):
        fill("Call {phone}.", values)


@pytest.mark.parametrize("text", ["{phone!r}", "{phone:>9}", "{phone"])
def test_a_gap_is_a_plain_name(text):
    with pytest.raises(WordingError):
        fill(text, {"phone": "1"})


def test_a_step_that_follows_nothing_is_refused(source):
    source["steps"][0] |= {"follows": "nobody"}

    assert "follows: 'nobody' is no step" in refused(source)


# Older documents


LATER_STEPS = ("baseline_low",)  # urgent, which the first format could say of known steps alone
NEW_IN_STEPS = {"audience", "retry_when_unknown", "confirms_time", "urgent", "alert"}
NEW_NUMBERS = {
    "payer_percent",
    "credit_from_min",
    "analgesic_washout_h",
    "flare_until_days",
    "steroid_early_until_days",
}
BOOKINGS_NUMBERS = {
    *("setup_min", "grid_min", "room_min", "room_sedation_min", "second_side_min"),
    *("turnover_min", "turnover_sedation_min"),
    *("recovery_min", "recovery_sedation_min", "recovery_diagnostic_min"),
}
NEW_TEXTS = {"booked": "SMS01", "confirm": "SMS03", "moved": "SMS07", "opted_out": "SMS21"}


NEW_BLOCKS = ("BLK-PAUSE", "BLK-RESTART")
NEW_IN_BLOCKS = ("pause_unsettled", "not pause_unsettled", "happened", "not happened")


AT_HOME = {
    *("DISCHARGE", "DISCHARGE-ABORTED", "DISCHARGE-SEDATED", "DISCHARGE-DRIVE"),
    *("DISCHARGE-STEROID", "BLK-SAME-DAY", "BLK-911"),
}


NEW_POLICY = {
    *("numb_h", "ice_min", "soreness_days", "steroid_days", "fever_limit", "glucose_watch_days"),
}


def fifth(source):
    """The shipped protocol in the words of the fifth format, which counted no tests."""
    thresholds = {name: n for name, n in source["thresholds"].items() if name != "reexam_tests"}
    return source | {"format": 5, "thresholds": thresholds}


def fourth(source):
    """The shipped protocol in the words of the fourth format, with one part for the time after."""
    source = fifth(source)
    blocks = [
        block | {"when": [words for words in block["when"] if words != "not diabetes_fasting"]}
        for block in source["blocks"]
        if block["id"] not in AT_HOME | {"BLK-KEEP-DM"}
    ]
    after = {"id": "DISCHARGE", "when": ["t0_known"], "source": "our default"}
    policy = {name: each for name, each in source["policy"].items() if name not in NEW_POLICY}
    return source | {"format": 4, "blocks": [*blocks, after], "policy": policy}


def third(source):
    """The shipped protocol in the words of the third format, which phoned those who paused."""
    source = fourth(source)
    phoned = {"id": "hold_phone", "title": "Phone", "audience": "nurse", "anchor": "state"}
    blocks = [
        block | {"when": [words for words in block["when"] if words not in NEW_IN_BLOCKS]}
        for block in source["blocks"]
        if block["id"] not in NEW_BLOCKS
    ]
    steps = [*source["steps"], phoned | {"when": ["hold_begun"], "late": "task"}]
    return source | {"format": 3, "blocks": blocks, "steps": steps}


def second(source):
    """The shipped protocol in the words of the second format."""
    source = third(source)
    bookings = {name: {"value": 1, "source": "our default"} for name in BOOKINGS_NUMBERS}
    return source | {"format": 2, "policy": source["policy"] | bookings}


def first(source):
    """The shipped protocol in the words of the first format."""
    source = second(source)
    steps = [
        {name: value for name, value in step.items() if name not in NEW_IN_STEPS}
        | ({"role": step["audience"]} if "audience" in step else {})
        | {"twice": "better_than_never" if step.get("retry_when_unknown") else "never"}
        | ({"sms": NEW_TEXTS.get(step["sms"], step["sms"])} if "sms" in step else {})
        for step in source["steps"]
        if step["id"] not in LATER_STEPS
    ]
    numbers = {name: each for name, each in source["thresholds"].items() if name not in NEW_NUMBERS}
    retired = {"consecutive": {"value": 2, "source": "our default"}}
    kept = {name: value for name, value in source.items() if name != "format"}
    return kept | {"steps": steps, "thresholds": numbers | retired}


def test_a_stored_version_of_the_first_format_reads_as_it_always_applied(source):
    mixture = {"core": ["15min", "4h"], "outer": ["0min", "8h"], "source": "our default"}
    old = first(source)
    old["windows"] |= {"mixture": mixture}
    old["steps"] += [old["steps"][0] | {"id": "auth", "when": ["authorisation_open"]}]
    texts = TEXTS | {"sms": {NEW_TEXTS.get(key, key): text for key, text in TEXTS["sms"].items()}}

    kept = protocol_from(upgraded(old), {"p.en.toml": upgraded_texts(texts)}, "p.toml")

    now = shipped()
    assert [replace(step, sms="") for step in kept.steps] == [
        replace(step, sms="") for step in now.steps if step.id not in LATER_STEPS
    ]
    assert (kept.thresholds, kept.windows, kept.slots) == (now.thresholds, now.windows, now.slots)
    assert kept.policy == now.policy
    assert kept.texts["en"].sms["opted_out"] == now.texts["en"].sms["opted_out"]


def test_a_document_of_the_first_format_is_not_read_without_its_upgrade(source):
    assert "format: is missing" in refused(first(source))


def test_a_stored_version_of_the_second_format_leaves_to_booking_what_is_bookings(source):
    kept = protocol_from(upgraded(second(source)), {"p.en.toml": TEXTS}, "p.toml")

    assert kept.policy == protocol_from(source, {"p.en.toml": TEXTS}, "p.toml").policy


def conditions(protocol):
    """When each part of the page is shown, but for those about the time after the injection."""
    return {block.id: set(block.when) for block in protocol.blocks if block.id not in AT_HOME}


def test_a_stored_version_of_the_fourth_format_tells_the_sedated_not_to_drive(source):
    texts = {**TEXTS, "blocks": dict(TEXTS["blocks"])}
    for key in (AT_HOME | {"BLK-KEEP-DM"}) - {"DISCHARGE", "BLK-911"}:
        del texts["blocks"][key]
    texts["blocks"]["DISCHARGE"] = {"title": "Home", "text": "Walk. No driving\ntoday. You can."}

    kept = protocol_from(upgraded(fourth(source)), {"p.en.toml": upgraded_texts(texts)}, "p.toml")

    shown = {block.id: set(block.when) for block in kept.blocks}
    assert shown["DISCHARGE-SEDATED"] == {parse("happened"), parse("sedated")}
    assert kept.texts["en"].blocks["DISCHARGE"].text == "Walk. You can."
    assert kept.policy.numb_h == 8


def test_a_stored_version_of_the_fifth_format_counts_the_tests_that_are_repeated_now(source):
    kept = protocol_from(upgraded(fifth(source)), {"p.en.toml": TEXTS}, "p.toml")

    assert kept.thresholds.reexam_tests == 3


def test_a_stored_version_of_the_third_format_leaves_those_who_paused_to_booking(source):
    texts = {**TEXTS, "blocks": {k: v for k, v in TEXTS["blocks"].items() if k not in NEW_BLOCKS}}

    kept = protocol_from(upgraded(third(source)), {"p.en.toml": upgraded_texts(texts)}, "p.toml")

    now = protocol_from(source, {"p.en.toml": TEXTS}, "p.toml")
    assert kept.steps == now.steps
    assert conditions(kept) == conditions(now)
    assert "before your next dose" in kept.texts["en"].blocks["BLK-PAUSE"].text


def test_stored_texts_from_before_new_links_get_their_words(source):
    older = {name: dict(TEXTS[name]) for name in ("sms", "email")}
    for kind in older.values():
        del kind["new_link"]

    kept = protocol_from(source, {"p.en.toml": upgraded_texts(TEXTS | older)}, "p.toml")

    now = protocol_from(source, {"p.en.toml": TEXTS}, "p.toml").words("en")
    assert kept.words("en").sms["new_link"] == now.sms["new_link"]
    assert kept.words("en").email["new_link"] == now.email["new_link"]


def test_texts_without_the_words_for_a_new_link_are_refused(source):
    email = {key: each for key, each in TEXTS["email"].items() if key != "new_link"}

    assert "answers: en: text 'new_link' is missing" in refused(source, TEXTS | {"email": email})


def test_a_document_of_todays_format_is_taken_at_its_word(source):
    (red_flag,) = [step for step in source["steps"] if step["id"] == "red_flag"]
    del red_flag["urgent"]

    kept = protocol_from(upgraded(source), {"p.en.toml": TEXTS}, "p.toml")

    assert not kept.step("red_flag").urgent


def test_a_format_of_the_future_is_refused(source):
    assert "format: " in refused(upgraded(source | {"format": 7}))
