"""What a diary proves about each injected joint: the answer, its numbers and its explanation.

`classify` knows no clock and no patient: the same case gives the same answer under the same
`RULE_VERSION`. The physician's signed label stands above it, and both are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reminders.rules.response.assessment import Finding, Reason, judge
from reminders.rules.response.case import Case
from reminders.rules.response.diary_window import Excluded, Point, due, lay_out
from reminders.rules.response.explanation import sentences
from reminders.rules.response.flags import Flag, raised
from reminders.rules.response.labels import DEFAULT_THRESHOLDS, Label, Thresholds
from reminders.rules.response.measures import Lasting
from reminders.rules.response.patterns import Pattern, pattern_of
from reminders.rules.response.relief import Relief, percent_json
from reminders.rules.response.windows import DEFAULT_WINDOWS, Window, window_for
from scheduling.rules.procedure import Drug, InjectionState, Side

RULE_VERSION = "response-1"
"""Changes whenever the same case could be answered otherwise; kept beside every stored answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer of one joint. Reliefs are exact, times are minutes after T0.

    `sustained` and `payer_pass` are None unless the label is a band. `expected` counts the
    diary's slots inside the window, None when the diary is unknown. `worst_case` is the label if
    every missing answer had been "no relief": a sensitivity view, never the result.
    """

    side: Side
    label: Label
    reasons: tuple[Reason, ...]
    flags: tuple[Flag, ...]
    pattern: Pattern | None
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
    lasting_50: Lasting | None
    lasting_75: Lasting | None
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
            "pattern_text": self.pattern.meaning if self.pattern else None,
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
            "duration_50": self.lasting_50.as_json() if self.lasting_50 else None,
            "duration_75": self.lasting_75.as_json() if self.lasting_75 else None,
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
    case: Case,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    windows: Mapping[Drug, Window] = DEFAULT_WINDOWS,
) -> tuple[Response, ...]:
    """Read the diary of each joint of the performed side, one answer per joint.

    Raises ValueError when a local anaesthetic has no window.
    """
    window = _window(case, windows)
    joints = [case.joint(side) for side in case.performed.joints]
    return tuple(
        _respond(judge(case, joint, lay_out(case, joint.side, window), thresholds))
        for joint in joints
    )


def _window(case: Case, windows: Mapping[Drug, Window]) -> Window | None:
    """Only a completed injection opens a window."""
    if case.state is not InjectionState.COMPLETED:
        return None
    return window_for((agent.drug for agent in case.agents), windows)


def _respond(finding: Finding) -> Response:
    flags = raised(finding)
    pattern = pattern_of(finding, flags)
    measures, strip, case = finding.measures, finding.strip, finding.case
    return Response(
        side=finding.joint.side,
        label=finding.label,
        reasons=finding.reasons,
        flags=flags,
        pattern=pattern,
        sentences=sentences(finding, flags, pattern),
        baseline=finding.joint.baseline,
        window=strip.window,
        sustained=finding.sustained,
        peak=measures.peak,
        worst=measures.worst,
        mean=measures.mean,
        weighted_mean=measures.weighted,
        readings=len(strip.points),
        expected=len(due(strip, case.expected)) if case.expected else None,
        first_pass=measures.first_pass,
        lasting_50=measures.lasting_50,
        lasting_75=measures.lasting_75,
        payer_threshold=finding.thresholds.payer,
        payer_pass=finding.payer_pass,
        patient_percent=finding.joint.patient_percent,
        worst_case=finding.worst_case,
        used=strip.points,
        excluded=strip.excluded,
        days=strip.days,
    )
