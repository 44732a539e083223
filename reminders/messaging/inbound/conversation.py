"""Who writes from a number, and what we last wrote to it. One number may belong to two patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Q

from reminders import protocols
from reminders.messaging.planning.facts import PATHWAY
from reminders.models import Attempt, Message
from reminders.rules.plan.message_states import AttemptState
from scheduling import people
from scheduling.models import Injection, OptOut
from scheduling.rules.procedure import Channel, InjectionState

REACHED = (AttemptState.HANDED, AttemptState.ACCEPTED, AttemptState.DELIVERED)
DIARY_LASTS = timedelta(hours=36)  # from the first prompt to the end of the next morning's
FLOOD = 6  # answers an hour to one number, after which another machine is answering us


@dataclass(frozen=True, slots=True)
class Sender:
    """One number. `injections` are its patients', the nearest to come first, then the latest.

    `last_about`: the visit of our last message to it. `unconfirmed`: visits ahead whose present
    time it was told, the last told first. `diaries`: visits whose scores it was asked for lately.
    """

    number: str
    silenced: bool
    injections: tuple[Injection, ...]
    ahead: tuple[Injection, ...]
    last_about: Injection | None
    unconfirmed: tuple[Injection, ...]
    diaries: tuple[Injection, ...]

    @property
    def nearest(self) -> Injection | None:
        """The next visit, else the latest."""
        return next(iter(self.injections), None)

    @property
    def about(self) -> Injection | None:
        """The visit a text is about when it does not say."""
        return self.last_about or self.nearest

    def is_flooding(self, at: datetime) -> bool:
        """Whether so many answers went to this number that a machine must be on the other side."""
        since = at - timedelta(hours=1)
        ours = Message.objects.filter(injection__in=self.injections, reply=True, send_at__gt=since)
        return ours.count() >= FLOOD


def only(injections: Sequence[Injection]) -> Injection | None:
    """The one that is meant: the first, unless they belong to different patients."""
    patients = {injection.patient_id for injection in injections}
    return injections[0] if len(patients) == 1 else None


def sender(number: str, at: datetime) -> Sender:
    """Everything known about a number, in six queries."""
    patients = people.sharing(Channel.SMS, number)
    near = Injection.objects.filter(patient__in=patients, during__endswith__gt=at - PATHWAY)
    injections = sorted(
        near.select_related("patient", "location"),
        key=lambda each: (each.start < at, abs(each.start - at)),
    )
    ahead = [each for each in injections if each.state is InjectionState.BOOKED and each.start > at]
    prompts = _prompts(number, injections)
    by_key = {each.pk: each for each in injections}
    asked = _latest_first(prompts, "confirm")
    scored = [each for each, when in asked_for(prompts, "score") if when > at - DIARY_LASTS]
    last = _latest_first(prompts, "any")
    return Sender(
        number=number,
        silenced=OptOut.objects.filter(channel=Channel.SMS, value=number, lifted_at=None).exists(),
        injections=tuple(injections),
        ahead=tuple(ahead),
        last_about=by_key[last[0]] if last else None,
        unconfirmed=tuple(
            by_key[key] for key in asked if by_key[key] in ahead and not by_key[key].confirmed_at
        ),
        diaries=tuple(
            by_key[key] for key in scored if by_key[key].state is InjectionState.COMPLETED
        ),
    )


Prompts = dict[int, dict[str, datetime | None]]


def _prompts(number: str, injections: Sequence[Injection]) -> Prompts:
    """When each visit was last written about to this number: at all, to confirm, for a score."""
    texts = Attempt.objects.filter(address=number, channel=Channel.SMS, state__in=REACHED)
    texts = texts.filter(message__injection__in=injections)
    # A text too long for one part only links: it told no time.
    asks = {"message__step__in": _confirming(injections), "text_key": F("message__sms_key")}
    since_move = {"message__revision__gte": F("message__injection__time_revision")}
    rows = texts.values("message__injection").annotate(
        any=Max("handed_at", filter=Q(message__reply=False)),
        # A text from before a move asked about another time.
        confirm=Max("handed_at", filter=Q(**asks, **since_move)),
        score=Max("handed_at", filter=~Q(message__slot="") & Q(message__reply=False)),
    )
    kinds = ("any", "confirm", "score")
    found = rows.values_list("message__injection", *kinds)
    return {injection: dict(zip(kinds, dates, strict=True)) for injection, *dates in found}


def _confirming(injections: Sequence[Injection]) -> set[str]:
    """The steps whose texts tell a time that the patient may confirm."""
    known = protocols.by_injection(each.pk for each in injections)
    each_once = {protocol.version: protocol for protocol in known.values()}
    steps = (step for protocol in each_once.values() for step in protocol.steps)
    return {step.id for step in steps if step.confirms_time}


def asked_for(prompts: Prompts, what: str) -> list[tuple[int, datetime]]:
    """The visits that were written about this, with when, the latest first."""
    found = [(key, row[what]) for key, row in prompts.items()]
    dated = [(key, when) for key, when in found if when]
    return sorted(dated, key=lambda pair: pair[1], reverse=True)


def _latest_first(prompts: Prompts, what: str) -> list[int]:
    return [key for key, _ in asked_for(prompts, what)]
