"""The physician's worklist: which joints wait to be read, most pressing first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from reminders.followup import responses, signatures, snapshots
from reminders.followup.reviews import latest
from reminders.models import Review
from reminders.rules.response.classifier import Response
from reminders.rules.response.labels import Label
from scheduling.models import Injection, Joint, Task, TaskKind
from scheduling.models.orders import TESTS
from scheduling.rules.procedure import InjectionState, Side

DIARY = timedelta(hours=12)
"""Slots up to here belong to the block's own diary; later ones tell of days and weeks."""
LATE_AFTER = 2
"""Business days an answer may wait for its signature; our default."""
LISTED = 200
EVERYBODYS = Q()


class Rank(IntEnum):
    """Why a joint stands where it stands in the worklist, most pressing first."""

    RED_FLAG = 1
    LATE = 2
    NEW_DATA = 3
    INDETERMINATE = 4
    NON_RESPONDER = 5
    READY = 6
    RUNNING = 7

    @property
    def label(self) -> str:
        return _RANKS[self]


_RANKS = {
    Rank.RED_FLAG: "Red flag",
    Rank.LATE: "Unsigned too long",
    Rank.NEW_DATA: "New data after signature",
    Rank.INDETERMINATE: "Cannot be told",
    Rank.NON_RESPONDER: "No answers",
    Rank.READY: "Ready to sign",
    Rank.RUNNING: "Diary is running",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One joint in the worklist; `since` is when its diary ended, or when it will."""

    injection: Injection
    side: Side
    response: Response
    rank: Rank
    since: datetime
    answered: int
    asked: int


def waiting(now: datetime, among: Q = EVERYBODYS) -> list[Waiting]:
    """The joints `among` these that wait for a physician, most pressing first, at most 200."""
    joints = _open_joints(among)
    loaded = {each.pk: each for each in responses.load({j.injection_id for j in joints})}
    known = responses.protocols_of(loaded)
    alarmed = _alarmed(loaded)
    rows = []
    for joint in joints:
        injection = loaded[joint.injection_id]
        if joint.side not in injection.performed_side.joints:
            continue  # planned for both, done on one
        last = latest(injection, joint.side)
        if last and last.seen["inputs"] == snapshots.inputs(injection, joint.side):
            continue
        answers = responses.classify(injection, known[injection.pk])
        answer = next(each for each in answers if each.side is joint.side)
        rows.append(_row(injection, answer, last, injection.pk in alarmed, now))
    return sorted(rows, key=lambda row: (row.rank, row.since, row.injection.pk, row.side))


def _open_joints(among: Q) -> list[Joint]:
    """Unsigned joints, and signed ones about which something is new."""
    waiting = unsigned().filter(among).order_by("injection__t0", "injection_id", "side")
    reopened = signatures.reopened()
    again = tested().filter(among).filter(injection__in={injection for injection, _ in reopened})
    found = [joint for joint in again if (joint.injection_id, joint.side) in reopened]
    return [*found, *waiting[:LISTED]][:LISTED]


def unsigned() -> QuerySet[Joint]:
    """Joints whose answer nobody has signed yet."""
    return tested().filter(signed_at=None)


def tested() -> QuerySet[Joint]:
    """Joints of completed blocks; an injection that only treats has no answer to sign."""
    return Joint.objects.filter(
        injection__state=InjectionState.COMPLETED, injection__order__intent__in=TESTS
    )


def _alarmed(injections: Iterable[int]) -> set[int]:
    tasks = Task.objects.filter(kind=TaskKind.RED_FLAG, injection__in=injections, done_at=None)
    return set(tasks.values_list("injection_id", flat=True))


def _row(
    injection: Injection, answer: Response, last: Review | None, alarmed: bool, now: datetime
) -> Waiting:
    t0 = injection.t0 or injection.start
    asked = [each for each in injection.surveys.all() if each.due_at <= t0 + DIARY]
    done = {each.survey_id for each in injection.readings.all() if each.side is answer.side}
    ends = max((each.closes_at for each in asked if each.pk not in done), default=t0)
    answered = sum(each.pk in done for each in asked)
    return Waiting(
        injection=injection,
        side=answer.side,
        response=answer,
        rank=_rank(answer, last, alarmed, ends, answered, injection.location.zone, now),
        since=ends,
        answered=answered,
        asked=len(asked),
    )


def _rank(
    answer: Response,
    last: Review | None,
    alarmed: bool,
    ends: datetime,
    answered: int,
    zone: str,
    now: datetime,
) -> Rank:
    if alarmed:
        return Rank.RED_FLAG
    if last:
        return Rank.NEW_DATA
    if now < ends:
        return Rank.RUNNING
    if now > business_days_after(ends, LATE_AFTER, zone):
        return Rank.LATE
    if not answered:
        return Rank.NON_RESPONDER
    return Rank.INDETERMINATE if answer.label is Label.INDETERMINATE else Rank.READY


def business_days_after(start: datetime, days: int, zone: str) -> datetime:
    """The same wall-clock time `days` Mondays to Fridays later in `zone`."""
    at = start.astimezone(ZoneInfo(zone))
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return at
