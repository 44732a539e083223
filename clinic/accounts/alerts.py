"""Security alerts: opened where something happens, mailed until handed over, seen by a person.

The rows are the queue. A round mails everybody whose role opens the page of alerts, so whatever
was lost on the way (Redis, a worker, a mail server) is made good by the next round.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.accounts.models import AlertKind, SecurityAlert, SecurityAlertMail, User
from scheduling.locks import Lock, try_exclusive

log = structlog.get_logger(__name__)
PAGE = "security_alerts"  # whoever may open it is told
MOST = 20  # alerts a mail
SUBJECT = "Blockwise security alert"


def open_alert(*, kind: AlertKind, about: User | None, detail: str, at: datetime) -> None:
    """Let people know; a second of the same kind, person and detail waits with the first.

    The row is part of the caller's transaction: do not open it in one that is rolled back.
    """
    row = SecurityAlert(kind=kind, about=about, detail=detail, opened_at=at)
    SecurityAlert.objects.bulk_create([row], ignore_conflicts=True)
    log.warning("security_alert", kind=kind.value, about=about.pk if about else None)


def acknowledge(*, alert: SecurityAlert, by: User, at: datetime) -> bool:
    """Somebody has seen it; whether they were the first, whose name stays."""
    unseen = SecurityAlert.objects.filter(pk=alert.pk, seen_at=None)
    return bool(unseen.update(seen_at=at, seen_by=by))


def open_alerts() -> QuerySet[SecurityAlert]:
    """Those that nobody has seen yet, the oldest first."""
    found = SecurityAlert.objects.filter(seen_at=None).select_related("about")
    return found.order_by("opened_at", "pk")


def mail_round(now: datetime) -> None:
    """Mail everybody what they were not told yet. Two rounds at once would mail it twice."""
    with try_exclusive(Lock.SECURITY_ALERTS) as ours:
        if ours and open_alerts().exists():
            _tell_everybody(now)


def _tell_everybody(now: datetime) -> None:
    """One address that fails holds up no other; the next round tries it again."""
    people = User.objects.who_may(PAGE).exclude(email="")
    if not people:
        log.error("nobody_to_tell_of_security_alerts")
    for user in people:
        try:
            _tell(user, now)
        except Exception:
            log.exception("security_alerts_not_mailed", user=user.pk)


def _tell(user: User, now: datetime) -> None:
    """One mail for all that is new; it is noted once the mail server has taken it."""
    untold = list(open_alerts().exclude(mails__user=user)[:MOST])
    if untold:
        _mail(user, untold).send()
        told = [SecurityAlertMail(alert=alert, user=user, at=now) for alert in untold]
        SecurityAlertMail.objects.bulk_create(told)


def _mail(user: User, untold: list[SecurityAlert]) -> EmailMessage:
    """The kinds and the link; who and what stand behind the sign-in."""
    kinds = sorted({alert.kind.label for alert in untold})
    told = {"kinds": kinds, "link": settings.SITE_URL + reverse(PAGE)}
    return EmailMessage(
        subject=SUBJECT,
        body=render_to_string("account/email/security_alert.txt", told),
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
