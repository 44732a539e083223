"""What an answer sets off: a word of danger, a lasting flare, a signature to look at again."""

from datetime import datetime, timedelta

from reminders.followup import signatures, slots
from reminders.models import Reading
from reminders.rules.text import replies
from scheduling import worklist
from scheduling.models import Injection, Joint, Queue, TaskKind
from scheduling.rules.procedure import Side, Word

EXPECTED = frozenset({"weak leg", "numb"})
"""Words that mean nothing alarming while the numbing medicine works, if they stand alone."""
NUMB_FOR = timedelta(hours=8)
"""How long a numb or weak leg is expected after T0; clinics state 3-5 and up to 8 hours."""


class Concern(Word):
    """How worrying the patient's own words are."""

    NONE = "none"
    NUMB_AS_EXPECTED = "numb_as_expected"
    RED_FLAG = "red_flag"


def concern(text: str, t0: datetime | None, at: datetime) -> Concern:
    """Judge free text by its words; a leg that may still be numb is no red flag by itself."""
    flags = set(replies.parse(text).red_flags) if text.strip() else set()
    if not flags:
        return Concern.NONE
    numb_yet = t0 is not None and at <= t0 + NUMB_FOR
    return Concern.NUMB_AS_EXPECTED if flags <= EXPECTED and numb_yet else Concern.RED_FLAG


def raise_for(injection: Injection, readings: list[Reading], at: datetime) -> None:
    """Open the tasks that these new readings call for; the same cause opens one task."""
    screen(injection, readings[0].comment, f"reading-{readings[0].pk}", at)
    for reading in readings:
        _flare(injection, reading.side, at)
    signatures.reopen(injection, at, {reading.side for reading in readings})


def screen(injection: Injection, text: str, key: str, at: datetime) -> Concern:
    """Screen a patient's own words: a person reads every alarming one at once."""
    found = concern(text, injection.t0, at)
    if found is Concern.RED_FLAG:
        worklist.open_task(
            kind=TaskKind.RED_FLAG,
            key=key,
            queue=Queue.NURSE,
            title="Warning sign in a patient's words: phone now",
            detail=text.strip(),
            injection=injection,
            due_at=at,
            urgent=True,
            at=at,
        )
    return found


def pass_on(injection: Injection, text: str, key: str, at: datetime) -> Concern:
    """Hand words that belong to no score to a nurse; alarming ones urgently."""
    found = screen(injection, text, key, at)
    if found is not Concern.RED_FLAG:
        worklist.open_task(
            kind=TaskKind.PATIENT_NOTE,
            key=key,
            queue=Queue.NURSE,
            title="A patient wrote a note",
            detail=text.strip(),
            injection=injection,
            due_at=at + timedelta(hours=4),
            at=at,
        )
    return found


def _flare(injection: Injection, side: Side, at: datetime) -> None:
    """Pain well above baseline for longer than a steroid flare usually lasts."""
    joint = Joint.objects.filter(injection=injection, side=side).first()
    if joint is None or joint.baseline is None or injection.t0 is None:
        return
    rule = slots.protocol_of(injection).thresholds
    scores = Reading.objects.filter(
        injection=injection, side=side, superseded_by=None, observed_at__gte=injection.t0
    ).order_by("-observed_at", "-pk")
    worse_since = None
    for observed_at, score in scores.values_list("observed_at", "score"):
        if score < joint.baseline + rule.flare_points:
            break
        worse_since = observed_at
    if worse_since is None or scores[0].observed_at - worse_since <= timedelta(hours=rule.flare_h):
        return
    worklist.open_task(
        kind=TaskKind.FLARE,
        key=side.value,
        queue=Queue.NURSE,
        title=f"Worse than before for over {rule.flare_h} h ({side.label.lower()}): phone tomorrow",
        injection=injection,
        due_at=at + timedelta(days=1),
        at=at,
    )
