"""The label of one joint and the reason for it. Too little data is never a negative."""

from dataclasses import dataclass

from reminders.rules.response.baseline import BaselineLevel, baseline_level
from reminders.rules.response.case import Case, Joint
from reminders.rules.response.diary_window import DiaryWindow
from reminders.rules.response.labels import Label, label_for
from reminders.rules.response.measures import Measures, measure
from reminders.rules.response.relief import Relief
from reminders.rules.response.silence import Silence, silence_of
from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import AgentClass, InjectionState, Side, Word


class Reason(Word):
    """Why the label is not one of relief."""

    ABORTED = "ABORTED"
    NOT_COMPLETED = "NOT_COMPLETED"
    TREATMENT_ONLY = "TREATMENT_ONLY"
    EXTRA_ARTICULAR = "EXTRA_ARTICULAR"
    NO_ANAESTHETIC = "NO_ANAESTHETIC"
    BASELINE_ABSENT = "BASELINE_ABSENT"
    BASELINE_LOW = "BASELINE_LOW"
    AGENTS_UNKNOWN = "AGENTS_UNKNOWN"
    SIDES_NOT_SPLIT = "SIDES_NOT_SPLIT"
    TOO_FEW = "TOO_FEW"
    NONE_IN_CORE = "NONE_IN_CORE"
    SILENT_BESIDE_RELIEF = "SILENT_BESIDE_RELIEF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One joint judged: what was known, what was measured, the label and why."""

    case: Case
    joint: Joint
    diary: DiaryWindow
    measures: Measures
    silence: Silence
    thresholds: Thresholds
    label: Label
    reasons: tuple[Reason, ...]

    @property
    def sustained(self) -> Relief | None:
        """The relief the label rests on; None unless the label is scored."""
        return self.measures.held if self.label.is_scored else None

    @property
    def payer_pass(self) -> bool | None:
        """Whether sustained relief meets the payer's threshold; None unless the label is scored."""
        return self.sustained.reaches(self.thresholds.payer_percent) if self.sustained else None

    @property
    def credit_from(self) -> int:
        return credit_from(self.case, self.thresholds)

    @property
    def worst_case(self) -> Label | None:
        """The label if each missing answer had been "no relief": a sensitivity view, no result."""
        return self._supposed(self.silence.worst)

    @property
    def best_case(self) -> Label | None:
        """The label if each missing answer had been as good as the better one beside it."""
        return self._supposed(self.silence.best)

    def _supposed(self, held: Relief | None) -> Label | None:
        judged = self.label.is_scored or Reason.SILENT_BESIDE_RELIEF in self.reasons
        if held is None or not judged or not self.silence.points:
            return None
        return label_for(held, self.thresholds)


def assess(case: Case, joint: Joint, diary: DiaryWindow, thresholds: Thresholds) -> Assessment:
    """Give one joint its label: what cannot be evaluated, then what cannot be told, then relief."""
    barred = _not_evaluable(case, joint)
    measures, silence = Measures(), Silence()
    # Of a low baseline no percent is shown: one point of noise would look like relief.
    if barred is None and joint.baseline and joint.baseline >= thresholds.baseline_block_below:
        credited = credit_from(case, thresholds)
        measures = measure(diary, joint.baseline, credited, thresholds)
        silence = silence_of(diary, case.expected, joint.baseline, credited)
    unclear = _indeterminate(case, joint, diary, measures, thresholds)
    reasons = (barred,) if barred else unclear or _left_open(measures, silence, thresholds)
    return Assessment(
        case=case,
        joint=joint,
        diary=diary,
        measures=measures,
        silence=silence,
        thresholds=thresholds,
        label=_label(barred, reasons, measures, thresholds),
        reasons=reasons,
    )


def _label(
    barred: Reason | None, reasons: tuple[Reason, ...], measures: Measures, thresholds: Thresholds
) -> Label:
    if barred:
        return Label.NOT_EVALUABLE
    if reasons or measures.held is None:
        return Label.INDETERMINATE
    return label_for(measures.held, thresholds)


def credit_from(case: Case, thresholds: Thresholds) -> int:
    """The minute before which a pass earns nothing: too early, or the patient still sedated."""
    return max(thresholds.credit_from_min, case.sedated_until or 0)


def _not_evaluable(case: Case, joint: Joint) -> Reason | None:
    if case.state is InjectionState.ABORTED:
        return Reason.ABORTED
    if case.state is not InjectionState.COMPLETED:
        return Reason.NOT_COMPLETED
    if not case.intent.is_diagnostic:
        return Reason.TREATMENT_ONLY
    if case.missed(joint):
        return Reason.EXTRA_ARTICULAR
    if case.agents and not any(_is_anaesthetic(agent.agent_class) for agent in case.agents):
        return Reason.NO_ANAESTHETIC
    return None if joint.baseline else Reason.BASELINE_ABSENT


def _is_anaesthetic(agent_class: AgentClass) -> bool:
    return agent_class is AgentClass.LOCAL_ANAESTHETIC


def _indeterminate(
    case: Case, joint: Joint, diary: DiaryWindow, measures: Measures, thresholds: Thresholds
) -> tuple[Reason, ...]:
    if baseline_level(joint.baseline or 0, thresholds) is BaselineLevel.TOO_LOW:
        return (Reason.BASELINE_LOW,)
    if diary.window is None:
        return (Reason.AGENTS_UNKNOWN,)
    if _is_unsplit(case, joint.side):
        return (Reason.SIDES_NOT_SPLIT,)
    if len(diary.points) < thresholds.min_readings or measures.held is None:
        return (Reason.TOO_FEW,)
    if not any(diary.window.core_holds(point.stands_for) for point in diary.valid):
        return (Reason.TOO_FEW, Reason.NONE_IN_CORE)
    return ()


def _left_open(measures: Measures, silence: Silence, thresholds: Thresholds) -> tuple[Reason, ...]:
    """A negative must hold whatever the silent slots beside relief would have said."""
    if measures.held is None or silence.best is None:
        return ()
    label, best = label_for(measures.held, thresholds), label_for(silence.best, thresholds)
    is_open = label is Label.NEGATIVE and best.beats(label)
    return (Reason.SILENT_BESIDE_RELIEF,) if is_open else ()


def _is_unsplit(case: Case, side: Side) -> bool:
    """One number for two joints says nothing about either."""
    sides = {reading.side for reading in case.readings}
    combined = case.combined_score or (Side.BILATERAL in sides and side not in sides)
    return case.performed is Side.BILATERAL and combined
