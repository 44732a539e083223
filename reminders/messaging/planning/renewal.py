"""A new link for a patient whose old one is locked, expired or lost, to an address on file."""

from contextlib import suppress
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from reminders.followup import check_ins
from reminders.followup.check_ins import CheckIn
from reminders.followup.slots import protocol_of
from reminders.messaging.content import birth_dates, links
from reminders.messaging.planning import outbox
from reminders.messaging.planning.contactability import contactability
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import LinkRenewal, Message
from reminders.rules.plan.eligibility import Route, obstacle
from reminders.rules.text.replies import AnswerText
from scheduling import worklist
from scheduling.errors import WrongState
from scheduling.models import Injection, Patient
from scheduling.rules.procedure import Channel, Purpose
from scheduling.staff import User
from scheduling.validation import refuse, text

STEP = "new_link"
PREFERRED = (Channel.SMS, Channel.EMAIL)


def ways(injection: Injection) -> list[Route]:
    """The ways in which a new link may reach the patient: on file, with consent, not silenced."""
    if injection.patient.deceased_at:
        return []
    contact = contactability([injection.patient_id])[injection.patient_id]
    routes = (contact.route(Purpose.REMINDERS, channel) for channel in PREFERRED)
    return [route for route in routes if not obstacle(route, Purpose.REMINDERS)]


def check_in(injection: Injection, at: datetime) -> CheckIn | None:
    """The check-in that a new link may lead to: open now or, once the visit is over, to come."""
    facts = facts_by_injection([injection.pk]).get(injection.pk)
    if facts is None:  # what is recorded contradicts itself; a person has been told
        return None
    found = check_ins.check_ins(injection, facts, protocol_of(injection), at)
    mine = check_ins.for_patient(found)
    later = check_ins.coming(mine, at) if links.is_over(injection) else None
    return check_ins.open_now(mine, at) or later


def following(injection: Injection) -> int:
    """The number of the next new link of this injection, from 1."""
    return _sent(injection).count() + 1


def _sent(injection: Injection) -> QuerySet[Message]:
    return Message.objects.filter(injection=injection, step=STEP)


@transaction.atomic
def renew(
    *,
    injection: Injection,
    channel: Channel,
    slot: str,
    number: int,
    why: str,
    by: User,
    at: datetime,
) -> Message:
    """Send a new link at once, and end those that led to the same page.

    The patient may give a date of birth again today. Without a `slot` it leads to the page of the
    visit. `number` is which new link of this injection is meant: asked for twice it is sent once,
    and whoever has not seen the last one is told.
    """
    refuse({"why": text(why, 200, "reason")})
    outbox.prepare([injection.pk], at)  # one at a time, and the words come from its protocol
    there = _sent(injection).filter(occurrence=str(number)).first()
    if there and (there.channels, there.slot) == ([channel.value], slot):
        return there
    if number != following(injection):
        raise WrongState("A new link was sent a moment ago: look at the messages first.")
    if channel not in [route.channel for route in ways(injection)]:
        raise ValidationError({"channel": "The patient can not be written to this way now."})
    links.revoke_alike(injection, links.purpose_of(Purpose.REMINDERS, slot), at)
    message = outbox.reply(
        injection=injection,
        patient=injection.patient,
        step=STEP,
        key=str(number),
        text_key=AnswerText.NEW_LINK,
        channel=channel,
        slot=slot,
        at=at,
    )
    LinkRenewal.objects.create(message=message, why=why.strip(), sent_by=by, sent_at=at)
    _settle_locks(injection.patient, by, at)
    return message


def _settle_locks(patient: Patient, by: User, at: datetime) -> None:
    """Whoever sends a new link has done what the locked ones asked for."""
    for task in birth_dates.open_tasks(patient):
        with suppress(ValidationError):  # somebody else was faster
            worklist.finish(task=task, outcome="A new link was sent.", by=by, at=at)
