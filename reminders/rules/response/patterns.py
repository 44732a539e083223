"""How relief moved through hours and days, and what that means; it never moves the label."""

from reminders.rules.response.assessment import Assessment
from reminders.rules.response.diary_window import Point
from reminders.rules.response.flags import Flag
from reminders.rules.response.labels import Label
from reminders.rules.response.relief import Relief
from reminders.rules.response.thresholds import DAY, HOUR
from scheduling.rules.procedure import Word


class Pattern(Word):
    """The shape of relief over time."""

    CLASSIC = "classic"
    CONTINUES = "continues"
    DELAYED = "delayed"
    EARLY_ONLY = "early_only"
    STEROID_FLARE = "steroid_flare"
    NO_CHANGE = "no_change"

    def meaning(self, *, steroid: bool) -> str:
        """What a physician reads; words about a steroid need one among the agents."""
        return _MEANINGS[self] if steroid else _WITHOUT_STEROID.get(self, _MEANINGS[self])


_MEANINGS = {
    Pattern.CLASSIC: "Relief in the window, gone by the next day: a classic anaesthetic response.",
    Pattern.CONTINUES: "Relief in the window that continues into the days: anaesthetic and early "
    "steroid effect, or non-specific; the diagnostic answer stands.",
    Pattern.DELAYED: "No relief in the window but relief from day 2-14: delayed, steroid-phase. "
    "A therapeutic response; the diagnostic answer is negative.",
    Pattern.EARLY_ONLY: "Relief only too early to credit the anaesthetic, or only while sedated.",
    Pattern.STEROID_FLARE: "Relief in the window, then worse than baseline for 1-3 days: a steroid "
    "flare. Reassure and ask again at day 7.",
    Pattern.NO_CHANGE: "No change at all in the window: look elsewhere (hip, facet, disc).",
}

_WITHOUT_STEROID = {
    Pattern.CONTINUES: "Relief in the window that continues into the days; no steroid is recorded "
    "among the agents. Longer than the anaesthetic explains; the diagnostic answer stands.",
    Pattern.DELAYED: "No relief in the window but relief from day 2-14; no steroid is recorded "
    "among the agents. The diagnostic answer is negative.",
}


def pattern_of(assessment: Assessment, flags: tuple[Flag, ...]) -> Pattern | None:
    """The pattern the readings show; None when they show none, or the label is not scored."""
    if not assessment.label.is_scored:
        return None
    if Flag.PASS_NOT_CREDITED in flags:
        return Pattern.EARLY_ONLY
    if assessment.payer_pass:
        return _after_a_pass(assessment)
    return _after_a_fail(assessment) if assessment.label is Label.NEGATIVE else None


def _after_a_pass(assessment: Assessment) -> Pattern | None:
    """The window compared with the next day and later: minutes after it nothing has been shown."""
    begins = assessment.thresholds.next_day_from_h * HOUR
    ends = assessment.thresholds.steroid_early[1]
    days = _comparable(assessment, begins, ends)
    if not days:
        return None
    if assessment.case.has_steroid and _is_flare(days, assessment):
        return Pattern.STEROID_FLARE
    if _is_relieved(assessment, days[0]):
        return Pattern.CONTINUES
    return Pattern.CLASSIC if days[0].minute <= assessment.thresholds.steroid_early[0] else None


def _after_a_fail(assessment: Assessment) -> Pattern | None:
    begins, ends = assessment.thresholds.steroid_early
    later = _comparable(assessment, begins, ends)
    if any(_is_relieved(assessment, day) for day in later):
        return Pattern.DELAYED
    peak, needed = assessment.measures.peak, assessment.thresholds.important_change_points
    unchanged = peak is not None and peak.baseline - peak.score < needed
    return Pattern.NO_CHANGE if unchanged else None


def _comparable(assessment: Assessment, begins: int, ends: int) -> list[Point]:
    """Scores of these minutes for which one of the same kind was taken before."""
    days = (day for day in assessment.diary.days if begins <= day.minute <= ends)
    return [day for day in days if assessment.joint.before(average=day.average)]


def _is_flare(days: list[Point], assessment: Assessment) -> bool:
    """Worse than before in the first days, and better after it unless nothing came after."""
    until = assessment.thresholds.flare_until_days * DAY
    changes = [(day.minute, day.score - _before(assessment, day)) for day in days]
    worse = [minute for minute, change in changes if minute <= until and change > 0]
    later = [change for minute, change in changes if worse and minute > worse[-1]]
    return bool(worse) and (not later or any(change < 0 for change in later))


def _is_relieved(assessment: Assessment, day: Point) -> bool:
    return Relief(_before(assessment, day), day.score).reaches(
        assessment.thresholds.partial_percent
    )


def _before(assessment: Assessment, day: Point) -> int:
    return assessment.joint.before(average=day.average) or 0
