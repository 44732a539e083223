"""Texts as Twilio's REST API shows them: one, or a page of many."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from clinic.demo.sandbox import refusals
from clinic.demo.sandbox.models import SandboxText
from reminders.messaging.channels.carriers.twilio import TwilioCarrier

API = "/2010-04-01/Accounts"
USUAL_PAGE, LARGEST_PAGE = 50, 1000
SENT = Coalesce("sent_at", "created_at")
COMPARISONS = {"DateSent": "", "DateSent<": "__lte", "DateSent>": "__gte"}


def text(row: SandboxText, account: TwilioCarrier) -> dict[str, Any]:
    """The Message resource."""
    uri = f"{API}/{account.account}/Messages/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": account.account,
        "messaging_service_sid": account.sender if account.sender.startswith("MG") else None,
        "from": row.sender,
        "to": row.recipient,
        "body": row.body,
        "direction": row.direction,
        "status": row.status,
        "error_code": int(row.error_code) if row.error_code else None,
        "error_message": None,
        "num_segments": str(-(-len(row.body) // 153) if len(row.body) > 160 else 1),
        "num_media": "0",
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "date_sent": rfc2822(row.sent_at),
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.astimezone(UTC))


def page(account: TwilioCarrier, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of texts, newest first; `PageToken` names the last text of the page before."""
    size = whole(query, "PageSize", USUAL_PAGE, LARGEST_PAGE)
    number = whole(query, "Page", 0, 10**6)
    rows = list(older(chosen(query), query.get("PageToken", ""))[: size + 1])
    shown, more = rows[:size], len(rows) > size
    following = {"Page": number + 1, "PageToken": f"PA{shown[-1].sid}"} if more else None
    first = {"Page": 0}
    return {
        "messages": [text(row, account) for row in shown],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(shown) - 1, 0),
        "uri": address(account, query, size, {"Page": number}),
        "first_page_uri": address(account, query, size, first),
        "next_page_uri": address(account, query, size, following) if following else None,
        "previous_page_uri": None,
    }


def whole(query: Mapping[str, str], name: str, usual: int, largest: int) -> int:
    try:
        value = int(query.get(name, usual))
    except ValueError:
        raise refusals.unreadable(f"{name} ({query[name]})") from None
    return min(max(value, 0 if name == "Page" else 1), largest)


def chosen(query: Mapping[str, str]) -> QuerySet[SandboxText]:
    """The texts that the filters To, From and DateSent leave."""
    rows = SandboxText.objects.alias(moment=SENT).order_by("-pk")
    if query.get("To"):
        rows = rows.filter(recipient=query["To"])
    if query.get("From"):
        rows = rows.filter(sender=query["From"])
    for name, comparison in COMPARISONS.items():
        if query.get(name):
            rows = rows.filter(sent(name, query[name], comparison))
    return rows


def sent(name: str, value: str, comparison: str) -> Q:
    """The condition on when a text was sent: a day (GMT), or an instant to the second."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise refusals.unreadable(f"{name} ({value})") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    span = timedelta(days=1) if len(value) == len("2026-01-31") else timedelta(seconds=1)
    if comparison == "__gte":
        return Q(moment__gte=moment)
    if comparison == "__lte":
        return Q(moment__lt=moment + span)
    return Q(moment__gte=moment, moment__lt=moment + span)


def older(rows: QuerySet[SandboxText], token: str) -> QuerySet[SandboxText]:
    if not token:
        return rows
    last = SandboxText.objects.filter(sid=token.removeprefix("PA")).first()
    if last is None:
        raise refusals.unreadable(f"PageToken ({token})")
    return rows.filter(pk__lt=last.pk)


def address(
    account: TwilioCarrier, query: Mapping[str, str], size: int, more: Mapping[str, Any]
) -> str:
    kept = {key: query[key] for key in ("To", "From", *COMPARISONS) if query.get(key)}
    return f"{API}/{account.account}/Messages.json?{urlencode({**kept, 'PageSize': size, **more})}"
