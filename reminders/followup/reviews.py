"""The physician's worklist and signature: who waits to be read, and what was decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from reminders.followup import responses, signatures, snapshots
from reminders.followup.ranks import Rank, business_days_after
from reminders.models import Review
from reminders.rules.response.classifier import RULE_VERSION, Response
from reminders.rules.response.labels import Label
from scheduling import bookings
from scheduling.models import Injection, Joint, Task, TaskKind
from scheduling.rules.procedure import InjectionState, Side
from scheduling.staff import User

DIARY = timedelta(hours=12)
"""Slots up to here belong to the block's own diary; later ones tell of days and weeks."""
LATE_AFTER = 2
"""Business days an answer may wait for its signature; our default."""
LISTED = 200


class SignatureRefused(ValueError):
    """The signature cannot be taken as given; the sentence says how to mend it."""


class Conflict(Exception):
    """Somebody signed, or new answers came, since the page was read."""


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


def waiting(now: datetime) -> list[Waiting]:
    """The joints that wait for a physician, most pressing first, at most 200."""
    joints = _open_joints()
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


def _open_joints() -> list[Joint]:
    """Unsigned joints of completed injections, and signed ones about which something is new."""
    done = Joint.objects.filter(injection__state=InjectionState.COMPLETED)
    unsigned = done.filter(signed_at=None).order_by("injection__t0", "injection_id", "side")
    reopened = signatures.reopened()
    again = done.filter(injection__in={injection for injection, _ in reopened})
    found = [joint for joint in again if (joint.injection_id, joint.side) in reopened]
    return [*found, *unsigned[:LISTED]][:LISTED]


def _alarmed(injections: Iterable[int]) -> set[int]:
    tasks = Task.objects.filter(kind=TaskKind.RED_FLAG, injection__in=injections, done_at=None)
    return set(tasks.values_list("injection_id", flat=True))


def latest(injection: Injection, side: Side) -> Review | None:
    """The last signature on one joint of a loaded injection."""
    signed = [each for each in injection.reviews.all() if each.side is side]
    return max(signed, key=lambda each: (each.signed_at, each.pk), default=None)


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


@transaction.atomic
def sign(
    *,
    injection: Injection,
    side: Side,
    decided: Label,
    override_reason: str = "",
    remark: str = "",
    by: User | None,
    at: datetime,
    seen_inputs: str | None = None,
    after: int | None = None,
) -> Review:
    """Freeze what was seen about one joint together with the physician's decision.

    The page showed the facts of fingerprint `seen_inputs` and the signature `after`, to which this
    one is an addendum. Signing the same twice returns the first. Raises `PermissionDenied`,
    `SignatureRefused` (an override without a reason), `Conflict` (facts or signatures changed).
    """
    if by is None or not by.may("review_sign"):
        raise PermissionDenied("Only a physician signs.")
    Injection.objects.select_for_update().get(pk=injection.pk)
    loaded = responses.load([injection.pk]).get()
    answer = _answer(loaded, side)
    _decide(decided, answer, override_reason)
    facts = snapshots.inputs(loaded, side)
    last = latest(loaded, side)
    if last and _is_same(last, decided, override_reason, remark, by, facts):
        return last
    _unchanged(seen_inputs, facts, after, last)
    review = Review.objects.create(
        **_frozen(loaded, answer),
        decided=decided.value,
        override_reason=override_reason.strip(),
        remark=remark.strip(),
        signed_by=by,
        signed_at=at,
        addendum_to=last,
    )
    bookings.mark_signed(injection=injection, side=side, at=at)
    if last:
        signatures.close(last, by, at)
    return review


def _frozen(injection: Injection, answer: Response) -> dict[str, Any]:
    """What the rule said and all it was said about."""
    protocol = responses.protocols_of([injection.pk])[injection.pk]
    seen = snapshots.snapshot_of(injection, answer, protocol)
    return {
        "injection": injection,
        "side": answer.side,
        "proposed": answer.label.value,
        "rule_version": RULE_VERSION,
        "seen": seen,
        "seen_sha256": snapshots.fingerprint(seen),
    }


def _answer(injection: Injection, side: Side) -> Response:
    if injection.performed_side is None or side not in injection.performed_side.joints:
        raise SignatureRefused(
            f"The {side.value} joint was not injected: there is nothing to sign."
        )
    protocol = responses.protocols_of([injection.pk])[injection.pk]
    answers = responses.classify(injection, protocol)
    return next(each for each in answers if each.side is side)


def _decide(decided: Label, answer: Response, reason: str) -> None:
    if decided != answer.label and not reason.strip():
        raise SignatureRefused(
            "Say why you decide otherwise than the rule: it stays beside your label."
        )


def _is_same(
    last: Review,
    decided: Label,
    reason: str,
    remark: str,
    by: User | None,
    facts: dict[str, object],
) -> bool:
    """The same press twice."""
    said = (last.decided, last.override_reason, last.remark, last.signed_by)
    again = (decided.value, reason.strip(), remark.strip(), by)
    return said == again and last.seen["inputs"] == facts


def _unchanged(
    seen_inputs: str | None, facts: dict[str, object], after: int | None, last: Review | None
) -> None:
    if after != (last.pk if last else None):
        raise Conflict("This joint was signed since you opened the page. Read it again.")
    if seen_inputs is not None and seen_inputs != snapshots.fingerprint(facts):
        raise Conflict("New answers came in while you were reading. Read the page again.")
