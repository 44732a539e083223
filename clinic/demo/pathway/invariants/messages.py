"""What must hold of everything that left for the patient."""

import re
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models.functions import Now

from clinic.demo.pathway.invariants.breaches import Breach
from clinic.demo.pathway.scenario import Scenario
from clinic.demo.sandbox import mails, timemachine
from clinic.demo.sandbox.models import Report, SandboxMail, SandboxText
from reminders.models import Alert, Attempt, Message, Page
from reminders.protocols.reading import shipped
from reminders.rules.plan.message_states import AttemptState, MessageState
from scheduling import clock
from scheduling.models import Injection, OptOut, Task, TaskKind
from scheduling.rules.procedure import Channel, InjectionState
from scheduling.rules.wall_clock import wall

MINUTES = timedelta(minutes=15)
TAKEN = (AttemptState.ACCEPTED, AttemptState.DELIVERED, AttemptState.UNDELIVERED)


def handed_over() -> list[Attempt]:
    """Every hand-over of a planned message."""
    planned = Attempt.objects.filter(message__reply=False)
    return list(planned.select_related("message__injection__location", "message__patient"))


def still_true(scenario: Scenario) -> Breach:
    """Each message left inside its validity, and none for a revision that was replaced by then."""
    for attempt in handed_over():
        message, injection = attempt.message, attempt.message.injection
        if not message.send_at <= attempt.handed_at < message.expires_at:
            yield f"{message.step} left at {attempt.handed_at:%d %b %H:%M}, outside its validity"
        void = message.revision < injection.revision
        if void and attempt.handed_at >= injection.promised_at:
            yield f"{message.step} of an old revision left after the new one was made"


def awake(scenario: Scenario) -> Breach:
    policy = shipped().policy
    for attempt in handed_over():
        zone = attempt.message.patient.zone
        day = attempt.handed_at.astimezone(ZoneInfo(zone)).date()
        opens, closes = wall(day, policy.waking_from, zone), wall(day, policy.waking_until, zone)
        if not opens <= attempt.handed_at <= closes + timedelta(minutes=1):
            yield f"{attempt.message.step} left at {attempt.handed_at:%d %b %H:%M} UTC, asleep"


def after_cancelling(scenario: Scenario) -> Breach:
    """After cancelling, only the message about it left."""
    since = scenario.cancelled_at
    for attempt in handed_over() if since else ():
        late = since is not None and attempt.handed_at >= since
        if late and attempt.message.step != "cancelled":
            yield f"{attempt.message.step} left after the visit was cancelled"


def once(scenario: Scenario) -> Breach:
    """Each message was accepted at most once; each text and mail that arrived is one of them."""
    taken = Counter(Attempt.objects.filter(state__in=TAKEN).values_list("message", flat=True))
    yield from (f"message {key} was taken {n} times" for key, n in taken.items() if n > 1)
    arrived = set(
        SandboxText.objects.filter(direction="outbound-api").values_list("sid", flat=True)
    )
    ours = Attempt.objects.filter(channel=Channel.SMS, state__in=TAKEN)
    pages = Page.objects.filter(channel=Channel.SMS).exclude(provider_id="")
    known = {sid for rows in (ours, pages) for sid in rows.values_list("provider_id", flat=True)}
    strangers = arrived ^ known
    yield from (f"text {sid} has no attempt, or an attempt no text" for sid in strangers)
    ids = Counter(SandboxMail.objects.values_list("message_id", flat=True))
    yield from (f"mail {key} came {n} times" for key, n in ids.items() if n > 1)


def nothing_lost(scenario: Scenario) -> Breach:
    left = timemachine.unsettled(clock.now())
    if left:
        yield f"unfinished: {left}"
    ended = Message.objects.exclude(state__in=["queued", "sent", "delivered"])
    yield from (f"{row.step} ended without a reason" for row in ended.filter(reason=""))
    due = Message.objects.filter(state="queued", expires_at__lte=clock.now())
    yield from (f"{row.step} is useless and still waits" for row in due)


def receipts(scenario: Scenario) -> Breach:
    """Every accepted text has its receipt, and every webhook of the carrier was answered."""
    open_ones = Attempt.objects.filter(channel=Channel.SMS, settled_at=None)
    yield from (f"{row.message.step} has no receipt" for row in open_ones)
    deaf = Report.objects.filter(due_at__lte=Now()).exclude(outcome__startswith="Answered 20")
    yield from (f"the report {row.word} was not heard: {row.outcome}" for row in deaf)


def phoned(scenario: Scenario) -> Breach:
    """Each preparation that did not reach the patient is a task for a person."""
    lost = [MessageState.EXPIRED, MessageState.FAILED, MessageState.UNDELIVERED]
    for row in Message.objects.filter(preparation=True, reply=False, state__in=lost):
        tasks = Task.objects.filter(injection=row.injection_id, revision=row.revision)
        if not tasks.filter(step=row.step, occurrence=row.occurrence).exists():
            yield f"{row.step} did not reach the patient and nobody phones"


def told_at_once(scenario: Scenario) -> Breach:
    """Whoever was injected, or nearly, was told within minutes what to do at home."""
    injection = Injection.objects.get(pk=scenario.injection.pk)
    if injection.state not in (InjectionState.COMPLETED, InjectionState.ABORTED):
        return
    since = injection.state_at
    told = Attempt.objects.filter(message__step="discharge", state__in=TAKEN)
    if not told.filter(handed_at__lt=since + MINUTES).exists():
        yield "nobody told the patient in time what to do at home"


def phoned_about_pause(scenario: Scenario) -> Breach:
    """A pause that may have begun, of an injection that is not as it was, is a call at once."""
    changed = scenario.options.move or scenario.options.cancel or scenario.options.abort
    calls = Task.objects.filter(kind=TaskKind.PAUSED_DRUG, urgent=True)
    if scenario.options.hold and changed and not calls.exists():
        yield "nobody phones about the drug that may be paused"


def warning_taken(scenario: Scenario) -> Breach:
    """A warning sign paged staff until somebody took it."""
    for task in Task.objects.filter(kind=TaskKind.RED_FLAG):
        alert = Alert.objects.filter(task=task).first()
        if alert is None or not alert.pages.exists():
            yield "nobody was paged about a warning sign"
        elif alert.taken_at is None:
            yield "nobody has taken a warning sign"


def discreet(scenario: Scenario) -> Breach:
    """No text or mail names diagnosis, procedure, body part or drug."""
    words = shipped().words("en").clinical_words
    stems = "|".join(re.escape(w.removesuffix("$")) + r"\b" * w.endswith("$") for w in words)
    telling = re.compile(rf"\b({stems})", re.IGNORECASE)
    said = [text.body for text in SandboxText.objects.exclude(direction="inbound")]
    said += [f"{mail.subject} {mails.text(mail)}" for mail in SandboxMail.objects.all()]
    yield from (f"a message says {found[0]!r}" for each in said if (found := telling.search(each)))


def silent_after_stop(scenario: Scenario) -> Breach:
    """No planned text came after STOP, and the opt-out stands."""
    if scenario.stopped_at is None:
        return
    if not OptOut.objects.filter(value=scenario.patient.number, lifted_at=None).exists():
        yield "STOP left no opt-out"
    later = SandboxText.objects.filter(
        direction="outbound-api",
        recipient=scenario.patient.number,
        created_at__gt=scenario.stopped_at,
    )
    yield from (f"after STOP came: {text.body}" for text in later)
