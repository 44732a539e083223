"""The one row that a page is about, for those who may see its patient."""

from datetime import datetime
from functools import reduce
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from scheduling.errors import SeenElsewhere
from scheduling.people import visible
from scheduling.views.asking import signed_in

Row = TypeVar("Row", bound=Model)


def opened(
    request: HttpRequest, rows: QuerySet[Row], at: datetime, path: str = "patient", **lookup: object
) -> Row:
    """The row of this lookup; `path` leads to its patient, "" is the patient.

    Raises `Http404`, and `SeenElsewhere` where whoever asks may not see the patient.
    """
    user = signed_in(request)
    row: Any = get_object_or_404(
        rows.annotate(
            is_by_location=visible.by_location(user, path),
            by_emergency_until=visible.emergency_until(user, at, path),
        ),
        **lookup,
    )
    patient = reduce(getattr, path.split("__") if path else (), row)
    if not row.is_by_location:
        if patient is None:
            raise Http404("What is about no patient is open to those who work at a location.")
        if row.by_emergency_until is None:
            raise SeenElsewhere(patient.reference)
        patient.emergency_until = row.by_emergency_until
    return row  # type: ignore[no-any-return]
