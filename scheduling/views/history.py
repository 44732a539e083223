"""What happened to one injection, read from the rows the database keeps of every change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.auth import get_user_model

from scheduling.models import Injection
from scheduling.rules.procedure import InjectionState, Side
from scheduling.templatetags.words import moment

MOST = 60  # changes shown


@dataclass(frozen=True)
class HistoryEntry:
    at: datetime
    what: str
    who: str


def history(injection: Injection) -> list[HistoryEntry]:
    """The changes, newest first. `at` is the time that the change itself recorded."""
    events = injection.events.select_related("pgh_context")  # type: ignore[attr-defined]
    rows = list(events.order_by("-pgh_id")[:MOST])[::-1]
    names = _people(rows)
    found = [
        HistoryEntry(row.changed_at, what, _who(row, names))
        for row, what in _entries(injection, rows)
    ]
    return found[::-1]


def _entries(injection: Injection, rows: list[Any]) -> Iterator[tuple[Any, str]]:
    """Each row that changed something worth telling, with its sentence."""
    zone = injection.location.zone
    if rows and rows[0].pgh_label == "insert":
        yield rows[0], f"Booked for {moment(rows[0].during.lower, zone)}, {_side(rows[0])}."
    for before, after in pairwise(rows):
        sentence = " ".join(_changes(before, after, zone))
        if sentence:
            yield after, sentence


def _changes(before: Any, after: Any, zone: str) -> Iterator[str]:
    """What differs between two rows of one injection, in sentences."""
    if after.state != before.state:
        yield _state(before, after)
    if after.during.lower != before.during.lower:
        yield f"Moved to {moment(after.during.lower, zone)}."
    if after.side != before.side:
        yield f"Side changed from {_side(before)} to {_side(after)}."
    if after.confirmed_at and not before.confirmed_at:
        yield f"Confirmed by {after.confirmed_how}."
    if after.driver_name != before.driver_name:
        yield (
            f"Driver: {after.driver_name}." if after.driver_name else "Driver forgotten: a new day."
        )
    if before.t0 and after.t0 != before.t0:
        yield f"T0 corrected to {moment(after.t0, zone)}."
    why = _metadata(after).get("why")
    if why:
        yield f"Reason: {why}."


def _state(before: Any, after: Any) -> str:
    """The new state, with the reason where it needs one."""
    if before.state == InjectionState.ARRIVED and after.state == InjectionState.BOOKED:
        return "Arrival undone."
    word = InjectionState(after.state).label
    return f"{word}: {after.reason}." if after.reason else f"{word}."


def _side(row: Any) -> str:
    """The booked side in lower case; rows of history keep bare text."""
    return Side(row.side).label.lower()


def _metadata(row: Any) -> dict[str, Any]:
    return dict(row.pgh_context.metadata) if row.pgh_context else {}


def _people(rows: list[Any]) -> dict[int, str]:
    """Display names by id of the user, in one query."""
    ids = {user for row in rows if (user := _metadata(row).get("user"))}
    return {user.pk: user.display_name for user in get_user_model().objects.filter(pk__in=ids)}


def _who(row: Any, names: dict[int, str]) -> str:
    """The name of whoever was signed in; changes by link or text were made by the patient."""
    return names.get(_metadata(row).get("user", 0), "patient or system")
