"""What happened to one injection, read from the rows the database keeps of every change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model

from scheduling.models import Injection
from scheduling.rules.procedure import InjectionState, Sedation, Side
from scheduling.templatetags.words import drawn, moment

MOST = 60  # changes shown
NOTHING_TOLD = {
    "baseline": "not taken",
    "score at rest": "not taken",
    "index activity": "not named",
    "inside the joint": "not known",
}


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
    parts = _parts(injection)
    found = [
        HistoryEntry(row.changed_at, what, _who(row, names))
        for row, what in _entries(injection, rows, parts)
    ]
    return found[::-1]


def _entries(
    injection: Injection, rows: list[Any], parts: dict[Any, list[str]]
) -> Iterator[tuple[Any, str]]:
    """Each row that changed something worth telling, with its sentence."""
    zone = injection.location.zone
    if rows and rows[0].pgh_label == "insert":
        yield rows[0], f"Booked for {moment(rows[0].during.lower, zone)}, {_side(rows[0])}."
    for before, after in pairwise(rows):
        said = parts.pop(after.pgh_context_id, [])
        more = said if after.state == before.state else []  # completed, the page tells all
        sentence = " ".join([*_changes(before, after, zone), *more, *_reason(after)])
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
    if before.t0 and after.t0:
        yield from _corrections(before, after, zone)


def _corrections(before: Any, after: Any, zone: str) -> Iterator[str]:
    """What differs between two reports of what was done."""
    if after.t0 != before.t0:
        yield f"T0 corrected to {moment(after.t0, zone)}."
    if after.t0_estimated != before.t0_estimated:
        yield "T0 is an estimate." if after.t0_estimated else "T0 is no estimate."
    if after.performed_side != before.performed_side:
        sides = [Side(row.performed_side).label.lower() for row in (before, after)]
        yield f"Side done corrected from {sides[0]} to {sides[1]}."
    if after.sedation_given != before.sedation_given:
        given = [row.sedation_given for row in (before, after)]
        was, now = (Sedation(each).label.lower() if each else "not known" for each in given)
        yield f"Sedation given corrected from {was} to {now}."
    if after.awake_at and after.awake_at != before.awake_at:
        yield f"Awake again {moment(after.awake_at, zone)}."


def _reason(row: Any) -> Iterator[str]:
    why = _metadata(row).get("why")
    if why:
        yield f"Reason: {why.removesuffix('.')}."


def _parts(injection: Injection) -> dict[Any, list[str]]:
    """What was said of joints and agents in each change, by the context that joins its rows.

    Rows without one, written by the system itself, belong to no change that can be told.
    """
    found: dict[Any, list[str]] = {}
    for context, sentence in (*_joints(injection), *_agents(injection)):
        if context is not None:
            found.setdefault(context, []).append(sentence)
    return found


def _joints(injection: Injection) -> Iterator[tuple[Any, str]]:
    """What each change said of each joint that was not said before."""
    rows = apps.get_model("scheduling", "JointEvent").objects.filter(injection=injection)
    last: dict[str, Any] = {}
    spans: dict[tuple[Any, str], list[Any]] = {}
    for row in rows.order_by("pgh_id"):
        spans.setdefault((row.pgh_context_id, row.side), [last.get(row.side)]).append(row)
        last[row.side] = row
    for (context, _), (before, *_, after) in spans.items():
        if sentence := _joint(before, after):
            yield context, sentence


def _agents(injection: Injection) -> Iterator[tuple[Any, str]]:
    """The agents that each change says were given."""
    rows = apps.get_model("scheduling", "AgentLineEvent").objects.filter(injection=injection)
    given: dict[Any, list[str]] = {}
    for row in rows.order_by("pgh_id"):
        given.setdefault(row.pgh_context_id, []).append(drawn(row))
    for context, lines in given.items():
        yield context, f"Agents given: {'; '.join(lines)}."


def _joint(before: Any, after: Any) -> str:
    """What was said of one joint that was not said before."""
    told, now = _told(before) if before else NOTHING_TOLD, _told(after)
    new = [f"{name} {word}" for name, word in now.items() if told.get(name) != word]
    return f"{Side(after.side).label}: {', '.join(new)}." if new else ""


def _told(row: Any) -> dict[str, str]:
    def score(value: int | None) -> str:
        return "not taken" if value is None else str(value)

    inside = {True: "yes", False: "no", None: "not known"}[row.intra_articular]
    return {
        "baseline": score(row.baseline),
        "score at rest": score(row.rest_score),
        "index activity": row.index_activity or "not named",
        "inside the joint": inside,
    }


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
