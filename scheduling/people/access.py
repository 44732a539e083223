"""The record of who looked at which patient, one row for each patient shown."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest

from scheduling.models import Access, AccessKind, Patient


def viewed(
    *,
    request: HttpRequest,
    page: str,
    patients: Iterable[Patient],
    at: datetime,
    kind: AccessKind = AccessKind.VIEW,
) -> None:
    """Record that this request showed these patients, in one statement however many.

    `page` is the page's name, not its address.
    """
    user = getattr(request, "user", None)
    known = user if user is not None and user.is_authenticated else None
    address = address_of(request)
    ids = {patient.pk for patient in patients}
    Access.objects.bulk_create(
        Access(patient_id=pk, user=known, kind=kind, page=page, address=address, at=at)
        for pk in sorted(ids)
    )


def address_of(request: HttpRequest) -> str | None:
    """Where the visitor is, behind the proxies that we trust."""
    return request.META.get("REMOTE_ADDR") or None
