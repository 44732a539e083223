"""`manage.py classify`: a diary on the command line, answered in words or in JSON."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reminders.management.commands.classify import HELP
from tests.reminders.vectors import VECTORS, Vector, told

ROOT = Path(__file__).resolve().parents[2]
GOOD = "--side left --baseline left=7 --agent bupivacaine --score .5h=1 --score 1h=1 --score 2h=1"


def classify(line: str) -> str:
    out = StringIO()
    call_command("classify", *line.split(), stdout=out)
    return out.getvalue()


def answers(line: str) -> dict[str, dict[str, Any]]:
    return {answer["side"]: answer for answer in json.loads(classify(f"{line} --json"))}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_every_reference_diary_gets_its_answer_in_json(vector: Vector) -> None:
    given = answers(vector.line)

    assert {
        side: {key: told(given[side], key) for key in expected}
        for side, expected in vector.expect.items()
    } == vector.expect
    assert given.keys() == vector.expect.keys()


def test_the_answer_in_words_shows_the_arithmetic() -> None:
    story = classify(GOOD)

    assert story.startswith("Left joint: POSITIVE (>=80).")
    assert "7 -> 1 = 85.7 %" in story
    assert "The payer's threshold of 75 % is met." in story


def test_both_joints_are_told_apart_in_words() -> None:
    story = classify(VECTORS[-1].line)

    assert re.findall(r"^\w+ joint: .*", story, re.MULTILINE) == [
        "Left joint: POSITIVE (>=80).",
        "Right joint: NEGATIVE (<50).",
    ]


def test_every_worked_example_of_the_help_runs() -> None:
    examples = re.findall(r"manage\.py classify (.*?)\n\n", HELP.replace("\\\n", ""), re.DOTALL)

    told_labels = [[answer["label"] for answer in answers(line).values()] for line in examples]

    assert told_labels == [
        ["positive_80"],
        ["indeterminate"],
        ["positive_80", "negative"],
        ["indeterminate"],
    ]


def test_help_keeps_the_lines_of_its_examples() -> None:
    from reminders.management.commands.classify import Command

    assert HELP.strip() in Command().create_parser("manage.py", "classify").format_help()


def test_an_aborted_injection_needs_no_baseline() -> None:
    given = answers("--side right --aborted")

    assert (given["right"]["label"], given["right"]["reasons"]) == ("not_evaluable", ["ABORTED"])


def test_a_missed_joint_is_not_evaluable_and_the_other_is_read() -> None:
    given = answers(f"{VECTORS[-1].line} --extra-articular right --intra-articular left")

    assert {side: given[side]["label"] for side in given} == {
        "left": "positive_80",
        "right": "not_evaluable",
    }
    assert "EXTRA_ARTICULAR" in given["right"]["flags"]
    assert "EXTRA_ARTICULAR" not in given["left"]["flags"]


def test_circumstances_reach_the_answer() -> None:
    given = answers(
        f"{GOOD} --sedation moderate_iv --mark T0_ESTIMATED --baseline-remote "
        "--patient-percent left=20 --agent methylprednisolone:3ml --payer 90"
    )["left"]

    assert set(given["flags"]) == {
        "SEDATION",
        "T0_ESTIMATED",
        "BASELINE_REMOTE",
        "PATIENT_PCT_DISAGREES",
        "HIGH_VOLUME",
    }
    assert (given["payer_threshold"], given["payer_pass"]) == (90, False)


def test_readings_under_sedation_are_not_credited() -> None:
    line = f"{GOOD} --score 3h=7 --score 4h=7 --sedation deep_mac --sedated-until 2.5h"

    given = answers(line)["left"]

    assert given["label"] == "negative"
    assert given["pattern"] == "early_only"


def test_one_score_for_both_joints_answers_neither() -> None:
    line = "--side bilateral --baseline left=8 --baseline right=6 --agent bupivacaine"
    scores = "--score bilateral@.5h=1 --score bilateral@1h=1 --score bilateral@2h=1"

    given = answers(f"{line} {scores}")

    assert [given[side]["reasons"] for side in given] == [["SIDES_NOT_SPLIT"]] * 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "--side is missing: say which joint was injected, as --side left."),
        ("--side middle", "--side middle: 'middle' is no side: write one of left, right"),
        ("--side left", "--baseline is missing for the left joint: add --baseline left=N"),
        (
            "--side bilateral --baseline left=5",
            "--baseline is missing for the right joint: add --baseline right=N",
        ),
        ("--side left --baseline 7", "'7' names no joint: write left=N or right=N."),
        ("--side left --baseline left=11", "'11' is no baseline: write a whole number from 0"),
        ("--side left --baseline left=7.5", "'7.5' is no baseline"),
        ("--side left --baseline right=7", "--baseline names right, but --side is left"),
        ("--side left --baseline bilateral=7", "is for both joints: say left=N and right=N apart"),
        (f"{GOOD} --baseline left=6", "--baseline names left twice: say it once per joint."),
        (f"{GOOD} --agent novocaine", "'novocaine' is no drug: write one of lidocaine, "),
        (f"{GOOD} --agent lidocaine:much", "'much' is no volume: write it in mL"),
        (f"{GOOD} --agent lidocaine:0ml", "'0ml' is no volume"),
        (f"{GOOD} --score 3h=11", "--score 3h=11: '11' is no score: write a whole number from 0"),
        (f"{GOOD} --score 3h=-1", "'-1' is no score"),
        (f"{GOOD} --score 3h=7.5", "'7.5' is no score"),
        (f"{GOOD} --score 3h=²", "'²' is no score"),
        (f"{GOOD} --score 3h=", "'' is no score"),
        (f"{GOOD} --score soon=1", "'soon' is no time after T0: write 0.5h, 15min or 7d"),
        (f"{GOOD} --score 0.001h=1", "'0.001h' is no time after T0"),
        (f"{GOOD} --score -1h=1", "expected one argument"),
        (f"{GOOD} --score=-1h=1", "'-1h' is no time after T0"),
        (f"{GOOD} --score garbage", "'garbage' is no reading: write 0.5h=1, or left@0.5h=1."),
        (f"{GOOD} --score right@3h=1", "right was not injected, left was: mend the side."),
        (f"{GOOD} --score bilateral@3h=1", "bilateral was not injected, left was"),
        (f"{GOOD} --score 3h=1,loud", "'loud' is no mark of a reading: use rest, done"),
        (f"{GOOD} --analgesic ibuprofen", "is no pain medicine: write name@time"),
        (f"{GOOD} --analgesic @1h", "is no pain medicine"),
        (f"{GOOD} --analgesic x@then", "--analgesic x@then: 'then' is no time after T0"),
        (f"{GOOD} --sedation heavy", "'heavy' is no sedation: write one of none, oral_anxiolytic"),
        (f"{GOOD} --mark ODD", "'ODD' is no mark: write one of STEROID_PREMED"),
        (f"{GOOD} --patient-percent left=101", "'101' is no patient-percent: write a whole number"),
        (f"{GOOD} --min-baseline 0", "'0' is no baseline: write a whole number from 1 to 10."),
        (f"{GOOD} --payer many", "'many' is no percent: write a whole number from 1 to 100."),
        (f"{GOOD} --extra-articular right", "names right, but --side is left"),
        (
            f"{GOOD} --extra-articular left --intra-articular left",
            "--intra-articular or --extra-articular names left twice",
        ),
        (f"{VECTORS[-1].line} --score 3h=1", "names no joint of two: write left@... or right@..."),
        (f"{GOOD} --colour red", "unrecognized arguments: --colour red"),
    ],
)
def test_bad_input_is_named_placed_and_mended(line: str, sentence: str) -> None:
    with pytest.raises(CommandError) as error:
        classify(line)

    assert sentence in str(error.value)


def test_a_refused_command_ends_non_zero_with_one_sentence() -> None:
    command = [sys.executable, "manage.py", "classify", "--side", "middle"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("CommandError: --side middle: 'middle' is no side")
