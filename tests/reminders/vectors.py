"""Diaries with known answers, each written once as the command line writes it."""

from dataclasses import dataclass, field, replace
from typing import Any

from reminders.protocols.reading import shipped
from reminders.rules.response import classifier, notation
from reminders.rules.response.case import Case, Joint
from reminders.rules.response.classifier import Response
from reminders.rules.response.diary import DiarySlot, Respondent
from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import Agent, Drug, InjectionState, Sedation, Side

LEFT, RIGHT, BILATERAL = Side.LEFT, Side.RIGHT, Side.BILATERAL
BUPIVACAINE = Agent(Drug.BUPIVACAINE)
LIDOCAINE = Agent(Drug.LIDOCAINE)
STEROID = Agent(Drug.METHYLPREDNISOLONE)
THREE_GOOD = ".5h=1 1h=1 2h=1"
DIARY = (
    DiarySlot("D15", 15, 10, Respondent.STAFF),
    DiarySlot("D30", 30, 10, Respondent.STAFF),
    DiarySlot("D45", 45, 10),
    DiarySlot("D60", 60, 10),
    *(DiarySlot(f"H{hour}", 60 * hour, 30) for hour in range(2, 9)),
)
"""The slots of the first day, as the shipped protocol has them."""


def a_joint(side: Side = LEFT, baseline: int | None = 7, **facts: Any) -> Joint:
    known = {"same_day": True, "intra_articular": True} | facts
    return Joint(side=side, baseline=baseline, **known)


def a_case(scores: str = "", baseline: int | None = 7, **facts: Any) -> Case:
    """A completed left block with bupivacaine, awake, same-day baseline, needle in the joint."""
    performed = facts.pop("performed", LEFT)
    joints = facts.pop("joints", None) or (a_joint(baseline=baseline, **facts.pop("joint", {})),)
    readings = tuple(notation.reading(text, performed) for text in scores.split())
    known = {
        "performed": performed,
        "state": InjectionState.COMPLETED,
        "joints": joints,
        "agents": (BUPIVACAINE,),
        "readings": readings,
        "sedation": Sedation.NONE,
    }
    return Case(**(known | facts))


def respond(scores: str = "", baseline: int | None = 7, **facts: Any) -> Response:
    """The answer of the left joint; `thresholds` may change some numbers of the rule."""
    stated = replace(shipped().thresholds, **facts.pop("thresholds", {}))
    return classify(a_case(scores, baseline, **facts), stated)[0]


def classify(case: Case, thresholds: Thresholds | None = None) -> tuple[Response, ...]:
    """The answers under the shipped windows, and the shipped thresholds unless others are given."""
    return classifier.classify(case, thresholds or shipped().thresholds, shipped().windows)


@dataclass(frozen=True)
class Vector:
    """One diary on the command line, and what the JSON answer says for each joint."""

    name: str
    line: str
    expect: dict[str, dict[str, Any]] = field(hash=False)


def _left(name: str, baseline: int, scores: str, *, more: str = "", **expect: Any) -> Vector:
    given = " ".join(f"--score {score}" for score in scores.split())
    line = f"--side left --baseline left={baseline} --agent bupivacaine {given} {more}"
    return Vector(name, line, {"left": expect})


