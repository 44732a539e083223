"""Exports of rows of access, which leave rows of access themselves."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from clinic.audit.files import MOST, csv_file
from clinic.audit.looks import Look, newest_first
from scheduling import clock
from scheduling.models import Access, AccessKind, Patient
from scheduling.people import access
from scheduling.views.asking import page_name

TOO_MANY = f"A file holds {MOST:,} rows at most, and these are more: choose fewer days."
UNREAD = "No file was made: mend what you asked for."


def export(
    request: HttpRequest,
    rows: QuerySet[Access] | None,
    name: str,
    head: Iterable[str],
    cells: Callable[[Look], Iterable[str]],
    back: tuple[Any, ...],
) -> HttpResponseBase:
    """A file of these rows as they are now; None, or too many of them, leads `back` instead."""
    if rows is None:
        return _refused(request, UNREAD, back)
    keys = dict(newest_first(rows).values_list("pk", "patient")[: MOST + 1])
    if len(keys) > MOST:
        return _refused(request, TOO_MANY, back)
    shown = Patient.objects.filter(pk__in=set(keys.values())).only("pk")
    access.viewed(
        request=request,
        page=page_name(request),
        patients=shown,
        at=clock.now(),
        kind=AccessKind.EXPORT,
    )
    chosen = newest_first(rows.filter(pk__in=keys))
    return csv_file(name, head, (cells(Look(row)) for row in chosen.iterator()))


def _refused(request: HttpRequest, sentence: str, back: tuple[Any, ...]) -> HttpResponseBase:
    """Back to the page, with the filter as it was asked for."""
    messages.warning(request, sentence)
    answer = redirect(*back)
    answer["Location"] += f"?{request.GET.urlencode()}"
    return answer
