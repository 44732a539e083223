"""What a physician should know beside the label. They never change it."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from reminders.rules.response.assessment import Assessment
from reminders.rules.response.baseline import BaselineLevel, baseline_level
from reminders.rules.response.case import AnswerChannel, EnteredBy, Reading
from reminders.rules.response.labels import Label, label_for
from reminders.rules.response.relief import Relief
from scheduling.rules.procedure import Sedation, Word


class Flag(Word):
    """A circumstance to weigh."""

    UNCONFIRMED_PEAK = "UNCONFIRMED_PEAK"
    BASELINE_LOW_WARN = "BASELINE_LOW_WARN"
    BASELINE_REMOTE = "BASELINE_REMOTE"
    SEDATION = "SEDATION"
    ANALGESIC = "ANALGESIC"
    REST_ONLY = "REST_ONLY"
    RECALL_ENTRY = "RECALL_ENTRY"
    LATE_ENTRY = "LATE_ENTRY"
    PROXY_REPORTED = "PROXY_REPORTED"
    PAPER_TRANSCRIBED = "PAPER_TRANSCRIBED"
    SIDE_CHANGED = "SIDE_CHANGED"
    STEROID_PREMED = "STEROID_PREMED"
    HIGH_VOLUME = "HIGH_VOLUME"
    EXTRA_ARTICULAR = "EXTRA_ARTICULAR"
    NEW_PAIN_SITE = "NEW_PAIN_SITE"
    LATE_ONSET = "LATE_ONSET"
    PASS_NOT_CREDITED = "PASS_NOT_CREDITED"  # noqa: S105 - no password
    PATIENT_PCT_DISAGREES = "PATIENT_PCT_DISAGREES"
    DIARY_GAP = "DIARY_GAP"
    T0_ESTIMATED = "T0_ESTIMATED"


def flags_for(assessment: Assessment) -> tuple[Flag, ...]:
    """The flags of one joint, in the order of `Flag`."""
    marks = {Flag(mark.value) for mark in assessment.case.marks}
    found = {flag for flag, is_raised in _RULES.items() if is_raised(assessment)}
    return tuple(flag for flag in Flag if flag in marks | found)


def volume_ml(assessment: Assessment) -> Fraction:
    """The injectate known to have gone into one joint, in mL, exact."""
    volumes = (agent.volume for agent in assessment.case.agents)
    return sum((Fraction(str(v)) for v in volumes if v is not None), Fraction(0))


def _unconfirmed_peak(assessment: Assessment) -> bool:
    peak = assessment.measures.peak
    if not assessment.label.is_scored or peak is None:
        return False
    return label_for(peak, assessment.thresholds).beats(assessment.label)


def _baseline_low(assessment: Assessment) -> bool:
    level = baseline_level(assessment.joint.baseline or 0, assessment.thresholds)
    return level is BaselineLevel.LOW


def _sedation(assessment: Assessment) -> bool:
    return assessment.case.sedation not in (None, Sedation.NONE)


def _analgesic(assessment: Assessment) -> bool:
    window = assessment.diary.window
    ends = window.outer[1] if window else 0
    washout = 60 * assessment.thresholds.analgesic_washout_h
    return any(-washout <= taken.minute <= ends for taken in assessment.case.analgesics)


def _rest_only(assessment: Assessment) -> bool:
    readings = assessment.diary.readings
    return bool(readings) and not any(reading.is_provoked for reading in readings)


def _some_reading(is_so: Callable[[Reading], bool]) -> Callable[[Assessment], bool]:
    return lambda assessment: any(is_so(reading) for reading in assessment.diary.readings)


def _late_onset(assessment: Assessment) -> bool:
    first, window = assessment.measures.first_pass, assessment.diary.window
    return first is not None and window is not None and first.stands_for > window.core[1]


def _pass_not_credited(assessment: Assessment) -> bool:
    """A pass was seen before +15 min or while sedated, and never again."""
    baseline = assessment.joint.baseline
    if not baseline or assessment.label is Label.NOT_EVALUABLE:
        return False
    seen = [*assessment.diary.early, *assessment.diary.points]
    passes = [
        p for p in seen if Relief(baseline, p.score).reaches(assessment.thresholds.payer_percent)
    ]
    return bool(passes) and all(point.minute < assessment.credit_from for point in passes)


def _patient_disagrees(assessment: Assessment) -> bool:
    stated, sustained = assessment.joint.patient_percent, assessment.sustained
    if stated is None or sustained is None:
        return False
    return abs(stated - sustained.percent) > assessment.thresholds.percent_disagrees_points


def _diary_gap(assessment: Assessment) -> bool:
    window = assessment.diary.window
    if window is None or assessment.label is Label.NOT_EVALUABLE:
        return False
    start, end = window.core
    known = sorted({start, end, *(m for m in assessment.diary.answered if start < m < end)})
    return any(b - a > assessment.thresholds.diary_gap_min for a, b in pairwise(known))


_RULES: dict[Flag, Callable[[Assessment], bool]] = {
    Flag.UNCONFIRMED_PEAK: _unconfirmed_peak,
    Flag.BASELINE_LOW_WARN: _baseline_low,
    Flag.BASELINE_REMOTE: lambda f: f.joint.baseline is not None and not f.joint.same_day,
    Flag.SEDATION: _sedation,
    Flag.ANALGESIC: _analgesic,
    Flag.REST_ONLY: _rest_only,
    Flag.RECALL_ENTRY: _some_reading(lambda reading: reading.recall),
    Flag.LATE_ENTRY: _some_reading(lambda reading: reading.late),
    Flag.PROXY_REPORTED: _some_reading(lambda reading: reading.entered_by is EnteredBy.PROXY),
    Flag.PAPER_TRANSCRIBED: _some_reading(lambda r: r.channel is AnswerChannel.PAPER),
    Flag.HIGH_VOLUME: lambda f: volume_ml(f) > Fraction(f.thresholds.high_volume_tenth_ml, 10),
    Flag.EXTRA_ARTICULAR: lambda f: f.case.missed(f.joint),
    Flag.LATE_ONSET: _late_onset,
    Flag.PASS_NOT_CREDITED: _pass_not_credited,
    Flag.PATIENT_PCT_DISAGREES: _patient_disagrees,
    Flag.DIARY_GAP: _diary_gap,
}
