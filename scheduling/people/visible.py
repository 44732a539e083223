"""What a member of staff may find and open: one rule, asked by every page.

The patient decides, not the injection: whoever treats somebody at one location reads the whole
chart. What is about no patient, as a text of an unknown sender, is for everybody who works
somewhere.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from scheduling.models import EmergencyAccess, Injection, Location, Patient
from scheduling.staff import User

EVERY, NONE = Q(pk__isnull=False), Q(pk__in=[])


def locations(user: User) -> QuerySet[Location]:
    """Where this person works; every location if the clinic does not limit its staff."""
    every = Location.objects.all()
    return every if settings.STAFF_SEE_ALL_LOCATIONS else every.filter(pk__in=user.location_ids)


def physicians(user: User) -> QuerySet[User]:
    """Who gives orders where this person works, and so sees and signs what they enter."""
    every = get_user_model().objects.who_may("give_orders")
    if settings.STAFF_SEE_ALL_LOCATIONS:
        return every
    return every.filter(locations__in=user.location_ids).distinct()


def works_somewhere(user: User) -> bool:
    """Whether any location is this person's, so that there is something to see."""
    return settings.STAFF_SEE_ALL_LOCATIONS or bool(user.location_ids)


def to(user: User, at: datetime, path: str = "patient") -> Q:
    """The rows whose patient this person may see; `path` leads to the patient, "" is the patient.

    By location, or by emergency access that has not ended at this time.
    """
    return by_location(user, path) | Q(Exists(_emergencies(user, at, path)))


def by_location(user: User, path: str = "patient") -> Q:
    """The rows whose patient was registered, or has an injection, where this person works.

    A patient of whom no location is known yet is visible to everybody who works somewhere.
    """
    if settings.STAFF_SEE_ALL_LOCATIONS:
        return EVERY
    if not user.location_ids:
        return NONE
    own = _patients_of(user.location_ids)
    if not path:
        return own
    return Q(**{path: None}) | _any(Patient.objects.filter(own, pk=_patient_of(path)))


def emergency_until(user: User, at: datetime, path: str = "patient") -> Subquery:
    """When the emergency access of this person to the row's patient ends, if it lasts."""
    return Subquery(_emergencies(user, at, path).order_by("-until").values("until")[:1])


def _patients_of(location_ids: list[int]) -> Q:
    injections = Injection.objects.filter(patient=OuterRef("pk"))
    nowhere_yet = Q(location=None) & ~_any(injections)
    booked = _any(injections.filter(location__in=location_ids))
    return Q(location__in=location_ids) | booked | nowhere_yet


def _any(rows: QuerySet[Any]) -> Q:
    """Whether there is one. As EXISTS, PostgreSQL would read all injections of a location first."""
    return Q(IsNull(Subquery(rows.order_by().values("pk")[:1]), False))


def _emergencies(user: User, at: datetime, path: str) -> QuerySet[EmergencyAccess]:
    return EmergencyAccess.objects.filter(user=user, patient=_patient_of(path), until__gt=at)


def _patient_of(path: str) -> OuterRef:
    return OuterRef(f"{path}_id" if path else "pk")
