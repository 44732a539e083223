"""Each proof of a pathway can fail: here each one meets what it is there to find."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.demo.pathway import proofs, script
from clinic.demo.pathway.patient import Hands
from clinic.demo.pathway.play import Play
from clinic.demo.pathway.teller import Teller
from clinic.demo.sandbox.cast import ZONE
from clinic.demo.sandbox.models import SandboxMail, SandboxText
from reminders.models import AnswerChannel, Attempt, Message, Reading
from scheduling import bookings
from scheduling.rules.procedure import Channel, Purpose, Side
from tests import world

pytestmark = pytest.mark.django_db
NUMBER = "+12025550150"
NOON = world.local("2026-03-10 12:00")
HOUR = timedelta(hours=1)


def a_script(**said) -> script.Script:
    bare = {"side": "left", "baseline": ["left=7"], "agent": ["bupivacaine"], "score": []}
    flags = {"late": False, "stop_at": None, "cancel": False, "move": False}
    return script.read(bare | flags | said)


@pytest.fixture
def play() -> Play:
    injection = world.a_booking()
    hands = Hands(NUMBER, "penny@patients.example", injection.patient.birth_date, ZONE)
    teller = Teller(lambda line: None, ZoneInfo(ZONE))
    return Play(a_script(), injection.location, {}, teller, hands, injection)


def a_message(play: Play, handed_at: datetime, **facts) -> Attempt:
    """A planned text that was due at noon and left at `handed_at`."""
    message = Message.objects.create(
        injection=play.injection,
        patient=play.injection.patient,
        step="day_before",
        purpose=Purpose.REMINDERS,
        channels=["sms"],
        **{"revision": 1, "send_at": NOON, "expires_at": NOON + 24 * HOUR, "state": "sent"} | facts,
    )
    return Attempt.objects.create(
        message=message, channel=Channel.SMS, address=NUMBER, state="accepted", handed_at=handed_at
    )


def a_text(body: str, at: datetime, **facts) -> SandboxText:
    fixed = {"direction": "outbound-api", "sender": "+15550100000", "recipient": NUMBER}
    return SandboxText.objects.create(body=body, created_at=at, updated_at=at, **fixed | facts)


def breaches(check, play: Play) -> list[str]:
    return list(check(play))


def test_a_quiet_play_breaks_nothing(play):
    bookings.confirm(injection=play.injection, how="phone", by=None, at=world.NOW)

    broken = [proof.claim for proof in proofs.all_of(play) if not proof.holds]

    assert broken == []


def test_what_a_cancelled_visit_still_holds_is_found(play):
    play.injection.state = "cancelled"
    play.injection.save()

    assert "still held by a cancelled visit" in breaches(proofs.bookings.released, play)[0]


def test_a_message_outside_its_validity_is_found(play):
    a_message(play, NOON - HOUR)

    assert "outside its validity" in breaches(proofs.messages.still_true, play)[0]


def test_a_message_of_an_old_promise_is_found(play):
    play.injection.revision, play.injection.promised_at = 2, NOON
    play.injection.save()
    a_message(play, NOON + HOUR)

    assert "old promise" in breaches(proofs.messages.still_true, play)[0]


def test_a_message_at_night_is_found(play):
    a_message(play, world.local("2026-03-10 21:30"))

    assert "asleep" in breaches(proofs.messages.awake, play)[0]


def test_a_message_after_cancelling_is_found(play):
    play.cancelled_at = NOON
    a_message(play, NOON + HOUR)

    assert "after the visit was cancelled" in breaches(proofs.messages.after_cancelling, play)[0]


def test_a_text_that_nobody_sent_is_found(play):
    a_text("Clinic: hello", NOON)

    assert "has no attempt" in breaches(proofs.messages.once, play)[0]


def test_a_mail_that_came_twice_is_found(play):
    for _ in range(2):
        SandboxMail.objects.create(
            recipient="penny@patients.example", message_id="<one>", raw=b"", received_at=NOON
        )

    assert "came 2 times" in breaches(proofs.messages.once, play)[0]


def test_a_text_without_receipt_is_found(play):
    a_message(play, NOON)

    assert "no receipt" in breaches(proofs.messages.receipts, play)[0]


def test_a_lost_preparation_without_a_task_is_found(play):
    a_message(play, NOON, state="expired", reason="too late", preparation=True)

    assert "nobody phones" in breaches(proofs.messages.phoned, play)[0]


def test_a_message_left_in_hand_is_found(play):
    a_message(play, NOON, state="sending", lease_until=NOON)

    assert "in hand" in breaches(proofs.messages.nothing_lost, play)[0]


def test_a_telling_text_is_found(play):
    a_text("Clinic: your injection is tomorrow", NOON)

    assert breaches(proofs.messages.discreet, play) == ["a message says 'inject'"]


def test_a_text_after_stop_is_found(play):
    play.stopped_at = NOON
    a_text("Clinic: check-in 4 of 9", NOON + HOUR)

    found = breaches(proofs.messages.silent_after_stop, play)

    assert "STOP left no opt-out" in found
    assert "after STOP came: Clinic: check-in 4 of 9" in found


def test_a_missing_answer_and_a_strange_one_are_found(play):
    world.completed(play.injection)
    play.given = [(60, AnswerChannel.SMS, {Side.LEFT: 1})]
    Reading.objects.create(
        injection=play.injection,
        side=Side.LEFT,
        score=9,
        context="movement",
        observed_at=play.injection.t0 + HOUR,
        received_at=play.injection.t0 + HOUR,
        channel="sms",
        entered_by="patient",
    )

    assert "is kept 0 times" in breaches(proofs.answers.answers, play)[0]


def test_a_label_that_nobody_signed_is_found(play):
    world.completed(play.injection)
    play.given = [(60, AnswerChannel.SMS, {Side.LEFT: 1})]

    assert breaches(proofs.answers.same_answer, play) == [
        "left: signed None, the rule says indeterminate"
    ]


def test_the_rule_alone_reads_the_script(play):
    play.given = [
        (30, AnswerChannel.VISIT, {Side.LEFT: 1}),
        (60, AnswerChannel.SMS, {Side.LEFT: 1}),
        (120, AnswerChannel.SMS, {Side.LEFT: 4}),
    ]

    (answer,) = proofs.answers.by_the_rule(play)

    assert answer.label == "positive_80"


def test_a_revision_without_a_new_promise_is_found(play):
    play.script = a_script(move=True)

    assert breaches(proofs.bookings.revision, play) == ["revision is 1 after 1 changes"]


def test_a_side_that_differs_is_found(play):
    play.script = a_script(side="right", baseline=["right=7"])

    assert "the sides differ" in breaches(proofs.bookings.sides, play)[0]
