"""Alerts: opened for every warning sign, handed on from turn to turn until somebody takes them."""

import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import zip_longest

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from reminders.models import Alert, Page, PageSays, PageState, TakenHow
from scheduling.models import Location, Task
from scheduling.people import on_call
from scheduling.people.on_call import OnCallContact
from scheduling.rules.procedure import Channel
from scheduling.staff import User

log = structlog.get_logger(__name__)
BATCH = 100  # alerts a round
CODES = range(1000, 10_000)  # never a pain score
MOST_TRIES = 100  # at a code that no open alert has
CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")
MACHINE = "the system"


def attend(now: datetime) -> None:
    """One round: open alerts for new tasks, end those whose task is done, page whoever is next.

    An error in one part is logged; neither the others nor patients' messages wait for it.
    """
    for part in (_open, _end_finished, _page_next):
        try:
            part(now)
        except Exception:
            log.exception("alerts_not_attended", part=part.__name__)
            connection.ensure_connection()  # without a database no alert is at fault


def _open(now: datetime) -> None:
    """Whatever opened the task, its alert follows within a round."""
    for task in Task.objects.filter(page=True, done_at=None, alert=None)[:BATCH]:
        Alert.objects.get_or_create(
            task=task, defaults={"code": _unused_code(), "opened_at": now, "next_at": now}
        )


def _unused_code() -> str:
    used = set(Alert.objects.filter(taken_at=None).values_list("code", flat=True))
    for _ in range(MOST_TRIES):
        code = str(secrets.choice(CODES))
        if code not in used:
            return code
    return next(code for code in map(str, CODES) if code not in used)


def _end_finished(now: datetime) -> None:
    """Nobody is paged about what has been done."""
    done = Alert.objects.filter(taken_at=None, task__done_at__isnull=False)
    for alert in done.select_related("task__done_by")[:BATCH]:
        by = alert.task.done_by
        name = by.display_name if by else MACHINE
        with suppress(ValidationError):  # somebody took it meanwhile
            take(alert=alert, name=name, by=by, how=TakenHow.FINISHED, at=now)


def _page_next(now: datetime) -> None:
    """Page whoever is next for each alert; trouble with one keeps nobody else waiting."""
    due = Alert.objects.filter(taken_at=None, next_at__lte=now).order_by("next_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        try:
            _page_turn(pk, now)
        except Exception:
            log.exception("alert_not_paged", alert=pk)
            connection.ensure_connection()


@transaction.atomic
def _page_turn(pk: int, now: datetime) -> None:
    due = Alert.objects.filter(pk=pk, taken_at=None, next_at__lte=now)
    due = due.select_related("task__injection__location")
    alert = due.select_for_update(of=("self",)).first()
    if alert is None:
        return  # somebody took it meanwhile
    locations = locations_of(alert.task)
    contacts = _next_turn(alert, locations, now)
    if contacts:
        alert.turn += 1
        alert.next_at = now + min(map(on_call.patience, locations))
        _queue(alert, PageSays.URGENT, alert.turn, contacts, now)
    else:
        alert.next_at = None
        log.error("nobody_left_to_page", alert=alert.pk)
    alert.save(update_fields=["turn", "next_at"])


def locations_of(task: Task) -> list[Location]:
    """The place of the injection; a stranger's text may concern any."""
    return [task.injection.location] if task.injection else list(Location.objects.all())


def _next_turn(alert: Alert, locations: Iterable[Location], now: datetime) -> list[OnCallContact]:
    """Those whose turn it is and who were not paged about this yet; empty when all were."""
    told = set(alert.pages.filter(says=PageSays.URGENT).values_list("channel", "address"))
    every = [on_call.turns(location, now) for location in locations]
    for together in zip_longest(*every, fillvalue=()):
        contacts = [each for turn in together for each in turn]
        new = [each for each in contacts if not told.issuperset(each.addresses.items())]
        if new:
            return new
    return []


def _queue(
    alert: Alert, says: PageSays, turn: int, contacts: Iterable[OnCallContact], now: datetime
) -> None:
    Page.objects.bulk_create(
        (
            Page(
                alert=alert,
                says=says,
                turn=turn,
                name=contact.name,
                user_id=contact.user,
                channel=channel,
                address=address,
                queued_at=now,
                retry_at=now,
            )
            for contact in contacts
            for channel, address in contact.addresses.items()
        ),
        ignore_conflicts=True,  # one address may belong to two
    )


@transaction.atomic
def take(*, alert: Alert, name: str, by: User | None, how: TakenHow, at: datetime) -> Alert:
    """Somebody sees to it: nobody else is paged, and who was paged by text hears who has it.

    The first counts; a second raises a `ValidationError` that names the first.
    """
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if locked.taken_at:
        raise ValidationError(f"{locked.taken_name} has taken this already.")
    locked.taken_at, locked.taken_by, locked.taken_name = at, by, name
    locked.taken_how, locked.next_at = how, None
    locked.save()
    paged = locked.pages.filter(says=PageSays.URGENT)
    told = paged.exclude(state=PageState.QUEUED).filter(channel=Channel.SMS)
    hear = [OnCallContact(page.name, page.user_id, page.address, "") for page in told]
    paged.filter(state=PageState.QUEUED).update(state=PageState.CANCELLED, settled_at=at)
    _queue(locked, PageSays.TAKEN, locked.turn, hear, at)
    log.info("alert_taken", alert=locked.pk, how=how.value)
    return locked


@transaction.atomic
def give_back(*, alert: Alert, at: datetime) -> Alert:
    """Whoever took it cannot see to it after all: the next in turn is paged now."""
    locked = Alert.objects.select_for_update(of=("self",)).select_related("task").get(pk=alert.pk)
    if locked.taken_at is None or locked.task.done_at:
        raise ValidationError("Nobody holds this any more; reload the page.")
    locked.taken_at, locked.taken_by, locked.taken_name = None, None, ""
    locked.taken_how, locked.next_at = None, at
    if Alert.objects.filter(taken_at=None, code=locked.code).exists():
        locked.code = _unused_code()
    locked.save()
    return locked


def take_by_text(sender: str, body: str, at: datetime) -> str:
    """What a text from a paged telephone came to, if it names a code that was sent there; else "".

    The first who answers takes it; a second is told who has it.
    """
    named = Page.objects.filter(
        says=PageSays.URGENT,
        channel=Channel.SMS,
        address=sender,
        alert__code__in=CODE.findall(body),
    )
    page = named.select_related("alert", "user").order_by("-queued_at").first()
    if page is None:
        return ""
    try:
        take(alert=page.alert, name=page.name, by=page.user, how=TakenHow.REPLY, at=at)
    except ValidationError:
        return "an answer to a page that somebody had taken"
    return "took the warning sign that it was paged about"
