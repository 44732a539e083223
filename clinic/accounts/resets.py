"""A lost second factor: an administrator asks that it goes, a second person confirms it.

The factors, the password and the sessions go together, and the owner comes in again by a link to
the address on the account: neither of the two can come in as somebody else.
"""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from clinic.accounts import alerts, sessions, sign_ins
from clinic.accounts.models import AlertKind, FactorReset, SignIn, User
from clinic.accounts.tasks import wake_for_reset_links

LASTS = timedelta(days=1)  # then it has to be asked for anew
ASKED = "Somebody asked that the second factor of this account goes. It waits for a second person."


def waiting(at: datetime) -> QuerySet[FactorReset]:
    """What waits for a second person, the oldest first."""
    found = FactorReset.objects.filter(confirmed_at=None, asked_at__gt=at - LASTS)
    return found.select_related("user", "asked_by").order_by("asked_at")


@transaction.atomic
def ask(*, user: User, reason: str, by: User, at: datetime) -> FactorReset:
    """Ask for the reset of somebody else's second factor; ValidationError says why not."""
    if user == by:
        raise ValidationError("Another administrator has to ask for yours.")
    if not user.is_active:
        raise ValidationError("This account has ended.")
    if not user.email:
        raise ValidationError(
            "Record their e-mail address first: the link by which they come in again goes there."
        )
    if waiting(at).filter(user=user).exists():
        raise ValidationError("This waits for a second person already.")
    alerts.open_alert(kind=AlertKind.FACTOR_RESET, about=user, detail=ASKED, at=at)
    return FactorReset.objects.create(user=user, reason=reason, asked_by=by, asked_at=at)


@transaction.atomic
def confirm(*, pk: int, by: User, at: datetime, request: HttpRequest) -> User:
    """Remove the factors, the password and the sessions, and mail a link to their owner.

    Raises ValidationError where this person cannot be the second one, or nothing waits any more.
    """
    reset = waiting(at).select_for_update(of=("self",)).filter(pk=pk).first()
    if reset is None:
        raise ValidationError("This does not wait any more.")
    if by in (reset.asked_by, reset.user):
        raise ValidationError("Somebody else has to confirm this: neither who asked nor the owner.")
    reset.confirmed_by, reset.confirmed_at = by, at
    reset.save(update_fields=["confirmed_by", "confirmed_at"])
    _shut_out(reset.user, by, at, request)
    transaction.on_commit(lambda: wake_for_reset_links([reset.user_id]))
    return reset.user


def _shut_out(user: User, by: User, at: datetime, request: HttpRequest) -> None:
    """Nothing that anybody holds opens this account any more."""
    for _ in Authenticator.objects.filter(user=user):
        sign_ins.note(SignIn.FACTOR_REMOVED, user, request, by=by)
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions.end(sessions.open_sessions(user, at), user=user, by=by, request=request)
