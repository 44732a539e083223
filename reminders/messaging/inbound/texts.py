"""What patients write: heard once, understood by its word, and answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction

from reminders.followup import alarms, surveys
from reminders.messaging.channels.base import ReceivedText
from reminders.messaging.content import links
from reminders.messaging.inbound import conversation
from reminders.messaging.inbound.conversation import Sender
from reminders.messaging.paging import alerts
from reminders.messaging.planning import outbox
from reminders.models import InboundMeaning, InboundText
from reminders.protocols import warning_signs
from reminders.rules.text.replies import AnswerText, Meaning, Reply, parse
from reminders.rules.text.warning_signs import Concern
from scheduling import bookings, deadlines, people, worklist
from scheduling.models import Injection, Queue, Task, TaskKind
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Channel, Purpose

log = structlog.get_logger(__name__)
PICTURE = "(a picture, which is not kept)"
CARRIERS_WORD = {"STOP": Meaning.STOP, "START": Meaning.START, "HELP": Meaning.HELP}
STORED: dict[Meaning, InboundMeaning] = {
    Meaning.PICTURE: InboundMeaning.OTHER,
    Meaning.REACTION: InboundMeaning.OTHER,
    Meaning.UNCLEAR_SCORE: InboundMeaning.UNREADABLE,
    Meaning.WRONG_NUMBER: InboundMeaning.STOP,
}


@dataclass(frozen=True, slots=True)
class IncomingText:
    """One text with what is known about who wrote it; `alarm` is the task of its warning sign."""

    text: InboundText
    reply: Reply
    sender: Sender
    at: datetime
    alarm: Task | None = None

    @property
    def key(self) -> str:
        """What tells the tasks of this text apart from others."""
        return f"text-{self.text.pk}"

    def answer(
        self, text: AnswerText, injection: Injection | None, slot: str = "", diary: bool = False
    ) -> None:
        """Queue an answer about a visit; without one there is nothing we could speak of."""
        if injection is None or self.sender.is_flooding(self.at):
            return
        outbox.reply(
            injection=injection,
            patient=injection.patient,
            text_key=text.value,
            key=f"text {self.text.pk} {text.value}",
            at=self.at,
            slot=slot,
            purpose=Purpose.DIARY if diary else Purpose.REMINDERS,
        )

    def task(
        self, kind: TaskKind, title: str, injection: Injection | None, *, urgent: bool = False
    ) -> Task:
        """Ask a person to phone. The words themselves stand in the task, never in a log."""
        number, danger = telephone(self.text.sender), kind is TaskKind.RED_FLAG
        return worklist.open_or_count(
            kind=kind,
            key=self.key,
            queue=Queue.NURSE if danger else Queue.DESK,
            title=title,
            detail=f"They wrote: {self.words}. Call {number}.",
            injection=injection,
            due_at=self.at if urgent else deadlines.call_back(injection, self.at),
            urgent=urgent,
            page=danger,
            at=self.at,
        )

    @property
    def words(self) -> str:
        """What was written, for whoever reads the task; pictures are not kept."""
        return self.text.body.strip()[:500] or PICTURE


@dataclass(frozen=True, slots=True)
class Done:
    """A text that was understood and acted on; what came of it, in words."""

    effect: str


Ending = Done | Task
"""How every text ends: understood and done, or in front of a person."""


@transaction.atomic
def receive(received: ReceivedText, at: datetime) -> InboundText:
    """Keep one text and act on it. Told twice by the carrier, it is heard once."""
    who = conversation.sender(received.sender, at)
    reply = _understood(received, who)
    about = who.about
    text, new = InboundText.objects.get_or_create(
        provider_id=received.provider_id,
        defaults={
            "sender": received.sender,
            "body": received.body[:1600],
            "received_at": at,
            "meaning": STORED.get(reply.meaning) or InboundMeaning(reply.meaning.value),
            "patient": about.patient if about else None,
            "injection": about,
        },
    )
    if not new:
        return text
    if effect := alerts.take_by_text(received.sender, received.body, at):
        InboundText.objects.filter(pk=text.pk).update(meaning=InboundMeaning.OTHER, effect=effect)
        text.refresh_from_db()
        return text
    incoming = IncomingText(text, reply, who, at)
    incoming = replace(incoming, alarm=_screen(incoming, about))
    text.effect = _effect(_act(incoming), incoming.alarm)[:160]
    text.save(update_fields=["effect"])
    log.info("text_heard", text=text.pk, meaning=reply.meaning.value, known=about is not None)
    return text


def _understood(received: ReceivedText, sender: Sender) -> Reply:
    """The meaning of a text. What the carrier has made of it counts, whatever its words."""
    if received.pictures and not received.body.strip():
        return Reply(Meaning.PICTURE)
    names = {f"{each.location.name}:" for each in sender.injections}
    reply = parse(received.body, warning_signs.shipped(), names)
    if received.keyword:
        return replace(reply, meaning=CARRIERS_WORD[received.keyword], score=None)
    return reply


def _act(incoming: IncomingText) -> Ending:
    """Do what the word means; after a bug a person reads it, for the carrier says it only once."""
    try:
        with transaction.atomic():
            return ACTIONS[incoming.reply.meaning](incoming)
    except Exception:
        log.exception("text_not_acted_on", text=incoming.text.pk)
        return _to_a_person(incoming)


def _effect(ending: Ending, alarm: Task | None) -> str:
    """What the record says became of a text."""
    what = ending.effect if isinstance(ending, Done) else "left to a person"
    return f"{what}; a warning sign, with a person" if alarm and ending != alarm else what


def _screen(incoming: IncomingText, about: Injection | None) -> Task | None:
    """Words of danger reach a person whatever else the text says."""
    if not incoming.reply.signs:
        return None
    if about:
        return alarms.screen(about, incoming.text.body, incoming.key, incoming.at)
    title = "Warning sign from an unknown number: phone now"
    return incoming.task(TaskKind.RED_FLAG, title, None, urgent=True)


def _danger(incoming: IncomingText) -> Ending:
    """A warning sign is with a person already; an expected numb leg needs care, not a nurse."""
    about = incoming.sender.about
    if about and _is_expected(incoming, about):
        incoming.answer(AnswerText.FALL_SAFETY, about)
        return Done("a numb leg within its hours: told how to be safe")
    incoming.answer(AnswerText.NOT_READ_LIVE, about)
    return _to_a_person(incoming)


def _is_expected(incoming: IncomingText, about: Injection) -> bool:
    said = alarms.concern(incoming.text.body, about.t0, incoming.at)
    return said is Concern.NUMB_AS_EXPECTED


def _stop(incoming: IncomingText) -> Ending:
    """Silence at once, for everybody on this number; a person phones when a visit is ahead."""
    if first := _silence(incoming, "text"):
        incoming.answer(AnswerText.OPTED_OUT, incoming.sender.about)
    word = (
        "which may mean the injection"
        if incoming.reply.may_mean_visit
        else "and an injection is ahead"
    )
    asked = first or incoming.reply.may_mean_visit  # once said, STOP alone says nothing new
    for injection in incoming.sender.ahead if asked else ():
        title = f"Texts stopped, {word}: phone the patient"
        incoming.task(TaskKind.OPTED_OUT, title, injection, urgent=incoming.reply.may_mean_visit)
    done = "opted out of texts" if first else "was opted out already"
    if incoming.reply.says_more and not incoming.alarm:
        _to_a_person(incoming)
        return Done(f"{done}; the other words, with a person")
    return Done(done)


def _silence(incoming: IncomingText, source: str) -> bool:
    """Whether this text opted the number out; a number that is none cannot be written to anyway."""
    if incoming.sender.silenced:
        return False
    try:
        people.opt_out(
            channel=Channel.SMS, value=incoming.text.sender, source=source, at=incoming.at
        )
    except ValidationError:
        log.warning("sender_is_no_number", text=incoming.text.pk)
        return False
    return True


def _wrong_number(incoming: IncomingText) -> Ending:
    """A stranger reads our texts: no more of them, and the links they hold open no more."""
    _silence(incoming, "wrong number")
    links.revoke(channel=Channel.SMS, value=incoming.text.sender, at=incoming.at)
    for injection in incoming.sender.ahead or incoming.sender.injections[:1]:
        incoming.task(TaskKind.WRONG_NUMBER, "Wrong number: find the patient's own", injection)
    return Done("wrong number: opted out of texts")


def _start(incoming: IncomingText) -> Ending:
    if not incoming.sender.silenced:
        return _other(incoming)  # a "yes" to what, only a person can tell
    people.opt_in(channel=Channel.SMS, value=incoming.text.sender, source="text", at=incoming.at)
    incoming.answer(AnswerText.OPTED_IN, incoming.sender.about)
    return Done("texts may be sent again")


def _help(incoming: IncomingText) -> Ending:
    incoming.answer(AnswerText.HELP, incoming.sender.about)
    return Done("told whom to call")


def _confirm(incoming: IncomingText) -> Ending:
    """Confirm the one visit the last prompt was about; ask by link when it could be either."""
    waiting = incoming.sender.unconfirmed
    one = conversation.only(waiting)
    if one:
        bookings.confirm(injection=one, how="text", by=None, at=incoming.at)
        incoming.answer(AnswerText.CONFIRMED, one)
        return Done("visit confirmed")
    if waiting:
        return _ask_by_link(incoming, waiting)
    about = incoming.sender.last_about
    if about and about.confirmed_at and about in incoming.sender.ahead:
        incoming.answer(AnswerText.CONFIRMED, about)
        return Done("was confirmed already")
    return _other(incoming)


def _ask_by_link(
    incoming: IncomingText, injections: Sequence[Injection], *, diary: bool = False
) -> Ending:
    """One text for each, which names nobody; the date of birth tells them apart."""
    text = AnswerText.CHECK_IN_LINK if diary else AnswerText.LINK_ONLY
    for injection in sorted(injections, key=lambda each: each.pk):  # as rounds lock them
        incoming.answer(text, injection, diary=diary)
    return Done("could mean more than one visit: asked by link")


def _change(incoming: IncomingText) -> Ending:
    """A person calls; a number that two patients share leaves it to the caller which visit."""
    ahead = incoming.sender.ahead
    if not ahead:
        return _other(incoming)
    one = conversation.only(ahead) or incoming.sender.last_about
    about = one if one in ahead and len({each.patient_id for each in ahead}) == 1 else None
    incoming.task(TaskKind.CHANGE_WANTED, "The patient wants another time: phone", about or None)
    incoming.answer(AnswerText.CHANGE_WANTED, one or ahead[0])
    return Done("a person will call about another time")


def _score(incoming: IncomingText) -> Ending:
    """A number counts only while one diary of one treated side is open."""
    diaries = incoming.sender.diaries
    if len(diaries) != 1:
        return _ask_by_link(incoming, diaries, diary=True) if diaries else _other(incoming)
    injection, score = diaries[0], incoming.reply.score or 0
    found = surveys.answer_text(
        injection=injection, score=score, inbound=incoming.text, at=incoming.at
    )
    if found.result is surveys.TextAnswer.NO_OPEN_DIARY:
        return _other(incoming)
    if found.result is surveys.TextAnswer.ASK_BY_LINK:
        incoming.answer(AnswerText.CHECK_IN_LINK, injection, slot=found.slot, diary=True)
        return Done("a number that could not be placed: asked by link")
    saved = AnswerText.SCORE_SAVED if found.next_at else AnswerText.LAST_SCORE_SAVED
    incoming.answer(saved, injection, slot=found.slot)
    return Done(f"score kept for {found.slot}")


def _picture(incoming: IncomingText) -> Ending:
    """Pictures are not read here: say so, and tell a nurse that there was one."""
    incoming.answer(AnswerText.NOT_READ_LIVE, incoming.sender.about)
    return _to_a_person(incoming)


def _reaction(incoming: IncomingText) -> Ending:
    """A telephone quotes one of our texts: its owner has seen it, and says nothing."""
    return Done("a reaction to one of our texts")


def _other(incoming: IncomingText) -> Ending:
    """Nobody reads texts live: say so, or ask for the number again; a nurse reads the words."""
    if incoming.sender.diaries and incoming.reply.meaning in (Meaning.OTHER, Meaning.UNCLEAR_SCORE):
        incoming.answer(AnswerText.NOT_UNDERSTOOD, incoming.sender.diaries[0])
    else:
        incoming.answer(AnswerText.NOT_READ_LIVE, incoming.sender.about)
    return _to_a_person(incoming)


def _to_a_person(incoming: IncomingText) -> Ending:
    """Somebody reads it: the nurse of the visit, or the desk where nobody knows the number."""
    if incoming.alarm:
        return incoming.alarm
    if about := incoming.sender.about:
        return alarms.leave_note(about, incoming.words, incoming.key, incoming.at)
    title = "A text from a number without an injection: read it"
    return incoming.task(TaskKind.UNKNOWN_SENDER, title, None)


ACTIONS: dict[Meaning, Callable[[IncomingText], Ending]] = {
    Meaning.STOP: _stop,
    Meaning.WRONG_NUMBER: _wrong_number,
    Meaning.START: _start,
    Meaning.HELP: _help,
    Meaning.CONFIRM: _confirm,
    Meaning.CHANGE: _change,
    Meaning.SCORE: _score,
    Meaning.UNCLEAR_SCORE: _other,
    Meaning.RED_FLAG: _danger,
    Meaning.PICTURE: _picture,
    Meaning.REACTION: _reaction,
    Meaning.OTHER: _other,
}
