"""What must have held in a play, looked up in the tables afterwards."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now

from clinic.sandbox import mails, timemachine
from clinic.sandbox.models import Report, SandboxMail, SandboxText
from clinic.sandbox.pathway.scenes import Play
from reminders.followup import snapshots
from reminders.models import AnswerChannel, Attempt, Message, Reading, Review
from reminders.rules import case
from reminders.rules.hours import wall
from reminders.rules.protocol import shipped
from reminders.rules.response import Response, classify
from reminders.rules.states import AttemptState, MessageState
from scheduling import clock
from scheduling.models import Access, Injection, OptOut, Reservation, Task
from scheduling.rules.procedure import Channel, VisitState

TAKEN = (AttemptState.ACCEPTED, AttemptState.DELIVERED, AttemptState.UNDELIVERED)
PUNCTUAL = timedelta(minutes=5)  # between asking, answering and filing
Breach = Iterator[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """One invariant with what was counted, and a sentence for each breach."""

    number: str
    claim: str
    breaches: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.breaches


def all_of(play: Play) -> list[Proof]:
    """Every proof that this play admits, in the design's order."""
    return [
        Proof(number, claim, tuple(check(play)))
        for number, claim, check in (*ALWAYS, *(AFTER_T0 if play.injection.t0 else ()))
    ]


def held_once(play: Play) -> Breach:
    live = Reservation.objects.filter(live=True, overbooked=False)
    for one in live:
        others = live.filter(resource=one.resource, during__overlap=one.during, pk__gt=one.pk)
        yield from (f"{one.resource} is held twice" for _ in others)


def released(play: Play) -> Breach:
    lost = Reservation.objects.filter(live=True, injection__state=VisitState.CANCELLED)
    yield from (f"{row.resource} is still held by a cancelled visit" for row in lost)


def revision(play: Play) -> Breach:
    """A move and a cancellation are each a new promise, and nothing else here is."""
    changes = play.script.move + play.script.cancel
    found = Injection.objects.get(pk=play.injection.pk).revision
    if found != 1 + changes:
        yield f"revision is {found} after {changes} changes"


def sides(play: Play) -> Breach:
    injection = play.injection
    said = {injection.order.side, injection.side, injection.performed_side or injection.side}
    if said != {play.script.side}:
        yield f"the sides differ: {', '.join(sorted(said))}"


def handed_over() -> list[Attempt]:
    """Every hand-over of a planned message."""
    planned = Attempt.objects.filter(message__reply=False)
    return list(planned.select_related("message__injection__location", "message__patient"))


def still_true(play: Play) -> Breach:
    """Each left inside its validity, and never for a promise that was void by then."""
    for attempt in handed_over():
        message, injection = attempt.message, attempt.message.injection
        if not message.send_at <= attempt.handed_at < message.expires_at:
            yield f"{message.step} left at {attempt.handed_at:%d %b %H:%M}, outside its validity"
        void = message.revision < injection.revision
        if void and attempt.handed_at >= injection.promised_at:
            yield f"{message.step} of an old promise left after the new one was made"


def awake(play: Play) -> Breach:
    policy = shipped().policy
    for attempt in handed_over():
        zone = attempt.message.patient.zone
        day = attempt.handed_at.astimezone(ZoneInfo(zone)).date()
        opens, closes = wall(day, policy.waking_from, zone), wall(day, policy.waking_until, zone)
        if not opens <= attempt.handed_at <= closes + timedelta(minutes=1):
            yield f"{attempt.message.step} left at {attempt.handed_at:%d %b %H:%M} UTC, asleep"


def after_cancelling(play: Play) -> Breach:
    """Only the cancellation itself leaves afterwards."""
    since = play.cancelled_at
    for attempt in handed_over() if since else ():
        late = since is not None and attempt.handed_at >= since
        if late and attempt.message.step != "cancelled":
            yield f"{attempt.message.step} left after the visit was cancelled"


def once(play: Play) -> Breach:
    """Each message was taken once, and each text and mail that arrived is one of them."""
    taken = Counter(Attempt.objects.filter(state__in=TAKEN).values_list("message", flat=True))
    yield from (f"message {key} was taken {n} times" for key, n in taken.items() if n > 1)
    arrived = set(
        SandboxText.objects.filter(direction="outbound-api").values_list("sid", flat=True)
    )
    ours = Attempt.objects.filter(channel=Channel.SMS, state__in=TAKEN)
    strangers = arrived ^ set(ours.values_list("provider_id", flat=True))
    yield from (f"text {sid} has no attempt, or an attempt no text" for sid in strangers)
    ids = Counter(SandboxMail.objects.values_list("message_id", flat=True))
    yield from (f"mail {key} came {n} times" for key, n in ids.items() if n > 1)


def nothing_lost(play: Play) -> Breach:
    left = timemachine.unsettled(clock.now())
    if left:
        yield f"unfinished: {left}"
    ended = Message.objects.exclude(state__in=["queued", "sent", "delivered"])
    yield from (f"{row.step} ended without a reason" for row in ended.filter(reason=""))
    due = Message.objects.filter(state="queued", expires_at__lte=clock.now())
    yield from (f"{row.step} is useless and still waits" for row in due)


def receipts(play: Play) -> Breach:
    """Every text that was taken has its end, and every report of the carrier was heard."""
    open_ones = Attempt.objects.filter(channel=Channel.SMS, settled_at=None)
    yield from (f"{row.message.step} has no receipt" for row in open_ones)
    deaf = Report.objects.filter(due_at__lte=Now()).exclude(outcome__startswith="Answered 20")
    yield from (f"the report {row.word} was not heard: {row.outcome}" for row in deaf)


