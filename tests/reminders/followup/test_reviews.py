"""The worklist and the signature."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reminders.followup import responses, review_list, reviews, sheets, snapshots, surveys
from reminders.followup.review_list import Rank, business_days_after
from reminders.followup.reviews import Conflict, SignatureRefused
from reminders.messaging.planning import outbox
from reminders.models import Review
from reminders.rules.response.classifier import RULE_VERSION
from reminders.rules.response.labels import Label
from scheduling.bookings import JointFacts
from scheduling.models import Injection, Joint, Order, Task, TaskKind
from scheduling.rules.procedure import Block, Intent, Sedation, Side
from tests import world
from tests.reminders.diaries import T0, a_diary, answered, at, laid_out, scored, slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def physician():
    return world.a_user("physician")


def a_positive_block(**facts) -> Injection:
    """7 -> 1 at 45 and 60 minutes and at 2 hours: 85.7 %."""
    injection = a_diary(**facts)
    for name in ("D45", "D60", "H2"):
        answered(injection, name, *[1] * len(injection.effective_side.joints))
    return injection


def signed(injection: Injection, by, **facts) -> Review:
    known = {"side": Side.LEFT, "decided": Label.POSITIVE_80, "at": at(10)}
    return reviews.sign(injection=injection, by=by, **(known | facts))


# Signing (I15)


def test_a_diary_is_computed_until_a_physician_signs(physician):
    injection = a_positive_block()
    assert responses.responses_of(injection)[0].label is Label.POSITIVE_80

    answered(injection, "H3", 7)

    assert responses.responses_of(injection)[0].readings == 4
    assert not Review.objects.exists()


def test_signing_freezes_what_was_seen_with_the_rules_version(physician):
    injection = a_positive_block()

    review = signed(injection, physician)

    assert (review.proposed, review.decided) == ("positive_80", "positive_80")
    assert review.rule_version == RULE_VERSION
    assert review.seen["answer"]["sustained"]["arithmetic"] == "7 -> 1 = 85.7 %"
    assert [r["score"] for r in review.seen["inputs"]["readings"]] == [1, 1, 1]
    assert review.seen_sha256 == snapshots.fingerprint(review.seen)
    assert Joint.objects.get().signed_at == at(10)


def test_a_signed_review_can_be_neither_changed_nor_removed(physician):
    review = signed(a_positive_block(), physician)

    for act in (
        lambda: Review.objects.filter(pk=review.pk).update(decided="negative"),
        lambda: Review.objects.filter(pk=review.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_new_data_after_the_signature_leaves_it_as_it_was(physician):
    injection = a_positive_block()
    review = signed(injection, physician)

    answered(injection, "N1", 7)

    review.refresh_from_db()
    assert len(review.seen["inputs"]["readings"]) == 3
    assert snapshots.fingerprint(review.seen) == review.seen_sha256


def test_new_data_after_the_signature_reopens_the_joint_for_an_addendum(physician):
    injection = a_positive_block()
    first = signed(injection, physician)
    assert review_list.waiting(at(11)) == []

    answered(injection, "N1", 7)
    (row,) = review_list.waiting(at(30))
    second = signed(injection, physician, after=first.pk, remark="seen", at=at(31))

    assert row.rank is Rank.NEW_DATA
    assert second.addendum_to == first
    assert review_list.waiting(at(32)) == []
    assert Task.objects.get(kind=TaskKind.NEW_DATA).outcome == "Addendum signed"


def test_a_correction_after_the_signature_reopens_it_too(physician):
    injection = a_positive_block()
    signed(injection, physician)

    surveys.correct(reading=injection.readings.first(), score=6, by=physician, at=at(12))

    assert [row.rank for row in review_list.waiting(at(13))] == [Rank.NEW_DATA]


def test_a_corrected_t0_after_the_signature_reopens_it_too(physician):
    injection = a_positive_block()
    signed(injection, physician)

    world.corrected(injection, t0=at(-1), t0_estimated=False, at=at(12))
    laid_out(injection, at(12))

    assert [row.rank for row in review_list.waiting(at(13))] == [Rank.NEW_DATA]


@pytest.mark.parametrize(
    "facts",
    [
        {"joints": [JointFacts(Side.LEFT, 5)]},
        {"joints": [JointFacts(Side.LEFT, 7, T0 - timedelta(minutes=15), intra_articular=False)]},
        {"agents": [world.METHYLPREDNISOLONE]},
        {"sedation": Sedation.MODERATE_IV},
        {"t0_estimated": True},
        {
            "side": Side.BILATERAL,
            "joints": [JointFacts(each, 7) for each in (Side.LEFT, Side.RIGHT)],
        },
    ],
    ids=["baseline", "spread", "agents", "sedation", "estimate", "side"],
)
def test_a_correction_of_what_was_done_asks_for_an_addendum_to_the_signature(physician, facts):
    injection = a_positive_block()
    first = signed(injection, physician)
    outbox.reconcile([injection.pk], at(11))
    before = Task.objects.filter(kind=TaskKind.NEW_DATA).count()

    world.corrected(injection, **facts, at=at(12))
    outbox.reconcile([injection.pk], at(12))
    outbox.reconcile([injection.pk], at(13))

    task = Task.objects.get(kind=TaskKind.NEW_DATA)
    assert (before, task.title) == (0, "New data after signature: left joint")
    assert Rank.NEW_DATA in [row.rank for row in review_list.waiting(at(13))]
    first.refresh_from_db()
    assert first.seen["inputs"]["joint"]["baseline"] == 7


def test_a_correction_before_any_signature_asks_for_none(physician):
    injection = a_positive_block()

    world.corrected(injection, joints=[JointFacts(Side.LEFT, 5)], at=at(12))
    outbox.reconcile([injection.pk], at(12))

    assert not Task.objects.filter(kind=TaskKind.NEW_DATA).exists()


def test_a_signature_about_a_joint_that_was_not_injected_is_void_and_stays_on_record(physician):
    injection = a_positive_block()
    signed(injection, physician)

    world.corrected(injection, side=Side.RIGHT, joints=[JointFacts(Side.RIGHT, 6)], at=at(12))
    outbox.reconcile([injection.pk], at(12))

    sheet = sheets.sheet(responses.load([injection.pk]).get(), at(13))
    assert [each.side for each in sheet.void] == [Side.LEFT]
    assert [each.response.side for each in sheet.strips] == [Side.RIGHT]
    assert [row.side for row in review_list.waiting(at(13))] == [Side.RIGHT]
    assert Task.objects.get(kind=TaskKind.NEW_DATA).done_at is None


def test_the_other_joints_answers_do_not_reopen_a_signature(physician):
    injection = a_diary(side=Side.BILATERAL)
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1, 1)
    signed(injection, physician)

    right = injection.readings.filter(side=Side.RIGHT).last()
    surveys.correct(reading=right, score=5, by=physician, at=at(11))

    assert [row.side for row in review_list.waiting(at(12))] == [Side.RIGHT]


def test_a_physician_may_decide_otherwise_with_a_reason(physician):
    injection = a_positive_block()

    review = signed(injection, physician, decided=Label.PARTIAL, override_reason="Slept through.")

    assert (review.proposed, review.decided) == ("positive_80", "partial")
    assert review.override_reason == "Slept through."


def test_deciding_otherwise_without_a_reason_is_refused(physician):
    with pytest.raises(SignatureRefused, match="Say why"):
        signed(a_positive_block(), physician, decided=Label.NEGATIVE, override_reason="  ")

    assert not Review.objects.exists()


@pytest.mark.parametrize("role", ["desk", "nurse", "administrator"])
def test_nobody_but_a_physician_signs(role):
    with pytest.raises(PermissionDenied):
        signed(a_positive_block(), world.a_user(role))


def test_a_joint_that_was_not_injected_is_not_signed(physician):
    with pytest.raises(SignatureRefused, match="was not injected"):
        signed(a_positive_block(), physician, side=Side.RIGHT)


def test_pressing_twice_signs_once(physician):
    injection = a_positive_block()

    assert signed(injection, physician) == signed(injection, physician, at=at(10.1))
    assert Review.objects.count() == 1


def test_a_second_physician_is_told_that_the_joint_is_signed(physician):
    injection = a_positive_block()
    signed(injection, physician)

    with pytest.raises(Conflict, match="signed since"):
        signed(injection, world.a_user("physician"))


def test_what_came_in_while_reading_stops_the_signature(physician):
    injection = a_positive_block()
    loaded = responses.load([injection.pk]).get()
    shown = snapshots.fingerprint(snapshots.inputs(loaded, Side.LEFT))
    answered(injection, "H3", 7)

    with pytest.raises(Conflict, match="New answers"):
        signed(injection, physician, seen_inputs=shown)


# The worklist


def test_the_worklist_is_ordered_by_what_presses_most(physician):
    red = a_positive_block()
    answered(red, "H3", 1, comment="fever and chills")
    reopened = a_positive_block()
    signed(reopened, physician)
    answered(reopened, "H3", 7, now=at(10.5), observed_at=at(3))
    unclear, silent, ready = a_diary(), a_diary(), a_positive_block()
    scored(unclear, 60, 2)

    rows = review_list.waiting(at(12))

    assert [(row.rank, row.injection.pk) for row in rows] == [
        (Rank.RED_FLAG, red.pk),
        (Rank.NEW_DATA, reopened.pk),
        (Rank.INDETERMINATE, unclear.pk),
        (Rank.NON_RESPONDER, silent.pk),
        (Rank.READY, ready.pk),
    ]


def test_a_treatment_is_no_work_for_the_physician(physician):
    treatment = a_diary(intent=Intent.THERAPEUTIC)
    answered(treatment, "N1", 3)

    assert review_list.waiting(at(12)) == []
    assert review_list.waiting(at(24 * 30)) == []
    assert not review_list.unsigned().exists()
    with pytest.raises(SignatureRefused, match="nothing to sign"):
        signed(treatment, physician, decided=Label.NOT_EVALUABLE)


def test_new_data_about_a_treatment_that_was_signed_as_a_block_is_no_work_either(physician):
    injection = a_positive_block()
    review = signed(injection, physician)
    Order.objects.filter(pk=injection.order_id).update(
        intent=Intent.THERAPEUTIC, block=Block.NOT_APPLICABLE
    )

    answered(injection, "H3", 7)

    assert not Task.objects.filter(kind=TaskKind.NEW_DATA).exists()
    assert review_list.waiting(at(12)) == []
    assert Review.objects.get().decided == review.decided


@pytest.mark.parametrize("intent", [Intent.DIAGNOSTIC, Intent.BOTH])
def test_whatever_also_tests_waits_for_its_signature(intent):
    injection = a_diary(intent=intent)

    assert [joint.injection_id for joint in review_list.unsigned()] == [injection.pk]


def test_a_running_diary_stands_at_the_end():
    injection = a_positive_block()

    (row,) = review_list.waiting(at(3))

    assert (row.rank, row.since) == (Rank.RUNNING, slot(injection, "H8").closes_at)


def test_an_answer_unsigned_for_more_than_two_business_days_is_late():
    injection = a_positive_block()
    ended = slot(injection, "H8").closes_at

    assert review_list.waiting(ended + timedelta(days=2))[0].rank is Rank.READY
    assert review_list.waiting(ended + timedelta(days=2, minutes=1))[0].rank is Rank.LATE


def test_a_weekend_is_no_business_day():
    friday = world.local("2026-03-13 18:00")

    assert business_days_after(friday, 2, world.ZONE) == world.local("2026-03-17 18:00")


def test_the_worklist_counts_answers_against_slots():
    a_positive_block()

    (row,) = review_list.waiting(at(12))

    assert (row.answered, row.asked) == (3, 11)


def test_the_worklist_costs_the_same_number_of_queries_however_long():
    a_positive_block()
    with CaptureQueriesContext(connection) as one:
        review_list.waiting(at(12))
    a_positive_block()
    a_positive_block()
    with CaptureQueriesContext(connection) as three:
        review_list.waiting(at(12))

    assert len(three) == len(one)
