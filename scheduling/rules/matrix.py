"""The clinical decision matrix: which answer to a screening question changes what about a booking.

Codes are those of the rules table; SF-LA, SF-ST, SF-PR, SF-LX, SF-IN and SF-ASK are ours for local
anaesthetic and steroid reactions, lying prone, latex, interpreter and open questions. Days before
the start are our default.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scheduling.rules.ordered import Ordered
from scheduling.rules.procedure import AgentClass, Word

AT_ONCE = 3650  # days before the start at which work is due that cannot wait
ANTITHROMBOTICS = ("aspirin", "p2y12", "warfarin", "doac", "heparin", "fondaparinux", "other")


class Level(Word):
    """Hard stops a booking, soft warns, a task is work for a person before the day."""

    HARD = "hard"
    SOFT = "soft"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer changes. A task is due `days` days before the start, in `queue`."""

    code: str
    level: Level
    sentence: str
    queue: str = "nurse"
    days: int = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """When `question` has one of `answers` and the order fits, `effect` applies."""

    question: str
    answers: tuple[str, ...]
    effect: Effect
    fits: Callable[[Ordered], bool] = lambda ordered: True


def _hard(code: str, sentence: str) -> Effect:
    return Effect(code, Level.HARD, sentence)


def _soft(code: str, sentence: str) -> Effect:
    return Effect(code, Level.SOFT, sentence)


def task(code: str, sentence: str, queue: str = "nurse", days: int = 7) -> Effect:
    return Effect(code, Level.TASK, sentence, queue, days)


def _plans(kind: AgentClass, plan: str) -> Callable[[Ordered], bool]:
    """A condition: an agent of this class is planned, and no physician's plan is recorded."""
    return lambda ordered: ordered.includes(kind) and ordered.answer(plan) != "recorded"


RULES: tuple[Rule, ...] = (
    Rule(
        "anticoagulant",
        ANTITHROMBOTICS,
        task("SF-01", "Obtain the prescriber's decision about the blood thinner.", days=7),
        lambda ordered: not ordered.decided,
    ),
    Rule(
        "diabetes",
        ("type1", "type2"),
        task("SF-04", "Diabetes and a steroid: check HbA1c and plan 5 days of closer testing."),
        lambda ordered: ordered.includes(AgentClass.STEROID),
    ),
    Rule(
        "insulin",
        ("yes",),
        task(
            "SF-17",
            "Insulin and fasting: phone the patient; take as first case of the day.",
            days=2,
        ),
        lambda ordered: ordered.sedation.needs_fasting,
    ),
    Rule(
        "contrast_reaction",
        ("mild",),
        task("SF-07", "Mild contrast reaction: the physician chooses the agent.", "physician"),
        lambda ordered: ordered.includes(AgentClass.CONTRAST),
    ),
    Rule(
        "contrast_reaction",
        ("moderate",),
        task("SF-08", "Moderate contrast reaction: the physician decides on a plan.", "physician"),
        _plans(AgentClass.CONTRAST, "contrast_plan"),
    ),
    Rule(
        "contrast_reaction",
        ("severe",),
        _hard("SF-08", "Severe reaction to contrast and no physician's plan is recorded."),
        _plans(AgentClass.CONTRAST, "contrast_plan"),
    ),
    Rule(
        "la_reaction",
        ("severe",),
        _hard(
            "SF-LA", "Severe reaction to a local anaesthetic and no physician's plan is recorded."
        ),
        _plans(AgentClass.LOCAL_ANAESTHETIC, "la_plan"),
    ),
    Rule(
        "la_reaction",
        ("mild", "moderate"),
        task(
            "SF-LA",
            "Reaction to a local anaesthetic: the physician chooses the agent.",
            "physician",
        ),
        _plans(AgentClass.LOCAL_ANAESTHETIC, "la_plan"),
    ),
    Rule(
        "steroid_reaction",
        ("severe",),
        _hard("SF-ST", "Severe reaction to a steroid and no physician's plan is recorded."),
        _plans(AgentClass.STEROID, "steroid_plan"),
    ),
    Rule(
        "steroid_reaction",
        ("mild", "moderate"),
        task("SF-ST", "Reaction to a steroid: the physician chooses the agent.", "physician"),
        _plans(AgentClass.STEROID, "steroid_plan"),
    ),
    Rule(
        "pregnancy",
        ("yes",),
        _hard("SF-11", "Pregnant, and X-ray guidance is ordered: a physician has to decide first."),
        lambda ordered: ordered.xray and ordered.answer("pregnancy_plan") != "recorded",
    ),
    Rule(
        "pregnancy",
        ("possible",),
        task("SF-11", "Pregnancy is possible: urine test on arrival.", days=0),
    ),
    Rule(
        "infection",
        ("yes",),
        task("SF-12", "Fever or infection: phone today, likely move.", days=AT_ONCE),
    ),
    Rule(
        "antibiotics",
        ("unfinished",),
        task("SF-13", "Antibiotics not finished 7 days ago: phone, likely move.", days=AT_ONCE),
    ),
    Rule(
        "vaccine",
        ("near",),
        _soft("SF-14", "A vaccine within 14 days before or 7 days after: offer another date."),
        lambda ordered: ordered.includes(AgentClass.STEROID),
    ),
    Rule(
        "weight",
        ("over_limit",),
        _hard("BK-13", "Weight is over the table's limit: find another site."),
    ),
    Rule(
        "weight",
        ("near_limit",),
        task("BK-13", "Weight is near the table's limit: check the table."),
    ),
    Rule(
        "prone",
        ("cannot",),
        task("SF-PR", "Cannot lie face down: the physician decides how.", "physician"),
    ),
    Rule("latex", ("yes",), task("SF-LX", "Latex allergy: prepare the room.", days=1)),
    Rule(
        "glp1",
        ("yes",),
        task("SF-16", "GLP-1 medicine and sedation: ask anaesthesia about a liquid diet."),
        lambda ordered: ordered.sedated,
    ),
    Rule("interpreter", ("needed",), task("SF-IN", "Book an interpreter.", "desk", 14)),
    Rule(
        "red_flag",
        ("yes",),
        _hard("SF-20", "New weakness or numbness: a clinician must see the patient now."),
    ),
)
