"""What a diary proves about each injected joint: the answer, its numbers and its explanation.

`classify` knows no clock and no patient: the same case gives the same answer under the same
`RULE_VERSION`. The physician's signed label stands above it, and both are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reminders.rules.response.assessment import Assessment, Reason, assess
from reminders.rules.response.case import Case
from reminders.rules.response.diary_window import Excluded, Point, slots_in_window, sort_readings
from reminders.rules.response.explanation import sentences
from reminders.rules.response.flags import Flag, flags_for
from reminders.rules.response.labels import Label
from reminders.rules.response.measures import ReliefDuration
from reminders.rules.response.patterns import Pattern, pattern_of
from reminders.rules.response.relief import Relief, percent_json
from reminders.rules.response.thresholds import Thresholds
from reminders.rules.response.windows import Window, window_for
from scheduling.rules.procedure import Drug, InjectionState, Side

RULE_VERSION = "response-3"
"""Changes whenever the same case could be answered otherwise; kept beside every stored answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer of one joint. Reliefs are exact, times are minutes after T0.

    `sustained` and `payer_pass` are None unless the label is scored. `expected` counts the
    diary's slots inside the window, None when the diary is unknown. `worst_case` is the label if
    every missing answer had been "no relief": a sensitivity view, never the result.
    """

    side: Side
    label: Label
    reasons: tuple[Reason, ...]
    flags: tuple[Flag, ...]
    pattern: Pattern | None
    pattern_text: str | None
    sentences: tuple[str, ...]
    baseline: int | None
    window: Window | None
    sustained: Relief | None
    peak: Relief | None
    worst: Relief | None
    mean: Fraction | None
    weighted_mean: Fraction | None
    readings: int
    expected: int | None
    first_pass: int | None
    duration_50: ReliefDuration | None
    duration_75: ReliefDuration | None
    payer_threshold: int
    payer_pass: bool | None
    patient_percent: int | None
    worst_case: Label | None
    used: tuple[Point, ...]
    excluded: tuple[Excluded, ...]
    days: tuple[Point, ...]
    rule_version: str = RULE_VERSION

    def as_json(self) -> dict[str, object]:
        """The answer in JSON's own types; keys keep their names between versions of the rule."""
        return {**self._answer_json(), **self._numbers_json(), **self._diary_json()}

    def _answer_json(self) -> dict[str, object]:
        return {
            "side": self.side.value,
            "label": self.label.value,
            "label_text": self.label.label,
            "reasons": [reason.value for reason in self.reasons],
            "flags": [flag.value for flag in self.flags],
            "pattern": self.pattern.value if self.pattern else None,
            "pattern_text": self.pattern_text,
            "payer_threshold": self.payer_threshold,
            "payer_pass": self.payer_pass,
            "worst_case": self.worst_case.value if self.worst_case else None,
            "sentences": list(self.sentences),
            "rule_version": self.rule_version,
        }

    def _numbers_json(self) -> dict[str, object]:
        return {
            "baseline": self.baseline,
            "sustained": self.sustained.as_json() if self.sustained else None,
            "peak": self.peak.as_json() if self.peak else None,
            "worst": self.worst.as_json() if self.worst else None,
            "mean": None if self.mean is None else percent_json(self.mean),
            "weighted_mean": None
            if self.weighted_mean is None
            else percent_json(self.weighted_mean),
            "first_pass": self.first_pass,
            "duration_50": self.duration_50.as_json() if self.duration_50 else None,
            "duration_75": self.duration_75.as_json() if self.duration_75 else None,
            "patient_percent": self.patient_percent,
        }

    def _diary_json(self) -> dict[str, object]:
        window = self.window
        return {
            "window": {"core": [*window.core], "outer": [*window.outer]} if window else None,
            "readings": self.readings,
            "expected": self.expected,
            "used": [_point_json(point) for point in self.used],
            "excluded": [_excluded_json(excluded) for excluded in self.excluded],
            "days": [_point_json(point) for point in self.days],
        }


def _point_json(point: Point) -> dict[str, object]:
    return {"minute": point.minute, "score": point.score, "slot": point.slot}


def _excluded_json(excluded: Excluded) -> dict[str, object]:
    return {"minute": excluded.minute, "score": excluded.score, "why": excluded.why.value}


def classify(
    case: Case, thresholds: Thresholds, windows: Mapping[Drug, Window]
) -> tuple[Response, ...]:
    """Read the diary of each joint of the performed side, one answer per joint.

    Raises ValueError when a local anaesthetic has no window.
    """
    window = _window(case, windows)
    joints = [case.joint(side) for side in case.performed.joints]
    return tuple(
        _respond(assess(case, joint, sort_readings(case, joint.side, window), thresholds))
        for joint in joints
    )


def _window(case: Case, windows: Mapping[Drug, Window]) -> Window | None:
    """Only a completed injection opens a window."""
    if case.state is not InjectionState.COMPLETED:
        return None
    return window_for((agent.drug for agent in case.agents), windows)


def _respond(assessment: Assessment) -> Response:
    flags = flags_for(assessment)
    pattern = pattern_of(assessment, flags)
    measures, diary, case = assessment.measures, assessment.diary, assessment.case
    return Response(
        side=assessment.joint.side,
        label=assessment.label,
        reasons=assessment.reasons,
        flags=flags,
        pattern=pattern,
        pattern_text=pattern.meaning(steroid=case.has_steroid) if pattern else None,
        sentences=sentences(assessment, flags, pattern),
        baseline=assessment.joint.baseline,
        window=diary.window,
        sustained=assessment.sustained,
        peak=measures.peak,
        worst=measures.worst,
        mean=measures.mean,
        weighted_mean=measures.weighted,
        readings=len(diary.points),
        expected=len(slots_in_window(diary, case.expected)) if case.expected else None,
        first_pass=measures.first_pass,
        duration_50=measures.duration_50,
        duration_75=measures.duration_75,
        payer_threshold=assessment.thresholds.payer_percent,
        payer_pass=assessment.payer_pass,
        patient_percent=assessment.joint.patient_percent,
        worst_case=assessment.worst_case,
        used=diary.points,
        excluded=diary.excluded,
        days=diary.days,
    )
