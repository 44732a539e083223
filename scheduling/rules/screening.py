"""Screening answers and what each of them changes about a booking.

A closed vocabulary: a question or an answer that is not in `QUESTIONS` is an error. A question that
nobody answered is unknown, which is never the same as "no". Effects follow the clinical decision
matrix. How long ago antibiotics are `finished`, and how `near` a vaccine is, the policy says.
"""

from collections.abc import Mapping

from scheduling.rules.matrix import ANTITHROMBOTICS, Effect, Rule, rules, task
from scheduling.rules.ordered import Ordered
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import AgentClass

YES_NO = ("no", "yes", "unknown")
REACTION = ("none", "mild", "moderate", "severe", "unknown")
PLAN = ("none", "recorded")  # whether a physician has recorded how to go ahead all the same

QUESTIONS: dict[str, tuple[str, ...]] = {
    "anticoagulant": ("none", *ANTITHROMBOTICS, "unknown"),
    "diabetes": ("none", "type1", "type2", "unknown"),
    "insulin": YES_NO,
    "contrast_reaction": REACTION,
    "contrast_plan": PLAN,
    "la_reaction": REACTION,
    "la_plan": PLAN,
    "steroid_reaction": REACTION,
    "steroid_plan": PLAN,
    "pregnancy": ("no", "possible", "yes", "unknown"),
    "pregnancy_plan": PLAN,
    "infection": YES_NO,
    "antibiotics": ("none", "finished", "unfinished", "unknown"),
    "vaccine": ("no", "near", "unknown"),
    "latex": YES_NO,
    "prone": ("can", "cannot", "unknown"),  # lie face down for 30 minutes
    "weight": ("within_limit", "near_limit", "over_limit", "unknown"),
    "nsaid": ("none", "takes", "hold_ordered", "unknown"),
    "glp1": YES_NO,
    "interpreter": ("no", "needed", "booked"),
    "red_flag": YES_NO,  # new leg weakness, saddle numbness, bladder or bowel change
}
# Asked of everybody; the others follow from the order (sedation) or from an answer (plans).
ASKED = (
    *("anticoagulant", "diabetes", "contrast_reaction", "la_reaction", "steroid_reaction"),
    *("pregnancy", "infection", "antibiotics", "prone", "red_flag"),
)


def faults(answers: Mapping[str, object]) -> list[str]:
    """One sentence for each question or answer outside the vocabulary."""
    return [
        sentence for question, answer in answers.items() if (sentence := _fault(question, answer))
    ]


def _fault(question: str, answer: object) -> str:
    """What is wrong with one answer, or nothing."""
    if question not in QUESTIONS:
        return f"{question!r} is no screening question; known are {', '.join(QUESTIONS)}."
    if answer not in QUESTIONS[question]:
        return f"{answer!r} is no answer to {question}; choose {', '.join(QUESTIONS[question])}."
    return ""


def effects(ordered: Ordered, policy: BookingPolicy) -> tuple[Effect, ...]:
    """Everything the answers change about this order, in the table's order."""
    found = [rule.effect for rule in rules(policy) if _applies(rule, ordered)]
    missing = _unanswered(ordered)
    if missing:
        sentence = f"Ask before the day: {', '.join(missing)}."
        found.append(task("SF-ASK", sentence, policy.work_due_days))
    return tuple(found)


def _applies(rule: Rule, ordered: Ordered) -> bool:
    return ordered.answer(rule.question) in rule.answers and rule.fits(ordered)


def _unanswered(ordered: Ordered) -> tuple[str, ...]:
    """Questions that matter to this order and whose answer is unknown."""
    asked = (*ASKED, "glp1") if ordered.sedated else ASKED
    if ordered.answer("diabetes") in ("type1", "type2"):
        asked = (*asked, "insulin")
    return tuple(question for question in asked if ordered.answer(question) == "unknown")


def preference(ordered: Ordered) -> str:
    """When on a day this order is best done; empty when any time will do."""
    if ordered.answer("insulin") == "yes" and ordered.sedation.needs_fasting:
        return "first case of the day: insulin and fasting"
    diabetic = ordered.answer("diabetes") in ("type1", "type2")
    if diabetic and ordered.includes(AgentClass.STEROID):
        return "a morning time: diabetes and a steroid"
    return ""
