"""Housekeeping of logins, invitations, links to a new password, and mails about security."""

from collections.abc import Sequence

import structlog
from allauth.account.forms import default_token_generator
from celery import shared_task
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import int_to_base36
from kombu.exceptions import OperationalError as BrokerError

from clinic.accounts import alerts, audit_digests, sessions
from clinic.accounts.models import User
from scheduling import clock

log = structlog.get_logger(__name__)
RESET = ("A new password for Blockwise", "reset_link")
INVITATION = ("Your way in to Blockwise", "invitation")  # nobody knows a password of theirs
CHANGED = "Your Blockwise password was set by somebody else"


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Once a day: drop the sessions that have ended."""
    sessions.forget()


@shared_task(name="accounts.mail_security_alerts")
def mail_security_alerts() -> None:
    """Every minute: mail the alerts that somebody was not told of yet."""
    alerts.mail_round(clock.now())


@shared_task(name="accounts.close_audit_records")
def close_audit_records() -> None:
    """Every hour: a digest of the rows that have come."""
    audit_digests.close(clock.now())


@shared_task(name="accounts.verify_audit_records")
def verify_audit_records() -> None:
    """Every night: the whole chain, and the rows of late; a person is told what differs."""
    audit_digests.nightly(clock.now())


def wake_to_tell_of_password(user: int) -> None:
    """Let a worker tell this account that somebody else has set its password."""
    try:
        tell_of_password.delay(user)
    except BrokerError:
        log.exception("password_not_told_of", user=user)


@shared_task(name="accounts.tell_of_password")
def tell_of_password(user: int) -> None:
    """Mail the owner; a mail that cannot leave is in the log."""
    owner = User.objects.exclude(email="").filter(pk=user).first()
    if owner is None:
        return
    told = {"username": owner.username, "link": settings.SITE_URL + reverse("account_login")}
    try:
        owner.email_user(CHANGED, render_to_string("account/email/password_set.txt", told))
    except Exception:
        log.exception("password_not_told_of", user=user)


def wake_for_reset_links(users: Sequence[int]) -> None:
    """Let a worker send links to these accounts, or to nobody. Without Redis the log says so."""
    try:
        send_reset_links.delay(list(users))
    except BrokerError:
        log.exception("reset_links_not_asked_for", users=list(users))


@shared_task(name="accounts.send_reset_links")
def send_reset_links(users: Sequence[int]) -> None:
    """Mail a link to the address of each account; one that cannot leave is in the log."""
    for user in User.objects.filter(pk__in=users, is_active=True).exclude(email=""):
        try:
            _send_reset_link(user)
        except Exception:
            log.exception("reset_link_not_sent", user=user.pk)


def _send_reset_link(user: User) -> None:
    key = default_token_generator.make_token(user)
    place = {"uidb36": int_to_base36(user.pk), "key": key}
    link = settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=place)
    told = {"link": link, "username": user.username}
    subject, text = RESET if user.has_usable_password() else INVITATION
    user.email_user(subject, render_to_string(f"account/email/{text}.txt", told))
