"""The clinical decision matrix: which answer to a screening question changes what about a booking.

Codes are those of the rules table; SF-LA, SF-ST, SF-PR, SF-LX, SF-IN and SF-ASK are ours for local
anaesthetic and steroid reactions, lying prone, latex, interpreter and open questions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from scheduling.rules.ordered import Ordered
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import AgentClass, Word

# Days before the start at which work is due: what cannot wait, and what the day itself brings.
AT_ONCE, ON_ARRIVAL = 3650, 0
ANTITHROMBOTICS = ("aspirin", "p2y12", "warfarin", "doac", "heparin", "fondaparinux", "other")


class Level(Word):
    """Hard stops a booking, soft warns, a task is work for a person before the day."""

    HARD = "hard"
    SOFT = "soft"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer changes. A task is due `days` days before the start, in `queue`.

    `page`: once it is booked, whoever is on call hears of it at once.
    """

    code: str
    level: Level
    sentence: str
    queue: str = ""
    days: int = 0
    page: bool = False


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


def task(code: str, sentence: str, days: int, queue: str = "nurse") -> Effect:
    return Effect(code, Level.TASK, sentence, queue, days)


def _includes(kind: AgentClass) -> Callable[[Ordered], bool]:
    """A condition: an agent of this class is planned."""
    return lambda ordered: ordered.includes(kind)


def _plans(kind: AgentClass, plan: str) -> Callable[[Ordered], bool]:
    """A condition: an agent of this class is planned, and no physician's plan is recorded."""
    return lambda ordered: ordered.includes(kind) and ordered.answer(plan) != "recorded"


@lru_cache(maxsize=64)
def rules(policy: BookingPolicy) -> tuple[Rule, ...]:
    """The whole matrix with a location's numbers, in the order in which effects are said."""
    return (
        *_blood(policy),
        *_contrast(policy),
        *_reaction("la", AgentClass.LOCAL_ANAESTHETIC, "SF-LA", "a local anaesthetic", policy),
        *_reaction("steroid", AgentClass.STEROID, "SF-ST", "a steroid", policy),
        *_pregnancy(),
        *_illness(policy),
        *_table(policy),
        *_day(policy),
        Rule(
            "red_flag",
            ("yes",),
            Effect(
                "SF-20",
                Level.HARD,
                "New weakness or numbness: a clinician must see the patient now.",
                page=True,
            ),
        ),
    )


def _blood(policy: BookingPolicy) -> Iterator[Rule]:
    """Blood thinners and blood sugar."""
    yield Rule(
        "anticoagulant",
        ANTITHROMBOTICS,
        task(
            "SF-01",
            "Obtain the prescriber's decision about the blood thinner.",
            policy.work_due_days,
        ),
        lambda ordered: not ordered.decided,
    )
    yield Rule(
        "diabetes",
        ("type1", "type2"),
        task(
            "SF-04",
            f"Diabetes and a steroid: check HbA1c and plan {policy.glucose_watch_days} days of "
            "closer testing.",
            policy.work_due_days,
        ),
        _includes(AgentClass.STEROID),
    )
    yield Rule(
        "insulin",
        ("yes",),
        task(
            "SF-17",
            "Insulin and fasting: phone the patient; take as first case of the day.",
            policy.insulin_call_due_days,
        ),
        lambda ordered: ordered.sedation.needs_fasting,
    )


def _contrast(policy: BookingPolicy) -> Iterator[Rule]:
    """Reactions to contrast: after a mild one, another agent will do."""
    yield Rule(
        "contrast_reaction",
        ("mild",),
        task(
            "SF-07",
            "Mild contrast reaction: the physician chooses the agent.",
            policy.work_due_days,
            "physician",
        ),
        _includes(AgentClass.CONTRAST),
    )
    yield Rule(
        "contrast_reaction",
        ("moderate",),
        task(
            "SF-08",
            "Moderate contrast reaction: the physician decides on a plan.",
            policy.work_due_days,
            "physician",
        ),
        _plans(AgentClass.CONTRAST, "contrast_plan"),
    )
    yield Rule(
        "contrast_reaction",
        ("severe",),
        _hard("SF-08", "Severe reaction to contrast and no physician's plan is recorded."),
        _plans(AgentClass.CONTRAST, "contrast_plan"),
    )


def _reaction(
    name: str, kind: AgentClass, code: str, to: str, policy: BookingPolicy
) -> Iterator[Rule]:
    """Reactions to another class of agents."""
    yield Rule(
        f"{name}_reaction",
        ("severe",),
        _hard(code, f"Severe reaction to {to} and no physician's plan is recorded."),
        _plans(kind, f"{name}_plan"),
    )
    yield Rule(
        f"{name}_reaction",
        ("mild", "moderate"),
        task(
            code,
            f"Reaction to {to}: the physician chooses the agent.",
            policy.work_due_days,
            "physician",
        ),
        _plans(kind, f"{name}_plan"),
    )


def _pregnancy() -> Iterator[Rule]:
    yield Rule(
        "pregnancy",
        ("yes",),
        _hard("SF-11", "Pregnant, and X-ray guidance is ordered: a physician has to decide first."),
        lambda ordered: ordered.xray and ordered.answer("pregnancy_plan") != "recorded",
    )
    yield Rule(
        "pregnancy",
        ("possible",),
        task("SF-11", "Pregnancy is possible: urine test on arrival.", ON_ARRIVAL),
    )


def _illness(policy: BookingPolicy) -> Iterator[Rule]:
    """Infections, and vaccines that a steroid may weaken."""
    yield Rule(
        "infection",
        ("yes",),
        task("SF-12", "Fever or infection: phone today, likely move.", AT_ONCE),
    )
    yield Rule(
        "antibiotics",
        ("unfinished",),
        task(
            "SF-13",
            f"Antibiotics not finished {policy.antibiotic_free_days} days ago: phone, likely move.",
            AT_ONCE,
        ),
    )
    yield Rule(
        "vaccine",
        ("near",),
        _soft(
            "SF-14",
            f"A vaccine within {policy.vaccine_before_days} days before or "
            f"{policy.vaccine_after_days} days after: offer another date.",
        ),
        _includes(AgentClass.STEROID),
    )


def _table(policy: BookingPolicy) -> Iterator[Rule]:
    """Whether the patient can lie on the table."""
    yield Rule(
        "weight",
        ("over_limit",),
        _hard("BK-13", "Weight is over the table's limit: find another site."),
    )
    yield Rule(
        "weight",
        ("near_limit",),
        task("BK-13", "Weight is near the table's limit: check the table.", policy.work_due_days),
    )
    yield Rule(
        "prone",
        ("cannot",),
        task(
            "SF-PR",
            "Cannot lie face down: the physician decides how.",
            policy.work_due_days,
            "physician",
        ),
    )


def _day(policy: BookingPolicy) -> Iterator[Rule]:
    """What the day needs: a room without latex, a diet, an interpreter."""
    yield Rule(
        "latex",
        ("yes",),
        task("SF-LX", "Latex allergy: prepare the room.", policy.latex_room_due_days),
    )
    yield Rule(
        "glp1",
        ("yes",),
        task(
            "SF-16",
            "GLP-1 medicine and sedation: ask anaesthesia about a liquid diet.",
            policy.work_due_days,
        ),
        lambda ordered: ordered.sedated,
    )
    yield Rule(
        "interpreter",
        ("needed",),
        task("SF-IN", "Book an interpreter.", policy.interpreter_due_days, "desk"),
    )
