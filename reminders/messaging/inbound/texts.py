"""What patients write: heard once, understood by its word, and answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction

from reminders.followup import alarms, surveys
from reminders.messaging.channels.base import ReceivedText
from reminders.messaging.content import links
from reminders.messaging.inbound import conversation
from reminders.messaging.inbound.conversation import Sender
from reminders.messaging.planning import outbox
from reminders.models import InboundMeaning, InboundText
from reminders.rules.text.replies import AnswerText, Meaning, Reply, parse
from scheduling import bookings, people, worklist
from scheduling.models import Injection, Queue, TaskKind
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Channel, Purpose

log = structlog.get_logger(__name__)
CALL_BACK = timedelta(hours=2)  # our default: a patient who asks for a person hears one soon
STORED: dict[Meaning, InboundMeaning] = {
    Meaning.UNCLEAR_SCORE: InboundMeaning.UNREADABLE,
    Meaning.WRONG_NUMBER: InboundMeaning.STOP,
}


@dataclass(frozen=True, slots=True)
class IncomingText:
    """One text with what is known about who wrote it."""

    text: InboundText
    reply: Reply
    sender: Sender
    at: datetime

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
    ) -> None:
        """Ask a person to phone. The words themselves stand in the task, never in a log."""
        words, number = self.text.body.strip()[:500], telephone(self.text.sender)
        worklist.open_task(
            kind=kind,
            key=f"text-{self.text.pk}",
            queue=Queue.DESK,
            title=title,
            detail=f"They wrote: {words}. Call {number}.",
            injection=injection,
            due_at=self.at + CALL_BACK,
            urgent=urgent,
            at=self.at,
        )


@transaction.atomic
def receive(received: ReceivedText, at: datetime) -> InboundText:
    """Keep one text and act on it. Told twice by the carrier, it is heard once."""
    reply = parse(received.body)
    who = conversation.sender(received.sender, at)
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
    incoming = IncomingText(text, reply, who, at)
    _screen(incoming, about)
    text.effect = _act(incoming)[:160]
    text.save(update_fields=["effect"])
    log.info("text_heard", text=text.pk, meaning=reply.meaning.value, known=about is not None)
    return text


def _act(incoming: IncomingText) -> str:
    """Do what the word means; after a bug a person reads it, for the carrier says it only once."""
    try:
        with transaction.atomic():
            return ACTIONS[incoming.reply.meaning](incoming)
    except Exception:
        log.exception("text_not_acted_on", text=incoming.text.pk)
        return _to_a_person(incoming)


def _screen(incoming: IncomingText, about: Injection | None) -> None:
    """Words of danger reach a person whatever else the text says."""
    if about:
        alarms.screen(about, incoming.text.body, f"text-{incoming.text.pk}", incoming.at)
    elif incoming.reply.red_flags:
        incoming.task(
            TaskKind.RED_FLAG, "Warning sign from an unknown number: phone now", None, urgent=True
        )


def _stop(incoming: IncomingText) -> str:
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
    return "opted out of texts" if first else "was opted out already"


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


def _wrong_number(incoming: IncomingText) -> str:
    """A stranger reads our texts: no more of them, and the links they hold open no more."""
    _silence(incoming, "wrong number")
    links.revoke(channel=Channel.SMS, value=incoming.text.sender, at=incoming.at)
    for injection in incoming.sender.ahead or incoming.sender.injections[:1]:
        incoming.task(TaskKind.WRONG_NUMBER, "Wrong number: find the patient's own", injection)
    return "wrong number: opted out of texts"


def _start(incoming: IncomingText) -> str:
    if not incoming.sender.silenced:
        return _other(incoming)  # a "yes" to what, only a person can tell
    people.opt_in(channel=Channel.SMS, value=incoming.text.sender, source="text", at=incoming.at)
    incoming.answer(AnswerText.OPTED_IN, incoming.sender.about)
    return "texts may be sent again"


def _help(incoming: IncomingText) -> str:
    incoming.answer(AnswerText.HELP, incoming.sender.about)
    return "told whom to call"


def _confirm(incoming: IncomingText) -> str:
    """Confirm the one visit the last prompt was about; ask by link when it could be either."""
    waiting = incoming.sender.unconfirmed
    one = conversation.only(waiting)
    if one:
        bookings.confirm(injection=one, how="text", by=None, at=incoming.at)
        incoming.answer(AnswerText.CONFIRMED, one)
        return "visit confirmed"
    if waiting:
        return _ask_by_link(incoming, waiting)
    about = incoming.sender.last_about
    if about and about.confirmed_at and about in incoming.sender.ahead:
        incoming.answer(AnswerText.CONFIRMED, about)
        return "was confirmed already"
    return _other(incoming)


def _ask_by_link(
    incoming: IncomingText, injections: Sequence[Injection], *, diary: bool = False
) -> str:
    """One text for each, which names nobody; the date of birth tells them apart."""
    text = AnswerText.CHECK_IN_LINK if diary else AnswerText.LINK_ONLY
    for injection in sorted(injections, key=lambda each: each.pk):  # as rounds lock them
        incoming.answer(text, injection, diary=diary)
    return "could mean more than one visit: asked by link"


def _change(incoming: IncomingText) -> str:
    """A person calls; a number that two patients share leaves it to the caller which visit."""
    ahead = incoming.sender.ahead
    if not ahead:
        return _other(incoming)
    one = conversation.only(ahead) or incoming.sender.last_about
    about = one if one in ahead and len({each.patient_id for each in ahead}) == 1 else None
    incoming.task(TaskKind.CHANGE_WANTED, "The patient wants another time: phone", about or None)
    incoming.answer(AnswerText.CHANGE_WANTED, one or ahead[0])
    return "a person will call about another time"


def _score(incoming: IncomingText) -> str:
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
        return "a number that could not be placed: asked by link"
    saved = AnswerText.SCORE_SAVED if found.next_at else AnswerText.LAST_SCORE_SAVED
    incoming.answer(saved, injection, slot=found.slot)
    return f"score kept for {found.slot}"


def _unreadable(incoming: IncomingText) -> str:
    if not incoming.sender.diaries:
        return _other(incoming)
    incoming.answer(AnswerText.NOT_UNDERSTOOD, incoming.sender.diaries[0])
    return "asked for one number"


def _other(incoming: IncomingText) -> str:
    """Nobody reads texts live: say so, and leave the words to a nurse."""
    if incoming.reply.meaning is Meaning.OTHER and incoming.sender.diaries:
        incoming.answer(AnswerText.NOT_UNDERSTOOD, incoming.sender.diaries[0])
    else:
        incoming.answer(AnswerText.NOT_READ_LIVE, incoming.sender.about)
    return _to_a_person(incoming)


def _to_a_person(incoming: IncomingText) -> str:
    """Somebody reads it; words of danger are with somebody already."""
    about = incoming.sender.about
    if about and not incoming.reply.red_flags:
        alarms.pass_on(about, incoming.text.body, f"text-{incoming.text.pk}", incoming.at)
    elif not incoming.reply.red_flags:
        incoming.task(
            TaskKind.UNKNOWN_SENDER, "A text from a number without an injection: read it", None
        )
    return "left to a person"


ACTIONS: dict[Meaning, Callable[[IncomingText], str]] = {
    Meaning.STOP: _stop,
    Meaning.WRONG_NUMBER: _wrong_number,
    Meaning.START: _start,
    Meaning.HELP: _help,
    Meaning.CONFIRM: _confirm,
    Meaning.CHANGE: _change,
    Meaning.SCORE: _score,
    Meaning.UNCLEAR_SCORE: _unreadable,
    Meaning.RED_FLAG: _other,
    Meaning.OTHER: _other,
}
