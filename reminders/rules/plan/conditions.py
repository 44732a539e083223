"""The vocabulary of conditions a protocol may use, and what each means about a visit."""

from collections.abc import Callable
from dataclasses import dataclass

from reminders.rules.plan.injection_facts import AnticoagulantDecision, Visit
from reminders.rules.policy import DriverRule, Policy
from scheduling.rules.procedure import Sedation, Side

Test = Callable[[Visit, Policy], bool]


@dataclass(frozen=True, slots=True)
class Fact:
    """A yes-or-no question about a visit, with the sentence for either answer."""

    test: Test
    yes: str
    no: str


def _fasts(visit: Visit, policy: Policy) -> bool:
    return visit.sedation.needs_fasting or policy.fasting_no_sedation_h > 0


def _needs_driver(visit: Visit, policy: Policy) -> bool:
    """Sedation, an oral anxiolytic, premedication (it makes drowsy) or the facility's rule."""
    rule = policy.driver is DriverRule.ALWAYS
    return rule or visit.sedation is not Sedation.NONE or bool(visit.premed)


def _hold_begun(visit: Visit, policy: Policy) -> bool:
    """The last dose was already due when the visit moved or ended."""
    return visit.hold is not None and visit.hold.last_dose_at <= max(
        visit.promised_at, visit.settled_at
    )


FACTS: dict[str, Fact] = {
    "first_promise": Fact(
        lambda v, p: v.revision == 1, "this is the first booking", "the booking was changed"
    ),
    "time_changed": Fact(
        lambda v, p: v.revision > 1 and v.time_changed,
        "the visit was moved",
        "the visit was not moved",
    ),
    "details_changed": Fact(
        lambda v, p: v.revision > 1 and not v.time_changed,
        "details changed but not the time",
        "no details changed",
    ),
    "first_text": Fact(
        lambda v, p: v.first_text,
        "no text has gone to this number",
        "this number has had its first text",
    ),
    "confirmed": Fact(
        lambda v, p: v.confirmed, "the patient has confirmed", "the patient has not confirmed"
    ),
    "diagnostic": Fact(
        lambda v, p: v.intent.is_diagnostic,
        "the visit is diagnostic",
        "the visit is not diagnostic",
    ),
    "treats": Fact(
        lambda v, p: v.treats,
        "a steroid or treatment is planned",
        "only a numbing test, no steroid and no treatment",
    ),
    "bilateral": Fact(
        lambda v, p: v.side is Side.BILATERAL, "both sides are treated", "one side is treated"
    ),
    "sedation": Fact(
        lambda v, p: v.sedation is not Sedation.NONE,
        "sedation is planned",
        "no sedation is planned",
    ),
    "fasting_sedation": Fact(
        lambda v, p: v.sedation.needs_fasting,
        "sedation that needs fasting is planned",
        "no sedation that needs fasting",
    ),
    "fasting": Fact(_fasts, "the patient must fast", "no fasting is needed"),
    "driver_needed": Fact(_needs_driver, "a driver is needed", "no driver is needed"),
    "driver_named": Fact(lambda v, p: v.driver_named, "the driver is named", "no driver is named"),
    "steroid": Fact(lambda v, p: v.steroid, "a steroid is planned", "no steroid is planned"),
    "diabetes": Fact(
        lambda v, p: v.diabetes, "the patient has diabetes", "no diabetes is recorded"
    ),
    "insulin": Fact(lambda v, p: v.insulin, "the patient uses insulin", "no insulin is recorded"),
    "anticoagulant": Fact(
        lambda v, p: v.anticoagulant, "a blood thinner is listed", "no blood thinner is listed"
    ),
    "anticoagulant_decided": Fact(
        lambda v, p: v.anticoagulant_decision is not None,
        "the blood thinner decision is recorded",
        "the blood thinner decision is missing",
    ),
    "anticoagulant_hold": Fact(
        lambda v, p: v.anticoagulant_decision is AnticoagulantDecision.HOLD,
        "a signed hold order exists",
        "there is no signed hold order",
    ),
    "hold_begun": Fact(
        _hold_begun, "the patient may already have paused a drug", "no drug has been paused yet"
    ),
    "nsaid_hold": Fact(
        lambda v, p: v.nsaid_hold, "an NSAID hold is ordered", "no NSAID hold is ordered"
    ),
    "premed": Fact(
        lambda v, p: bool(v.premed), "premedication is ordered", "no premedication is ordered"
    ),
    "contrast_reaction": Fact(
        lambda v, p: v.contrast_reaction,
        "an earlier contrast reaction is recorded",
        "no contrast reaction is recorded",
    ),
    "pregnancy_possible": Fact(
        lambda v, p: v.pregnancy_possible, "pregnancy is possible", "pregnancy is ruled out"
    ),
    "ill": Fact(
        lambda v, p: v.ill, "illness or antibiotics are reported", "no illness is reported"
    ),
    "vaccine": Fact(lambda v, p: v.vaccine, "a vaccine is near", "no vaccine is near"),
    "vaccine_notice": Fact(
        lambda v, p: p.vaccine_notice,
        "the facility warns about vaccines",
        "the facility gives no vaccine notice",
    ),
    "red_flag": Fact(
        lambda v, p: v.red_flag, "a red flag was reported", "no red flag was reported"
    ),
    "interpreter": Fact(
        lambda v, p: v.interpreter, "an interpreter is needed", "no interpreter is needed"
    ),
    "interpreter_booked": Fact(
        lambda v, p: v.interpreter_booked,
        "the interpreter is booked",
        "the interpreter is not booked",
    ),
    "prep_call": Fact(
        lambda v, p: p.prep_call,
        "the facility makes preparation calls",
        "the facility makes no preparation calls",
    ),
    "repeat_no_show": Fact(
        lambda v, p: v.no_shows > 1,
        "this is not the first missed visit",
        "this is the first missed visit",
    ),
    "diary_consent": Fact(
        lambda v, p: v.diary_consent,
        "frequent check-in texts were agreed to",
        "the patient has not agreed to frequent texts",
    ),
    "t0_known": Fact(lambda v, p: v.t0 is not None, "T0 is entered", "T0 is not entered"),
    "t0_estimated": Fact(lambda v, p: v.t0_estimated, "T0 is an estimate", "T0 is not an estimate"),
    "six_month_survey": Fact(
        lambda v, p: p.six_month_survey,
        "the facility asks at six months",
        "the facility does not ask at six months",
    ),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`diagnostic` or `not diagnostic`, as a protocol writes it."""

    name: str
    fact: Fact
    expected: bool

    def why_not(self) -> str:
        """The sentence that explains an unmet condition."""
        return self.fact.no if self.expected else self.fact.yes


def parse(words: str) -> Condition:
    """A condition from its words; an unknown fact is a ValueError naming the known ones."""
    name = words.removeprefix("not ").strip()
    if name not in FACTS:
        raise ValueError(f"unknown condition {words!r}: known are {', '.join(sorted(FACTS))}")
    return Condition(name, FACTS[name], not words.startswith("not "))


def unmet(conditions: tuple[Condition, ...], visit: Visit, policy: Policy) -> str:
    """Why these conditions do not hold, in words; empty when all hold."""
    for condition in conditions:
        if condition.fact.test(visit, policy) is not condition.expected:
            return condition.why_not()
    return ""