def phoned(play: Play) -> Breach:
    """What could not reach the patient before the visit is a task for a person."""
    lost = [MessageState.EXPIRED, MessageState.FAILED, MessageState.UNDELIVERED]
    for row in Message.objects.filter(preparation=True, reply=False, state__in=lost):
        key = f"{row.injection_id}/{row.revision}/{row.occurrence}"
        if not Task.objects.filter(kind=row.step, key=key).exists():
            yield f"{row.step} did not reach the patient and nobody phones"


def discreet(play: Play) -> Breach:
    """No text or mail names diagnosis, procedure, body part or drug."""
    words = shipped().words("en").clinical_words
    stems = "|".join(re.escape(w.removesuffix("$")) + r"\b" * w.endswith("$") for w in words)
    telling = re.compile(rf"\b({stems})", re.IGNORECASE)
    said = [text.body for text in SandboxText.objects.exclude(direction="inbound")]
    said += [f"{mail.subject} {mails.text(mail)}" for mail in SandboxMail.objects.all()]
    yield from (f"a message says {found[0]!r}" for each in said if (found := telling.search(each)))


def silent_after_stop(play: Play) -> Breach:
    """Not one planned text after STOP, and the opt-out stands."""
    if play.stopped_at is None:
        return
    if not OptOut.objects.filter(value=play.hands.number, lifted_at=None).exists():
        yield "STOP left no opt-out"
    later = SandboxText.objects.filter(
        direction="outbound-api", recipient=play.hands.number, created_at__gt=play.stopped_at
    )
    yield from (f"after STOP came: {text.body}" for text in later)


def answers(play: Play) -> Breach:
    """The diary holds what was given, side by side, at its time, and nothing else."""
    kept = list(Reading.objects.filter(injection=play.injection, superseded_by=None))
    for minute, channel, scores in play.given:
        moment = play.injection.needle_out + timedelta(minutes=minute)
        for side, score in scores.items():
            found = [
                row
                for row in kept
                if (row.side, row.score, row.channel) == (side, score, channel)
                and abs(row.observed_at - moment) <= PUNCTUAL
            ]
            if len(found) != 1:
                yield f"{side} {score} at minute {minute} is kept {len(found)} times"
    if len(kept) != sum(len(scores) for _, _, scores in play.given):
        yield f"{len(kept)} scores are kept"


def same_answer(play: Play) -> Breach:
    """The signed label is the rule's, computed from the script alone."""
    expected = {answer.side: answer.label for answer in by_the_rule(play)}
    signed = {row.side: row.decided for row in play.signed()}
    for side, label in expected.items():
        if signed.get(side) != label:
            yield f"{side}: signed {signed.get(side)}, the rule says {label}"


def by_the_rule(play: Play) -> tuple[Response, ...]:
    """The classifier on what was given, without any table."""
    late = play.script.late
    readings = [
        case.Reading(
            side,
            score,
            minute,
            late=late and channel is AnswerChannel.LINK,
            recall=late and channel is AnswerChannel.LINK,
            entered_by=case.EnteredBy.STAFF
            if channel is AnswerChannel.VISIT
            else case.EnteredBy.PATIENT,
            reexam=channel is AnswerChannel.VISIT,
        )
        for minute, channel, scores in play.given
        for side, score in scores.items()
    ]
    joints = [
        case.Joint(side=side, baseline=score, same_day=True, intra_articular=True)
        for side, score in play.script.baselines.items()
    ]
    return classify(
        case.Case(
            performed=play.script.side,
            state=VisitState.COMPLETED,
            joints=tuple(joints),
            agents=play.script.agents,
            readings=tuple(readings),
        )
    )


def frozen(play: Play) -> Breach:
    """The signature keeps what was seen, and nobody can change it."""
    for row in play.signed():
        if snapshots.fingerprint(row.seen) != row.seen_sha256:
            yield f"what was seen of the {row.side} joint does not match its fingerprint"
        if changeable(partial(Review.objects.filter(pk=row.pk).update, remark="changed")):
            yield f"the signature of the {row.side} joint could be changed"


def audited(play: Play) -> Breach:
    """Changes and views left rows, and the application cannot delete them."""
    events = apps.get_model("scheduling", "InjectionEvent")
    history = events._default_manager.filter(pgh_obj=play.injection.pk)
    if history.count() < 2:
        yield "the visit has no history"
    if any(channel is AnswerChannel.LINK for _, channel, _ in play.given):
        seen = Access.objects.filter(patient=play.injection.patient_id, page__startswith="link")
        if not seen.exists():
            yield "nobody wrote down who opened the link"
    if changeable(lambda: history.update(revision=F("revision"))):
        yield "the history could be changed"


def changeable(attempt: Callable[[], object]) -> bool:
    """Whether the database lets this happen; it is taken back in any case."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


ALWAYS = (
    ("I1", "no resource is held twice", held_once),
    ("I2", "a cancelled visit holds nothing", released),
    ("I3", "each new promise raised the revision", revision),
    ("I4", "ordered, booked and performed side agree", sides),
    ("I6", "nothing left outside its validity or for an old promise", still_true),
    ("I6", "nothing left while the patient sleeps", awake),
    ("I6", "nothing but the cancellation left after cancelling", after_cancelling),
    ("I7", "no text and no mail came twice", once),
    ("I8", "nothing was lost", nothing_lost),
    ("I9", "every text has its receipt", receipts),
    ("I10", "what did not reach the patient is a task", phoned),
    ("I11", "no message names diagnosis, procedure, body part or drug", discreet),
    ("I12", "no text came after STOP", silent_after_stop),
    ("I16", "changes and views are written down for good", audited),
)
AFTER_T0 = (
    ("I13", "the diary holds what was answered", answers),
    ("I14", "the signed label is the rule's own", same_answer),
    ("I15", "signing froze what was seen", frozen),
)
