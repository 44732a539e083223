"""Bringing pages: through the same carriers as patients' messages, and before them."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    DeliveryReceipt,
    Outcome,
    Refused,
    Unknown,
)
from reminders.messaging.delivery.connections import ConnectionPool, receipt_url
from reminders.messaging.paging import words
from reminders.messaging.paging.alerts import locations_of
from reminders.models import Alert, Page, PageSays, PageState
from reminders.rules.plan.message_states import AttemptState
from scheduling.rules.procedure import Channel

log = structlog.get_logger(__name__)
CHUNK = 10  # pages a claim
LEASE = timedelta(minutes=1)  # longer than one hand-over; after it another worker tries
PAUSE = timedelta(seconds=30)  # until a carrier that was away is tried again
MOST_ATTEMPTS = 5
USEFUL = timedelta(hours=1)  # how long a carrier may keep trying
GOING = (PageState.QUEUED, PageState.SENT, PageState.DELIVERED)
BUG = "an error of ours, see the log"


def waiting(now: datetime) -> bool:
    """Whether a page waits to leave."""
    return _due(now).exists()


def deliver_due(connections: ConnectionPool, now: datetime) -> int:
    """Take the pages that are due and bring them; how many there were."""
    pages = _claim(now)
    for page in pages:
        _settle(page, _hand_over(connections, page, now), now)
    return len(pages)


def _due(now: datetime) -> QuerySet[Page]:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    return Page.objects.filter(free, state=PageState.QUEUED, retry_at__lte=now)


@transaction.atomic
def _claim(now: datetime) -> list[Page]:
    """Pages for this worker alone, for the length of a lease by the database's own clock."""
    due = _due(now).order_by("retry_at", "pk").select_for_update(skip_locked=True, of=("self",))
    pages = list(due.select_related("alert__task__injection__location")[:CHUNK])
    mine = Page.objects.filter(pk__in=[page.pk for page in pages])
    mine.update(lease_until=Now() + LEASE, attempts_made=F("attempts_made") + 1)
    return pages


def _hand_over(connections: ConnectionPool, page: Page, now: datetime) -> Outcome:
    """Use the network. A bug with one page stops no other."""
    try:
        location, *_ = locations_of(page.alert.task)
        is_text = page.channel is Channel.SMS
        delivery = Delivery(
            attempt=page.pk,
            reference=page.reference,
            address=page.address,
            body=(words.text if is_text else words.mail)(page, location.name),
            expires_at=now + USEFUL,
            receipt_url=receipt_url(page.reference) if is_text else "",
        )
        return next(iter(connections.get(page.channel.value).send([delivery], now)))
    except Exception:
        log.exception("page_not_handed_over", page=str(page.reference))
        return Unknown(BUG)


@transaction.atomic
def _settle(page: Page, outcome: Outcome, now: datetime) -> None:
    """Write what became of it. One that cannot arrive pages the next in turn at once."""
    mine = Page.objects.filter(pk=page.pk, state=PageState.QUEUED)
    if isinstance(outcome, Accepted):
        sent = {"state": PageState.SENT, "settled_at": now, "error": ""}
        mine.update(provider_id=outcome.provider_id, lease_until=None, **sent)
    elif isinstance(outcome, Refused) or page.attempts_made + 1 >= MOST_ATTEMPTS:
        _fail(mine, page, str(outcome), now)
    else:
        mine.update(retry_at=now + PAUSE, lease_until=None, error=str(outcome)[:160])


def _fail(mine: QuerySet[Page], page: Page, why: str, now: datetime) -> None:
    mine.update(state=PageState.FAILED, settled_at=now, lease_until=None, error=why[:160])
    of_turn = Page.objects.filter(alert=page.alert_id, says=PageSays.URGENT, turn=page.turn)
    if page.says is PageSays.URGENT and not of_turn.filter(state__in=GOING).exists():
        open_still = Alert.objects.filter(pk=page.alert_id, taken_at=None, turn=page.turn)
        open_still.filter(next_at__gt=now).update(next_at=now)


@transaction.atomic
def receive(receipt: DeliveryReceipt, at: datetime) -> bool:
    """Keep what the carrier says of a page; whether it was one."""
    page = Page.objects.filter(reference=receipt.reference).first()
    if page is None:
        return False
    mine = Page.objects.filter(pk=page.pk, state__in=[PageState.QUEUED, PageState.SENT])
    if receipt.state is AttemptState.DELIVERED:
        mine.update(state=PageState.DELIVERED, settled_at=at, lease_until=None, error="")
    elif receipt.state is AttemptState.UNDELIVERED:
        code = f"error {receipt.code}" if receipt.code else "not delivered"
        _fail(mine, page, f"{code}, says the carrier", at)
    return True
