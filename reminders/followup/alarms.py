"""What an answer sets off: a word of danger, a lasting flare, a signature to look at again."""

from datetime import datetime, timedelta

from reminders.followup import signatures, slots
from reminders.models import Reading, Vital
from reminders.protocols.warning_signs import shipped as vocabulary
from reminders.rules.text.replies import plain
from reminders.rules.text.warning_signs import Concern
from reminders.rules.vitals import VitalSign, too_high
from scheduling import deadlines, worklist
from scheduling.models import Injection, Joint, Queue, Task, TaskKind
from scheduling.rules.procedure import Side


def concern(text: str, t0: datetime | None, at: datetime) -> Concern:
    """Judge free text by its words; a leg that may still be numb is no red flag by itself."""
    return vocabulary().concern(plain(text), t0, at)


def concern_of(reading: Reading) -> Concern:
    """What the thanks for an answer must say: its words, and a warning sign that is still open.

    An open one counts wherever it was told: as a fever, in a second form, before a correction.
    """
    open_signs = Task.objects.filter(kind=TaskKind.RED_FLAG, done_at=None)
    if open_signs.filter(injection=reading.injection_id).exists():
        return Concern.RED_FLAG
    return concern(reading.comment, reading.injection.t0, reading.received_at)


def raise_for(injection: Injection, readings: list[Reading], at: datetime) -> None:
    """Open the tasks that these new readings call for; the same cause opens one task."""
    first = readings[0]
    said = concern(first.comment, injection.t0, at)
    new = first.comment.strip() and not first.supersedes_id  # a correction repeats its answer's
    if new and said is not Concern.NUMB_AS_EXPECTED:  # to which the page says what to do
        pass_on(injection, first.comment, f"reading-{first.pk}", at)
    for reading in readings:
        _flare(injection, reading.side, at)
    signatures.reopen(injection, at, {reading.side for reading in readings})


def screen(injection: Injection, text: str, key: str, at: datetime) -> Task | None:
    """The urgent task for a patient's words of danger, which a person reads at once."""
    if concern(text, injection.t0, at) is not Concern.RED_FLAG:
        return None
    return worklist.open_or_count(
        kind=TaskKind.RED_FLAG,
        key=key,
        queue=Queue.NURSE,
        title="Warning sign in a patient's words: phone now",
        detail=text.strip(),
        injection=injection,
        due_at=at,
        urgent=True,
        page=True,
        at=at,
    )


def judge(injection: Injection, vitals: list[Vital], at: datetime) -> None:
    """A fever is a warning sign; a very high blood sugar is a nurse's call the same day."""
    high = too_high({each.sign: each.value for each in vitals}, slots.policy_of(injection))
    for vital in vitals:
        if vital.sign in high:
            _raise_vital(injection, vital, at)


def _raise_vital(injection: Injection, vital: Vital, at: datetime) -> None:
    fever = vital.sign is VitalSign.TEMPERATURE
    worklist.open_task(
        kind=TaskKind.RED_FLAG if fever else TaskKind.PATIENT_NOTE,
        key=f"vital-{vital.pk}",
        queue=Queue.NURSE,
        title=f"{vital.sign.label} too high: phone the patient {'now' if fever else 'today'}",
        detail=f"{vital.told}, as the patient measured it.",
        injection=injection,
        due_at=at if fever else deadlines.read_note(injection, at),
        urgent=fever,
        page=fever,
        at=at,
    )


def pass_on(injection: Injection, text: str, key: str, at: datetime) -> Task:
    """Hand words that belong to no score to a nurse; alarming ones urgently."""
    return screen(injection, text, key, at) or leave_note(injection, text, key, at)


def leave_note(injection: Injection, text: str, key: str, at: datetime) -> Task:
    """Words that hold no sign of danger, for a nurse to read."""
    return worklist.open_or_count(
        kind=TaskKind.PATIENT_NOTE,
        key=key,
        queue=Queue.NURSE,
        title="A patient wrote a note",
        detail=text.strip(),
        injection=injection,
        due_at=deadlines.read_note(injection, at),
        at=at,
    )


def _flare(injection: Injection, side: Side, at: datetime) -> None:
    """Pain well above baseline, or as bad as can be, for longer than a steroid flare lasts."""
    joint = Joint.objects.filter(injection=injection, side=side).first()
    if joint is None or joint.baseline is None or injection.t0 is None:
        return
    rule = slots.protocol_of(injection).thresholds
    flare = rule.flare_from(joint.baseline)
    scores = Reading.objects.filter(
        injection=injection, side=side, superseded_by=None, observed_at__gte=injection.t0
    ).order_by("-observed_at", "-pk")
    worse_since = None
    for observed_at, score in scores.values_list("observed_at", "score"):
        if score < flare:
            break
        worse_since = observed_at
    if worse_since is None or scores[0].observed_at - worse_since <= timedelta(hours=rule.flare_h):
        return
    worklist.open_task(
        kind=TaskKind.FLARE,
        key=side.value,
        queue=Queue.NURSE,
        title=f"Pain of {flare} or above for over {rule.flare_h} h, {joint.baseline} before "
        f"({side.label.lower()}): phone the patient",
        injection=injection,
        due_at=deadlines.ask_about_flare(injection, at),
        at=at,
    )
