"""The vocabulary of conditions a protocol may use, and what each means about an injection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.policy import Policy
from scheduling.rules.procedure import DriverRule, HoldDecision, InjectionState, Sedation

Test = Callable[[InjectionFacts, Policy], bool]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A yes-or-no question about an injection, with the sentence for either answer."""

    test: Test
    yes: str
    no: str


def _fasts(facts: InjectionFacts, policy: Policy) -> bool:
    return facts.sedation.needs_fasting or policy.fasting_no_sedation_h > 0


def _needs_driver(facts: InjectionFacts, policy: Policy) -> bool:
    """Sedation, an oral anxiolytic, premedication (it makes drowsy) or the facility's rule."""
    rule = policy.driver is DriverRule.ALWAYS
    return rule or facts.sedation is not Sedation.NONE or bool(facts.premed)


def _is_short_notice(facts: InjectionFacts, policy: Policy) -> bool:
    """Whether some preparation should have begun before the time was promised."""
    hours = [policy.analgesic_hold_h] if facts.intent.is_diagnostic else []
    if facts.sedation.needs_fasting:
        hours.append(policy.fatty_food_h)
    elif policy.fasting_no_sedation_h:
        hours.append(policy.fasting_no_sedation_h)
    return facts.promised_at > facts.start - timedelta(hours=max(hours, default=0))


