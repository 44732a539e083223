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
class Heard:
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
def hear(received: ReceivedText, at: datetime) -> InboundText:
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
    heard = Heard(text, reply, who, at)
    _listen(heard, about)
    text.effect = _act(heard)[:160]
    text.save(update_fields=["effect"])
    log.info("text_heard", text=text.pk, meaning=reply.meaning.value, known=about is not None)
    return text


def _act(heard: Heard) -> str:
    """Do what the word means; after a bug a person reads it, for the carrier says it only once."""
    try:
        with transaction.atomic():
            return ACTIONS[heard.reply.meaning](heard)
    except Exception:
        log.exception("text_not_acted_on", text=heard.text.pk)
        return _to_a_person(heard)


def _listen(heard: Heard, about: Injection | None) -> None:
    """Words of danger reach a person whatever else the text says."""
    if about:
        alarms.listen(about, heard.text.body, f"text-{heard.text.pk}", heard.at)
    elif heard.reply.red_flags:
        heard.task(
            TaskKind.RED_FLAG, "Warning sign from an unknown number: phone now", None, urgent=True
        )


def _stop(heard: Heard) -> str:
    """Silence at once, for everybody on this number; a person phones when a visit is ahead."""
    if first := _silence(heard, "text"):
        heard.answer(AnswerText.OPTED_OUT, heard.sender.about)
    word = (
        "which may mean the injection"
        if heard.reply.may_mean_visit
        else "and an injection is ahead"
    )
    asked = first or heard.reply.may_mean_visit  # once said, STOP alone says nothing new
    for injection in heard.sender.ahead if asked else ():
        title = f"Texts stopped, {word}: phone the patient"
        heard.task(TaskKind.OPTED_OUT, title, injection, urgent=heard.reply.may_mean_visit)
    return "opted out of texts" if first else "was opted out already"


def _silence(heard: Heard, source: str) -> bool:
    """Whether this text opted the number out; a number that is none cannot be written to anyway."""
    if heard.sender.silenced:
        return False
    try:
        people.opt_out(channel=Channel.SMS, value=heard.text.sender, source=source, at=heard.at)
    except ValidationError:
        log.warning("sender_is_no_number", text=heard.text.pk)
        return False
    return True


def _wrong_number(heard: Heard) -> str:
    """A stranger reads our texts: no more of them, and the links they hold open no more."""
    _silence(heard, "wrong number")
    links.revoke(channel=Channel.SMS, value=heard.text.sender, at=heard.at)
    for injection in heard.sender.ahead or heard.sender.injections[:1]:
        heard.task(TaskKind.WRONG_NUMBER, "Wrong number: find the patient's own", injection)
    return "wrong number: opted out of texts"


def _start(heard: Heard) -> str:
    if not heard.sender.silenced:
        return _other(heard)  # a "yes" to what, only a person can tell
    people.opt_in(channel=Channel.SMS, value=heard.text.sender, source="text", at=heard.at)
    heard.answer(AnswerText.OPTED_IN, heard.sender.about)
    return "texts may be sent again"


def _help(heard: Heard) -> str:
    heard.answer(AnswerText.HELP, heard.sender.about)
    return "told whom to call"


def _confirm(heard: Heard) -> str:
    """Confirm the one visit the last prompt was about; ask by link when it could be either."""
    waiting = heard.sender.unconfirmed
    one = conversation.only(waiting)
    if one:
        bookings.confirm(injection=one, how="text", by=None, at=heard.at)
        heard.answer(AnswerText.CONFIRMED, one)
        return "visit confirmed"
    if waiting:
        return _ask_by_link(heard, waiting)
    about = heard.sender.last_about
    if about and about.confirmed_at and about in heard.sender.ahead:
        heard.answer(AnswerText.CONFIRMED, about)
        return "was confirmed already"
    return _other(heard)


def _ask_by_link(heard: Heard, injections: Sequence[Injection], *, diary: bool = False) -> str:
    """One text for each, which names nobody; the date of birth tells them apart."""
    text = AnswerText.CHECK_IN_LINK if diary else AnswerText.LINK_ONLY
    for injection in sorted(injections, key=lambda each: each.pk):  # as rounds lock them
        heard.answer(text, injection, diary=diary)
    return "could mean more than one visit: asked by link"


def _change(heard: Heard) -> str:
    """A person calls; a number that two patients share leaves it to the caller which visit."""
    ahead = heard.sender.ahead
    if not ahead:
        return _other(heard)
    one = conversation.only(ahead) or heard.sender.last_about
    about = one if one in ahead and len({each.patient_id for each in ahead}) == 1 else None
    heard.task(TaskKind.CHANGE_WANTED, "The patient wants another time: phone", about or None)
    heard.answer(AnswerText.CHANGE_WANTED, one or ahead[0])
    return "a person will call about another time"


def _score(heard: Heard) -> str:
    """A number counts only while one diary of one treated side is open."""
    diaries = heard.sender.diaries
    if len(diaries) != 1:
        return _ask_by_link(heard, diaries, diary=True) if diaries else _other(heard)
    injection, score = diaries[0], heard.reply.score or 0
    found = surveys.answer_text(injection=injection, score=score, inbound=heard.text, at=heard.at)
    if found.what is surveys.What.NO_OPEN_DIARY:
        return _other(heard)
    if found.what is surveys.What.ASK_BY_LINK:
        heard.answer(AnswerText.CHECK_IN_LINK, injection, slot=found.slot, diary=True)
        return "a number that could not be placed: asked by link"
    saved = AnswerText.SCORE_SAVED if found.next_at else AnswerText.LAST_SCORE_SAVED
    heard.answer(saved, injection, slot=found.slot)
    return f"score kept for {found.slot}"


def _unreadable(heard: Heard) -> str:
    if not heard.sender.diaries:
        return _other(heard)
    heard.answer(AnswerText.NOT_UNDERSTOOD, heard.sender.diaries[0])
    return "asked for one number"


def _other(heard: Heard) -> str:
    """Nobody reads texts live: say so, and leave the words to a nurse."""
    if heard.reply.meaning is Meaning.OTHER and heard.sender.diaries:
        heard.answer(AnswerText.NOT_UNDERSTOOD, heard.sender.diaries[0])
    else:
        heard.answer(AnswerText.NOT_READ_LIVE, heard.sender.about)
    return _to_a_person(heard)


def _to_a_person(heard: Heard) -> str:
    """Somebody reads it; words of danger are with somebody already."""
    about = heard.sender.about
    if about and not heard.reply.red_flags:
        alarms.note(about, heard.text.body, f"text-{heard.text.pk}", heard.at)
    elif not heard.reply.red_flags:
        heard.task(
            TaskKind.UNKNOWN_SENDER, "A text from a number without an injection: read it", None
        )
    return "left to a person"


ACTIONS: dict[Meaning, Callable[[Heard], str]] = {
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
