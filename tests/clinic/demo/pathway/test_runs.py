"""Whole pathways through real processes: web, worker, carrier, an empty database, a moving clock.

Slow by nature: each run starts a site of its own. Every run checks its own invariants and ends
non-zero when one is broken; here it is also looked at from outside.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
LEFT = ("--side", "left", "--baseline", "left=7", "--agent", "bupivacaine")
SCORES = ("0.5h=1", "1h=1", "2h=1", "3h=2", "5h=4")
RUN_TIMEOUT_S = 400  # seconds

pytestmark = pytest.mark.processes


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=RUN_TIMEOUT_S
    )


def scenario(*words: str) -> dict[str, Any]:
    """The report of a run in which nothing broke."""
    done = manage(*words, "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert [
        invariant["claim"] for invariant in report["invariants"] if not invariant["holds"]
    ] == []
    return report


def scores(*texts: str) -> list[str]:
    return [word for text in texts for word in ("--score", text)]


def words(report: dict[str, Any], kind: str) -> list[str]:
    return [event["words"] for event in report["events"] if event["kind"] == kind]


def labels(report: dict[str, Any]) -> dict[str, str]:
    return {row["side"]: row["label"] for row in report["signed"]}


def test_the_demo_shows_a_positive_block():
    report = scenario("demo")

    assert labels(report) == {"left": "positive_80"}
    assert "7 -> 1 = 85.7 %" in " ".join(report["responses"][0]["sentences"])
    assert [row["score"] for row in report["diary"]] == [3, 1, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7]
    assert {row["channel"] for row in report["diary"]} == {"visit", "sms", "link"}


def test_two_joints_are_answered_by_link_and_read_apart():
    both = ("--side", "bilateral", "--baseline", "left=8", "--baseline", "right=6")
    given = [
        f"{side}@{hour}h={score}"
        for hour in (1, 2, 3)
        for side, score in (("left", 1), ("right", 5))
    ]

    report = scenario("pathway", *both, "--agent", "bupivacaine", *scores(*given))

    assert labels(report) == {"left": "positive_80", "right": "negative"}
    assert {row["channel"] for row in report["diary"]} == {"link"}
    assert not any("reply one number" in text for text in words(report, "text"))


def test_answers_that_come_too_late_are_kept_and_do_not_count():
    report = scenario("pathway", *LEFT, *scores(*SCORES), "--late")

    assert labels(report) == {"left": "indeterminate"}
    assert [row["late"] for row in report["diary"]] == [False, True, True, True, True]


def test_a_moved_visit_is_told_anew_and_stop_silences_the_telephone():
    report = scenario("pathway", *LEFT, *scores(*SCORES), "--move", "--stop-at", "3h")

    texts = words(report, "text")
    assert sum("MOVED" in text for text in texts) == 1
    assert "You have successfully been unsubscribed" in texts[-1]
    assert words(report, "mail")[-1]
    assert [row["channel"] for row in report["diary"]] == ["visit", "sms", "sms", "sms", "link"]
    assert labels(report) == {"left": "positive_80"}


def test_a_cancelled_visit_ends_with_one_farewell():
    report = scenario("pathway", *LEFT, "--cancel")

    assert "is cancelled" in words(report, "text")[-1]
    assert sum("is cancelled" in text for text in words(report, "text")) == 1
    assert report["diary"] == report["responses"] == report["signed"] == []
    assert {row["state"] for row in report["messages"]} <= {"delivered", "sent", "cancelled"}


def test_a_pause_that_had_begun_before_the_move_is_a_call_at_once():
    report = scenario("pathway", *LEFT, "--hold", "--move")

    calls = [task for task in words(report, "task") if "clopidogrel" in task]
    assert any("before the next dose" in task or "phone" in task.lower() for task in calls)
    assert not any("clopidogrel" in text for text in words(report, "text"))


def test_a_warning_sign_is_paged_handed_on_and_taken():
    report = scenario("pathway", *LEFT, "--red-flag", "numb between my legs", "--sedated")

    pages = words(report, "page")
    assert sum("URGENT" in page for page in pages) == 2
    assert "is taken by Petra Placid, MD" in pages[-1]
    assert any("Emergency? Call 911" in text for text in words(report, "text"))


def test_an_aborted_injection_is_told_about_and_asked_after_and_never_scored():
    report = scenario("pathway", *LEFT, "--abort")

    assert report["diary"] == report["responses"] == report["signed"] == []
    steps = [row["step"] for row in report["messages"] if row["state"] in ("sent", "delivered")]
    assert {"discharge", "aborted_check"} <= set(steps)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (("pathway",), "--side is missing"),
        (("pathway", *LEFT, "--score", "1h=11"), "--score: '11' is no score"),
        (("pathway", *LEFT, "--cancel", "--late"), "leave out --late"),
    ],
)
def test_a_wrong_option_ends_with_a_sentence_and_no_traceback(said, sentence):
    done = manage(*said)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
