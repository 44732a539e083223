"""The physician's signature on the answer of one joint, and what it freezes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from reminders.followup import responses, signatures, snapshots
from reminders.models import Review
from reminders.rules.response.classifier import RULE_VERSION, Response
from reminders.rules.response.labels import Label
from scheduling import bookings
from scheduling.models import Injection
from scheduling.rules.procedure import Side
from scheduling.staff import User


class SignatureRefused(ValueError):
    """The signature cannot be taken as given; the sentence says how to mend it."""


class Conflict(Exception):
    """Somebody signed, or new answers came, since the page was read."""


def latest(injection: Injection, side: Side) -> Review | None:
    """The last signature on one joint of a loaded injection."""
    signed = [each for each in injection.reviews.all() if each.side is side]
    return max(signed, key=lambda each: (each.signed_at, each.pk), default=None)


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


def reopen_changed(injections: Iterable[int], at: datetime) -> None:
    """Ask for an addendum where the facts are not those that were signed, whatever changed them."""
    standing = Review.objects.filter(injection__in=list(injections), addendum=None)
    signed: dict[int, list[Review]] = {}
    for review in standing:
        signed.setdefault(review.injection_id, []).append(review)
    for injection in responses.load(signed) if signed else ():
        sides = [
            last.side
            for last in signed[injection.pk]
            if last.seen["inputs"] != snapshots.inputs(injection, last.side)
        ]
        if sides:
            signatures.reopen(injection, at, sides)


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
    answer = next(each for each in answers if each.side is side)
    if not answer.is_block:
        raise SignatureRefused("The injection was to treat, not to test: there is nothing to sign.")
    return answer


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
