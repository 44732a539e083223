"""What a physician should know beside the label. They never change it."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from reminders.rules.response.assessment import Finding
from reminders.rules.response.case import AnswerChannel, EnteredBy, Reading
from reminders.rules.response.labels import Label, band
from reminders.rules.response.relief import Relief
from scheduling.rules.procedure import Sedation, Word

HOLD = 8 * 60
"""Minutes before T0 without short-acting pain medicine; 8 h, the longest hold that clinics ask."""


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


def raised(finding: Finding) -> tuple[Flag, ...]:
    """The flags of one joint, in the order of `Flag`."""
    marks = {Flag(mark.value) for mark in finding.case.marks}
    found = {flag for flag, is_raised in _RULES.items() if is_raised(finding)}
    return tuple(flag for flag in Flag if flag in marks | found)


def volume_ml(finding: Finding) -> Fraction:
    """The injectate known to have gone into one joint, in mL, exact."""
    volumes = (agent.volume for agent in finding.case.agents)
    return sum((Fraction(str(v)) for v in volumes if v is not None), Fraction(0))


def _unconfirmed_peak(finding: Finding) -> bool:
    peak = finding.measures.peak
    if not finding.label.is_scored or peak is None:
        return False
    return band(peak, finding.thresholds).beats(finding.label)


def _baseline_low(finding: Finding) -> bool:
    baseline, thresholds = finding.joint.baseline or 0, finding.thresholds
    return thresholds.min_baseline <= baseline <= thresholds.warn_baseline


def _sedation(finding: Finding) -> bool:
    return finding.case.sedation not in (None, Sedation.NONE)


def _analgesic(finding: Finding) -> bool:
    window = finding.strip.window
    ends = window.outer[1] if window else 0
    return any(-HOLD <= taken.minute <= ends for taken in finding.case.analgesics)


def _rest_only(finding: Finding) -> bool:
    readings = finding.strip.readings
    return bool(readings) and not any(reading.is_provoked for reading in readings)


def _some_reading(is_so: Callable[[Reading], bool]) -> Callable[[Finding], bool]:
    return lambda finding: any(is_so(reading) for reading in finding.strip.readings)


def _late_onset(finding: Finding) -> bool:
    first, window = finding.measures.first_pass, finding.strip.window
    return first is not None and window is not None and first > window.core[1]


def _pass_not_credited(finding: Finding) -> bool:
    """A pass was seen before +15 min or while sedated, and never again."""
    baseline = finding.joint.baseline
    if not baseline or finding.label is Label.NOT_EVALUABLE:
        return False
    seen = [*finding.strip.early, *finding.strip.points]
    passes = [p for p in seen if Relief(baseline, p.score).reaches(finding.thresholds.payer)]
    return bool(passes) and all(point.minute < finding.credit_from for point in passes)


def _patient_disagrees(finding: Finding) -> bool:
    stated, sustained = finding.joint.patient_percent, finding.sustained
    if stated is None or sustained is None:
        return False
    return abs(stated - sustained.percent) > finding.thresholds.patient_percent_gap


def _diary_gap(finding: Finding) -> bool:
    window = finding.strip.window
    if window is None or finding.label is Label.NOT_EVALUABLE:
        return False
    start, end = window.core
    known = sorted({start, end, *(m for m in finding.strip.answered if start < m < end)})
    return any(b - a > finding.thresholds.gap_minutes for a, b in pairwise(known))


_RULES: dict[Flag, Callable[[Finding], bool]] = {
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
    Flag.HIGH_VOLUME: lambda f: volume_ml(f) > Fraction(str(f.thresholds.high_volume_ml)),
    Flag.EXTRA_ARTICULAR: lambda f: f.joint.intra_articular is False,
    Flag.LATE_ONSET: _late_onset,
    Flag.PASS_NOT_CREDITED: _pass_not_credited,
    Flag.PATIENT_PCT_DISAGREES: _patient_disagrees,
    Flag.DIARY_GAP: _diary_gap,
}