PREDICATES: dict[str, Predicate] = {
    "first_promise": Predicate(
        lambda v, p: v.revision == 1, "this is the first booking", "the booking was changed"
    ),
    "time_changed": Predicate(
        lambda v, p: v.revision > 1 and v.time_changed,
        "the injection was moved",
        "the injection was not moved",
    ),
    "details_changed": Predicate(
        lambda v, p: v.revision > 1 and not v.time_changed,
        "details changed but not the time",
        "no details changed",
    ),
    "first_text": Predicate(
        lambda v, p: v.first_text,
        "no text has gone to this number",
        "this number has had its first text",
    ),
    "confirmed": Predicate(
        lambda v, p: v.confirmed, "the patient has confirmed", "the patient has not confirmed"
    ),
    "diagnostic": Predicate(
        lambda v, p: v.intent.is_diagnostic,
        "the injection is diagnostic",
        "the injection is not diagnostic",
    ),
    "treats": Predicate(
        lambda v, p: v.treats,
        "a steroid or treatment is planned",
        "only a numbing test, no steroid and no treatment",
    ),
    "sedated": Predicate(
        lambda v, p: v.sedation is not Sedation.NONE,
        "there is sedation",
        "there is no sedation",
    ),
    "fasting_sedation": Predicate(
        lambda v, p: v.sedation.needs_fasting,
        "sedation that needs fasting is planned",
        "no sedation that needs fasting",
    ),
    "short_notice": Predicate(
        _is_short_notice,
        "some preparation should have begun before the booking",
        "there is time for the preparation",
    ),
    "fasting": Predicate(_fasts, "the patient must fast", "no fasting is needed"),
    "driver_needed": Predicate(_needs_driver, "a driver is needed", "no driver is needed"),
    "driver_named": Predicate(
        lambda v, p: v.driver_named, "the driver is named", "no driver is named"
    ),
    "steroid": Predicate(lambda v, p: v.steroid, "a steroid is planned", "no steroid is planned"),
    "diabetes": Predicate(
        lambda v, p: v.diabetes, "the patient has diabetes", "no diabetes is recorded"
    ),
    "diabetes_fasting": Predicate(
        lambda v, p: v.diabetes and _fasts(v, p),
        "a patient with diabetes must fast",
        "no patient with diabetes who must fast",
    ),
    "insulin": Predicate(
        lambda v, p: v.insulin, "the patient uses insulin", "no insulin is recorded"
    ),
    "anticoagulant": Predicate(
        lambda v, p: v.anticoagulant, "a blood thinner is listed", "no blood thinner is listed"
    ),
    "anticoagulant_decided": Predicate(
        lambda v, p: v.anticoagulant_decision is not None,
        "the blood thinner decision is recorded",
        "the blood thinner decision is missing",
    ),
    "anticoagulant_hold": Predicate(
        lambda v, p: v.anticoagulant_decision is HoldDecision.HOLD,
        "a signed hold order exists",
        "there is no signed hold order",
    ),
    "pause_unsettled": Predicate(
        lambda v, p: v.pause_unsettled,
        "a drug may be paused for a visit that is not as it was",
        "no pause waits for a person's call",
    ),
    "nsaid_hold": Predicate(
        lambda v, p: v.nsaid_hold, "an NSAID hold is ordered", "no NSAID hold is ordered"
    ),
    "premed": Predicate(
        lambda v, p: bool(v.premed), "premedication is ordered", "no premedication is ordered"
    ),
    "contrast_reaction": Predicate(
        lambda v, p: v.contrast_reaction,
        "an earlier contrast reaction is recorded",
        "no contrast reaction is recorded",
    ),
    "pregnancy_possible": Predicate(
        lambda v, p: v.pregnancy_possible,
        "pregnancy is possible",
        "no possible pregnancy is recorded",
    ),
    "ill": Predicate(
        lambda v, p: v.ill, "illness or antibiotics are reported", "no illness is reported"
    ),
    "vaccine": Predicate(
        lambda v, p: v.vaccine, "a vaccine is near", "no near vaccine is recorded"
    ),
    "vaccine_notice": Predicate(
        lambda v, p: p.vaccine_notice,
        "the facility warns about vaccines",
        "the facility gives no vaccine notice",
    ),
    "red_flag": Predicate(
        lambda v, p: v.red_flag, "a red flag was reported", "no red flag was reported"
    ),
    "interpreter": Predicate(
        lambda v, p: v.interpreter,
        "an interpreter is needed",
        "no need of an interpreter is recorded",
    ),
    "interpreter_booked": Predicate(
        lambda v, p: v.interpreter_booked,
        "the interpreter is booked",
        "the interpreter is not booked",
    ),
    "prep_call": Predicate(
        lambda v, p: p.prep_call,
        "the facility makes preparation calls",
        "the facility makes no preparation calls",
    ),
    "repeat_no_show": Predicate(
        lambda v, p: v.no_shows > 1,
        "this is not the first missed injection",
        "this is the first missed injection",
    ),
    "diary_consent": Predicate(
        lambda v, p: v.diary_consent,
        "frequent check-in texts were agreed to",
        "the patient has not agreed to frequent texts",
    ),
    "page_read": Predicate(
        lambda v, p: v.has_read_page,
        "the patient has opened the page since it changed",
        "the patient has not opened the page since it changed",
    ),
    "completed": Predicate(
        lambda v, p: v.state is InjectionState.COMPLETED,
        "the injection is done",
        "the injection is not done",
    ),
    "aborted": Predicate(
        lambda v, p: v.state is InjectionState.ABORTED,
        "the injection was stopped before its end",
        "the injection was not stopped before its end",
    ),
    "happened": Predicate(
        lambda v, p: v.state in (InjectionState.COMPLETED, InjectionState.ABORTED),
        "the injection was done or begun",
        "the injection is still ahead, or did not happen",
    ),
    "t0_known": Predicate(lambda v, p: v.t0 is not None, "T0 is entered", "T0 is not entered"),
    "t0_estimated": Predicate(
        lambda v, p: v.t0_estimated, "T0 is an estimate", "T0 is not an estimate"
    ),
    "baseline_low": Predicate(
        lambda v, p: v.baseline_low,
        "the baseline is too low to be read",
        "no baseline that is too low is recorded",
    ),
    "six_month_survey": Predicate(
        lambda v, p: p.six_month_survey,
        "the facility asks at six months",
        "the facility does not ask at six months",
    ),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`diagnostic` or `not diagnostic`, as a protocol writes it."""

    name: str
    predicate: Predicate
    expected: bool

    def why_not(self) -> str:
        """The sentence that explains an unmet condition."""
        return self.predicate.no if self.expected else self.predicate.yes


def parse(words: str) -> Condition:
    """A condition from its words; an unknown fact is a ValueError naming the known ones."""
    name = words.removeprefix("not ").strip()
    if name not in PREDICATES:
        raise ValueError(f"unknown condition {words!r}: known are {', '.join(sorted(PREDICATES))}")
    return Condition(name, PREDICATES[name], not words.startswith("not "))


def unmet(conditions: tuple[Condition, ...], facts: InjectionFacts, policy: Policy) -> str:
    """Why these conditions do not hold, in words; empty when all hold."""
    for condition in conditions:
        if condition.predicate.test(facts, policy) is not condition.expected:
            return condition.why_not()
    return ""