VECTORS = (
    _left(
        "three quarters held, then fading",
        8,
        ".25h=3 .5h=2 1h=2 2h=2 4h=3 6h=6",
        label="positive_75",
        sustained="8 -> 2 = 75.0 %",
        duration_75=[90, 210],
        payer_pass=True,
        flags=[],
    ),
    _left(
        "71.4 is not 75",
        7,
        ".5h=2 1h=2 2h=2",
        label="partial",
        sustained="7 -> 2 = 71.4 %",
        payer_pass=False,
        flags=[],
    ),
    _left(
        "85.7 held twice",
        7,
        ".5h=1 1h=1 2h=4",
        label="positive_80",
        sustained="7 -> 1 = 85.7 %",
        payer_pass=True,
        flags=[],
    ),
    _left(
        "75 but not 80",
        4,
        THREE_GOOD,
        label="positive_75",
        sustained="4 -> 1 = 75.0 %",
        flags=[],
    ),
    _left(
        "one perfect score proves nothing",
        4,
        ".5h=0 1h=2 2h=2",
        label="partial",
        sustained="4 -> 2 = 50.0 %",
        peak="4 -> 0 = 100.0 %",
        flags=["UNCONFIRMED_PEAK"],
    ),
    _left("exactly 80", 5, THREE_GOOD, label="positive_80", sustained="5 -> 1 = 80.0 %", flags=[]),
    _left(
        "a baseline of 3 is read with a warning",
        3,
        ".5h=0 1h=0 2h=0",
        label="positive_80",
        sustained="3 -> 0 = 100.0 %",
        flags=["BASELINE_LOW_WARN"],
    ),
    _left(
        "a baseline of 3 is not read where 4 is asked",
        3,
        ".5h=0 1h=0 2h=0",
        more="--min-baseline 4",
        label="indeterminate",
        reasons=["BASELINE_LOW"],
        sustained=None,
    ),
    _left(
        "a baseline of 2 is not read",
        2,
        ".5h=0 1h=0 2h=0",
        label="indeterminate",
        reasons=["BASELINE_LOW"],
        sustained=None,
        peak=None,
        payer_pass=None,
    ),
    _left(
        "no pain, nothing to relieve",
        0,
        ".5h=0 1h=0 2h=0",
        label="not_evaluable",
        reasons=["BASELINE_ABSENT"],
        payer_pass=None,
    ),
    _left(
        "relief only in the steroid's days",
        6,
        ".5h=5 1h=5 2h=5 7d=1",
        label="negative",
        pattern="delayed",
        sustained="6 -> 5 = 16.7 %",
        payer_pass=False,
    ),
    _left(
        "one reading is too few",
        8,
        "1h=2",
        label="indeterminate",
        reasons=["TOO_FEW"],
        payer_pass=None,
    ),
    _left(
        "relief after a tablet is not the block's",
        8,
        ".5h=6 1h=6 2h=1 3h=1 4h=1",
        more="--analgesic ibuprofen@1.5h",
        label="indeterminate",
        reasons=["TOO_FEW"],
        flags=["ANALGESIC"],
    ),
    _left(
        "a complete diary reads complete, its last answer four minutes after the window",
        7,
        "15m=2 30m=1 45m=1 1h=1 2h=1 3h=1 4h=3 5h=4 6h=6 7h=7 484m=7",
        more="--diary",
        label="positive_80",
        sustained="7 -> 1 = 85.7 %",
        readings=11,
        expected=11,
        worst_case=None,
        flags=[],
    ),
    _left(
        "silence beside relief is no negative",
        8,
        "1h=1 3h=7 4h=7",
        more="--diary",
        label="indeterminate",
        reasons=["SILENT_BESIDE_RELIEF"],
        sustained=None,
        payer_pass=None,
        worst_case="negative",
        best_case="positive_80",
    ),
    _left(
        "silence beside pain leaves a negative as it is",
        8,
        "30m=7 45m=7 1h=7 2h=7 3h=6",
        more="--diary",
        label="negative",
        readings=5,
        expected=11,
        worst_case="negative",
        best_case="negative",
    ),
    _left(
        "what was only to treat is no block",
        8,
        "30m=1 1h=1 2h=1 7d=2",
        more="--intent therapeutic",
        label="not_evaluable",
        reasons=["TREATMENT_ONLY"],
        sustained=None,
        window=None,
    ),
    _left(
        "worse than before stays a negative percent",
        6,
        ".5h=8 1h=8 2h=7",
        label="negative",
        sustained="6 -> 8 = -33.3 %",
        flags=[],
    ),
    Vector(
        "each joint has its own answer",
        "--side bilateral --baseline left=8 --baseline right=6 --agent bupivacaine "
        "--score left@.5h=1 --score left@1h=1 --score left@2h=1 "
        "--score right@.5h=5 --score right@1h=5 --score right@2h=5",
        {
            "left": {"label": "positive_80", "sustained": "8 -> 1 = 87.5 %", "payer_pass": True},
            "right": {"label": "negative", "sustained": "6 -> 5 = 16.7 %", "payer_pass": False},
        },
    ),
)


def told(answer: dict[str, Any], key: str) -> Any:
    """One key of a JSON answer; a relief is told by its arithmetic."""
    value = answer[key]
    return value["arithmetic"] if isinstance(value, dict) and "arithmetic" in value else value
