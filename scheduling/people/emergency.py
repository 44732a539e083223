"""Access to a patient of another location, for whoever says why; 45 CFR 164.312(a)(2)(ii)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied

from scheduling.models import EmergencyAccess, Patient
from scheduling.staff import User
from scheduling.validation import refuse, text

SHORTEST_REASON = 10  # characters, so that somebody else can tell what happened; our default


def give_access(*, patient: Patient, reason: str, by: User, at: datetime) -> EmergencyAccess:
    """Open this patient to this person for some hours; access that lasts already is returned.

    Raises `PermissionDenied` for those whose role neither treats nor books.
    """
    if not by.may("emergency_access"):
        raise PermissionDenied("Only those who treat or book have emergency access.")
    said = " ".join(reason.split())
    refuse({"reason": text(said, 200, "reason") or _too_short(said)})
    standing = EmergencyAccess.objects.filter(patient=patient, user=by, until__gt=at).first()
    if standing:
        return standing
    until = at + timedelta(hours=settings.EMERGENCY_ACCESS_HOURS)
    return EmergencyAccess.objects.create(patient=patient, user=by, reason=said, at=at, until=until)


def _too_short(reason: str) -> str:
    wanted = f"Say what the emergency is, in {SHORTEST_REASON} characters or more."
    return wanted if len(reason) < SHORTEST_REASON else ""
