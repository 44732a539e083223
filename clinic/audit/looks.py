"""Rows of access and of sign-ins: chosen by a filter, the newest first, one page at a time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from clinic.accounts.models import SignInEvent
from clinic.audit.page_names import in_words
from scheduling.models import Access, Patient

PAGE = 50  # rows on a page
SIX_YEARS = timedelta(days=2192)  # 45 CFR 164.528(a)(1), however the leap years fall


@dataclass(frozen=True)
class Look:
    """One row of access, as people read it."""

    row: Access

    @property
    def who(self) -> str:
        """Without a sign-in, a patient's page opens by link and birth date alone."""
        return self.row.user.display_name if self.row.user else "The patient, by link"

    @property
    def role(self) -> str:
        return self.row.user.role.label if self.row.user else ""

    @property
    def page(self) -> str:
        return in_words(self.row.page)


def accesses(asked: dict[str, Any], zone: ZoneInfo, patient: Patient | None = None) -> QuerySet:  # type: ignore[type-arg]
    """Rows of access that fit what was asked; of one patient, or of all."""
    rows = Access.objects.select_related("patient", "user")
    rows = rows.filter(patient=patient) if patient else rows
    return _by_person(_in_period(rows, asked, zone), asked)


def sign_ins(asked: dict[str, Any], zone: ZoneInfo) -> QuerySet[SignInEvent]:
    """Sign-ins, failures, sign-outs and changes of second factors that fit what was asked."""
    return _by_person(_in_period(SignInEvent.objects.select_related("user"), asked, zone), asked)


def newest_first(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by("-at", "-pk")


def page_of(rows: QuerySet[Any], before: int | None) -> tuple[list[Any], int | None]:
    """The rows of one page, and after which row the next page begins; None on the last.

    Pages are told by their first row and not by a number, since each look adds rows on top.
    """
    last = rows.model.objects.filter(pk=before).first() if before else None
    if last:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(newest_first(rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _by_person(rows: QuerySet[Any], asked: dict[str, Any]) -> QuerySet[Any]:
    """Whoever and whatever was asked for; everybody and everything where nothing was."""
    if asked.get("person"):
        rows = rows.filter(user=asked["person"])
    return rows.filter(kind__in=asked["kind"]) if asked.get("kind") else rows


def _in_period(rows: QuerySet[Any], asked: dict[str, Any], zone: ZoneInfo) -> QuerySet[Any]:
    """From the first day's beginning to the last day's end, by the clocks of `zone`."""
    if asked.get("since"):
        rows = rows.filter(at__gte=_beginning(asked["since"], zone))
    if asked.get("until"):
        rows = rows.filter(at__lt=_beginning(asked["until"] + timedelta(days=1), zone))
    return rows


def _beginning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
