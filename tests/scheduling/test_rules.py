"""What booking rules say about facts: checks, screening, lead time. No database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.policy import shipped
from scheduling.rules import lead_time, screening
from scheduling.rules.checks import EarlierInjection, Proposal, check, stops
from scheduling.rules.matrix import Level, rules
from scheduling.rules.ordered import Ordered
from scheduling.rules.procedure import Drug, Guidance, Intent, Sedation, Side, Target

ZONE = "America/New_York"
START = datetime(2026, 3, 16, 9, tzinfo=ZoneInfo(ZONE))
ANSWERED = dict.fromkeys(screening.ASKED, "none") | {
    "pregnancy": "no",
    "infection": "no",
    "prone": "can",
    "red_flag": "no",
    "glp1": "no",
}
DRUGS = (Drug.BUPIVACAINE, Drug.METHYLPREDNISOLONE, Drug.IOHEXOL)


def ordered(**facts) -> Ordered:
    answers = ANSWERED | facts.pop("answers", {})
    said = {"side": Side.LEFT, "intent": Intent.THERAPEUTIC, "drugs": DRUGS}
    return Ordered(**said | facts, screening=answers)


def proposal(asked: Ordered | None = None, **facts) -> Proposal:
    asked = asked or ordered()
    said = {"side": asked.side, "start": START, "zone": ZONE, "now": START - timedelta(days=14)}
    said |= {"block": 30, "policy": shipped()}
    return Proposal(ordered=asked, **said | facts)


def said(asked: Ordered | None = None, **facts) -> list[tuple[str, str]]:
    """Codes and levels of everything said."""
    return [(each.code, each.level.value) for each in check(proposal(asked, **facts))]


def test_nothing_is_said_against_a_plain_order():
    assert said() == []


@pytest.mark.parametrize(
    ("facts", "spoken"),
    [
        ({"side": None}, ("BK-01", "hard")),
        ({"guidance": Guidance.NONE}, ("BK-03", "hard")),
        ({"guidance": Guidance.NONE, "target": Target.LATERAL_BRANCH}, ("BK-03", "soft")),
        ({"guidance": Guidance.ULTRASOUND}, ("BK-04", "soft")),
        ({"drugs": (Drug.BUPIVACAINE,)}, ("BK-05", "soft")),
        ({"intent": Intent.DIAGNOSTIC, "sedation": Sedation.DEEP_MAC}, ("BK-19", "soft")),
        ({"sedation": Sedation.ORAL_ANXIOLYTIC}, ("SF-19", "task")),
        ({"premedication": (13, 7, 1)}, ("SF-19", "task")),
        ({"answers": {"anticoagulant": "warfarin"}}, ("SF-01", "task")),
        ({"answers": {"diabetes": "type2", "insulin": "no"}}, ("SF-04", "task")),
        ({"answers": {"contrast_reaction": "mild"}}, ("SF-07", "task")),
        ({"answers": {"contrast_reaction": "moderate"}}, ("SF-08", "task")),
        ({"answers": {"contrast_reaction": "severe"}}, ("SF-08", "hard")),
        ({"answers": {"la_reaction": "severe"}}, ("SF-LA", "hard")),
        ({"answers": {"la_reaction": "mild"}}, ("SF-LA", "task")),
        ({"answers": {"steroid_reaction": "severe"}}, ("SF-ST", "hard")),
        ({"answers": {"steroid_reaction": "moderate"}}, ("SF-ST", "task")),
        ({"answers": {"pregnancy": "yes"}}, ("SF-11", "hard")),
        ({"answers": {"pregnancy": "possible"}}, ("SF-11", "task")),
        ({"answers": {"infection": "yes"}}, ("SF-12", "task")),
        ({"answers": {"antibiotics": "unfinished"}}, ("SF-13", "task")),
        ({"answers": {"vaccine": "near"}}, ("SF-14", "soft")),
        ({"answers": {"weight": "over_limit"}}, ("BK-13", "hard")),
        ({"answers": {"weight": "near_limit"}}, ("BK-13", "task")),
        ({"answers": {"prone": "cannot"}}, ("SF-PR", "task")),
        ({"answers": {"latex": "yes"}}, ("SF-LX", "task")),
        ({"answers": {"interpreter": "needed"}}, ("SF-IN", "task")),
        ({"answers": {"red_flag": "yes"}}, ("SF-20", "hard")),
        ({"answers": {"pregnancy": "unknown"}}, ("SF-ASK", "task")),
    ],
)
def test_a_fact_is_spoken_about_with_its_level(facts, spoken):
    assert spoken in said(ordered(**facts))


@pytest.mark.parametrize(
    "facts",
    [
        {
            "guidance": Guidance.ULTRASOUND,
            "drugs": (Drug.BUPIVACAINE,),
            "answers": {"contrast_reaction": "mild"},
        },
        {"guidance": Guidance.ULTRASOUND, "answers": {"pregnancy": "yes"}},
        {"answers": {"pregnancy": "yes", "pregnancy_plan": "recorded"}},
        {"answers": {"contrast_reaction": "severe", "contrast_plan": "recorded"}},
        {"drugs": (Drug.BUPIVACAINE, Drug.IOHEXOL), "answers": {"steroid_reaction": "severe"}},
        {
            "drugs": (Drug.BUPIVACAINE, Drug.IOHEXOL),
            "answers": {"diabetes": "type1", "insulin": "no"},
        },
        {"decided": True, "answers": {"anticoagulant": "doac"}},
    ],
)
def test_a_fact_that_something_else_settles_is_not_spoken_about(facts):
    assert said(ordered(**facts)) == []


def test_sedation_asks_about_fasting_medicines_and_insulin():
    sedated = ordered(
        sedation=Sedation.MODERATE_IV,
        answers={"diabetes": "type1", "insulin": "yes", "glp1": "yes"},
    )

    codes = {code for code, _ in said(sedated)}

    assert {"SF-16", "SF-17", "SF-19"} <= codes


def test_a_booked_side_that_was_not_ordered_is_stopped():
    assert said(side=Side.RIGHT) == [("BK-02", "hard")]


def test_a_named_driver_is_not_asked_for():
    sedated = ordered(sedation=Sedation.MODERATE_IV)

    assert ("SF-19", "task") not in said(sedated, driver_named=True)


def test_a_facility_may_ask_everybody_for_a_driver():
    assert said(policy=shipped().but({"driver": "always"})) == [("SF-19", "task")]


@pytest.mark.parametrize(
    ("side", "signed", "spoken"),
    [
        (Side.LEFT, False, [("BK-16", "hard")]),
        (Side.LEFT, True, []),
        (Side.RIGHT, False, []),
    ],
)
def test_an_unsigned_answer_of_the_same_joint_is_a_stop(side, signed, spoken):
    earlier = EarlierInjection(side, START - timedelta(days=100), True, True, signed)

    assert said(earlier=(earlier,)) == spoken


def test_what_was_only_to_treat_has_no_answer_to_wait_for():
    earlier = EarlierInjection(Side.LEFT, START - timedelta(days=100), True, False, False)

    assert said(earlier=(earlier,)) == []


def test_a_bilateral_booking_meets_the_answers_of_both_joints():
    earlier = EarlierInjection(Side.RIGHT, START - timedelta(days=100), False, True, False)

    assert said(ordered(side=Side.BILATERAL), earlier=(earlier,)) == [("BK-16", "hard")]


@pytest.mark.parametrize(
    ("days", "steroid", "spoken"),
    [
        (83, True, [("MN-13", "hard")]),
        (84, True, []),
        (13, False, [("MN-14", "soft")]),
        (14, False, []),
    ],
)
def test_diagnostic_blocks_of_one_joint_keep_their_distance(days, steroid, spoken):
    asked = ordered(intent=Intent.DIAGNOSTIC)
    earlier = EarlierInjection(Side.LEFT, START - timedelta(days=days), steroid, True, True)

    assert said(asked, earlier=(earlier,)) == spoken


def test_a_facility_sets_how_far_blocks_lie_apart():
    asked = ordered(intent=Intent.DIAGNOSTIC)
    earlier = EarlierInjection(Side.LEFT, START - timedelta(days=84), True, True, True)

    found = said(asked, earlier=(earlier,), policy=shipped().but({"after_steroid_days": 90}))

    assert found == [("MN-13", "hard")]


@pytest.mark.parametrize(("code", "stopped"), [("BK-16", False), ("BK-01", True)])
def test_only_some_stops_can_be_overridden(code, stopped):
    earlier = EarlierInjection(Side.LEFT, START - timedelta(days=100), True, True, False)
    asked = ordered(side=None) if code == "BK-01" else ordered()
    everything = check(proposal(asked, earlier=(earlier,)))

    assert bool(stops(everything, {code: "because"})) is stopped


def test_a_reason_of_blanks_is_no_reason():
    earlier = EarlierInjection(Side.LEFT, START - timedelta(days=100), True, True, False)

    assert stops(check(proposal(earlier=(earlier,))), {"BK-16": "  "})


def test_hard_checks_come_first():
    levels = [
        each.level
        for each in check(
            proposal(ordered(answers={"red_flag": "yes", "latex": "yes", "vaccine": "near"}))
        )
    ]

    assert levels == [Level.HARD, Level.SOFT, Level.TASK]


@pytest.mark.parametrize(
    ("wall", "hours", "late"),
    [
        (time(12, 15), 8, False),
        (time(12, 16), 8, True),
        (time(14, 15), 6, False),
        (time(14, 16), 6, True),
    ],
)
@pytest.mark.parametrize("day", [(2026, 3, 16), (2026, 3, 8), (2026, 11, 1)])
def test_a_diary_ends_in_waking_hours_by_the_clinics_wall_clock(wall, hours, late, day):
    start = datetime.combine(datetime(*day).date(), wall, ZoneInfo(ZONE)).astimezone(UTC)  # noqa: DTZ001

    found = said(
        ordered(intent=Intent.DIAGNOSTIC),
        start=start,
        now=start - timedelta(days=9),
        policy=shipped().but({"diary_hours": hours}),
    )

    assert (("BK-14", "soft") in found) is late


def test_a_longer_block_starts_earlier():
    assert lead_time.latest_start(Intent.DIAGNOSTIC, 45, shipped()) == time(12, 0)


def test_without_a_diary_any_start_will_do():
    assert lead_time.latest_start(Intent.THERAPEUTIC, 30, shipped()) is None


@pytest.mark.parametrize(
    ("facts", "hours"),
    [
        ({}, 0),
        ({"intent": Intent.DIAGNOSTIC}, 8),
        ({"premedication": (13, 7, 1)}, 13),
        ({"premedication": (12, 2)}, 12),
        ({"sedation": Sedation.MODERATE_IV}, 8),
        ({"sedation": Sedation.ORAL_ANXIOLYTIC}, 0),
        ({"sedation": Sedation.DEEP_MAC, "answers": {"glp1": "yes"}}, 24),
        ({"answers": {"interpreter": "needed"}}, 48),
        ({"answers": {"nsaid": "hold_ordered"}}, 96),
        ({"answers": {"nsaid": "takes"}}, 0),
        ({"answers": {"anticoagulant": "warfarin"}}, 0),
        ({"answers": {"anticoagulant": "warfarin"}, "hold": True, "decided": True}, 120),
        ({"answers": {}, "hold": True, "decided": True}, 168),
    ],
)
def test_preparation_needs_its_hours(facts, hours):
    assert lead_time.longest(ordered(**facts), shipped()) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("facts", "policy", "hours"),
    [
        ({"intent": Intent.DIAGNOSTIC}, {"analgesic_hold_h": 12}, 12),
        ({"sedation": Sedation.MODERATE_IV}, {"fatty_food_h": 10}, 10),
        ({"sedation": Sedation.DEEP_MAC, "answers": {"glp1": "yes"}}, {"liquid_diet_h": 36}, 36),
        ({"answers": {"interpreter": "needed"}}, {"interpreter_h": 72}, 72),
        ({"answers": {"nsaid": "hold_ordered"}}, {"nsaid_hold_h": 24}, 24),
        ({"answers": {"anticoagulant": "doac"}, "hold": True}, {"hold_doac_days": 2}, 48),
        ({"answers": {}, "hold": True}, {"hold_other_days": 3}, 72),
    ],
)
def test_a_facility_sets_how_long_a_preparation_takes(facts, policy, hours):
    found = lead_time.longest(ordered(**facts), shipped().but(policy))

    assert found == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("policy", "latest"),
    [({"waking_until": "20:00"}, time(11, 30)), ({"diary_hours": 6}, time(14, 15))],
)
def test_a_facility_sets_when_a_diary_has_to_end(policy, latest):
    assert lead_time.latest_start(Intent.DIAGNOSTIC, 30, shipped().but(policy)) == latest


def test_the_longest_preparation_comes_first():
    asked = ordered(intent=Intent.DIAGNOSTIC, premedication=(13, 7, 1))

    assert [need.what for need in lead_time.needs(asked, shipped())] == [
        "contrast premedication",
        "holding pain pills",
    ]


@pytest.mark.parametrize(("left", "late"), [(8, False), (7, True)])
def test_a_booking_too_late_to_prepare_is_said(left, late):
    asked = ordered(intent=Intent.DIAGNOSTIC)

    found = said(asked, now=START - timedelta(hours=left))

    assert (("PREP", "soft") in found) is late


@pytest.mark.parametrize(
    ("code", "answers", "days"),
    [
        ("SF-01", {"anticoagulant": "warfarin"}, 7),
        ("SF-IN", {"interpreter": "needed"}, 14),
        ("SF-17", {"insulin": "yes"}, 2),
        ("SF-19", {}, 2),
        ("SF-LX", {"latex": "yes"}, 1),
        ("SF-11", {"pregnancy": "possible"}, 0),
    ],
)
def test_work_is_due_some_days_before_the_start(code, answers, days):
    found = check(proposal(ordered(sedation=Sedation.MODERATE_IV, answers=answers)))

    assert [each.days for each in found if each.code == code] == [days]


def test_a_facility_sets_when_work_is_due():
    policy = shipped().but({"work_due_days": 10})

    (found,) = check(proposal(ordered(answers={"anticoagulant": "warfarin"}), policy=policy))

    assert found.days == 10


def test_every_answer_of_the_matrix_is_in_the_vocabulary():
    for rule in rules(shipped()):
        assert set(rule.answers) <= set(screening.QUESTIONS[rule.question])


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"shoe_size": "9"}, "no screening question"),
        ({"diabetes": "type3"}, "no answer to diabetes"),
        ({"diabetes": ["type1"]}, "no answer to diabetes"),
        ({"diabetes": None}, "no answer to diabetes"),
    ],
)
def test_words_outside_the_vocabulary_are_named(answers, sentence):
    assert sentence in screening.faults(answers)[0]


def test_what_nobody_answered_is_unknown_and_asked_for():
    asked = Ordered(side=Side.LEFT, intent=Intent.THERAPEUTIC)

    assert screening._unanswered(asked) == screening.ASKED


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"answers": {"diabetes": "type2"}}, "morning"),
        ({"answers": {"insulin": "yes"}, "sedation": Sedation.DEEP_MAC}, "first case"),
        ({}, ""),
    ],
)
def test_some_orders_are_best_done_early(facts, word):
    found = screening.preference(ordered(**facts))

    assert word in found
    assert bool(found) is bool(word)
