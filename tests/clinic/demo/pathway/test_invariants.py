"""Each invariant of a pathway can fail: here each one meets what it is there to find."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.demo.pathway import invariants
from clinic.demo.pathway.log import ScenarioLog
from clinic.demo.pathway.options import PathwayOptions, read_options
from clinic.demo.pathway.patient import PatientClient
from clinic.demo.pathway.scenario import Scenario
from clinic.demo.sandbox.fixtures import ZONE
from clinic.demo.sandbox.models import SandboxMail, SandboxText
from reminders.followup import alarms
from reminders.messaging.paging import alerts
from reminders.models import AnswerChannel, Attempt, Message, Reading
from scheduling import bookings
from scheduling.rules.procedure import Channel, Purpose, Side
from tests import world
from tests.reminders.diaries import laid_out

pytestmark = pytest.mark.django_db
NUMBER = "+12025550150"
NOON = world.local("2026-03-10 12:00")
HOUR = timedelta(hours=1)


def chosen(**said) -> PathwayOptions:
    bare = {"side": "left", "baseline": ["left=7"], "agent": ["bupivacaine"], "score": []}
    flags = dict.fromkeys(("late", "cancel", "move", "hold", "sedated", "abort"), False)
    flags |= {"stop_at": None, "red_flag": None}
    return read_options(bare | flags | said)


@pytest.fixture
def scenario() -> Scenario:
    injection = world.a_booking()
    patient = PatientClient(NUMBER, "penny@patients.example", injection.patient.birth_date, ZONE)
    log = ScenarioLog(lambda line: None, ZoneInfo(ZONE))
    return Scenario(chosen(), injection.location, {}, log, patient, injection)


def a_message(scenario: Scenario, handed_at: datetime, **facts) -> Attempt:
    """A planned text that was due at noon and left at `handed_at`."""
    message = Message.objects.create(
        injection=scenario.injection,
        patient=scenario.injection.patient,
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


def breaches(check, scenario: Scenario) -> list[str]:
    return list(check(scenario))


def test_a_quiet_run_breaks_nothing(scenario):
    bookings.confirm(injection=scenario.injection, how="phone", by=None, at=world.NOW)

    broken = [
        invariant.claim for invariant in invariants.check_all(scenario) if not invariant.holds
    ]

    assert broken == []


def test_what_a_cancelled_visit_still_holds_is_found(scenario):
    scenario.injection.state = "cancelled"
    scenario.injection.save()

    assert "still held by a cancelled visit" in breaches(invariants.bookings.released, scenario)[0]


def test_a_message_outside_its_validity_is_found(scenario):
    a_message(scenario, NOON - HOUR)

    assert "outside its validity" in breaches(invariants.messages.still_true, scenario)[0]


def test_a_message_of_an_old_promise_is_found(scenario):
    scenario.injection.revision, scenario.injection.promised_at = 2, NOON
    scenario.injection.save()
    a_message(scenario, NOON + HOUR)

    assert "old revision" in breaches(invariants.messages.still_true, scenario)[0]


def test_a_message_at_night_is_found(scenario):
    a_message(scenario, world.local("2026-03-10 21:30"))

    assert "asleep" in breaches(invariants.messages.awake, scenario)[0]


def test_a_message_after_cancelling_is_found(scenario):
    scenario.cancelled_at = NOON
    a_message(scenario, NOON + HOUR)

    assert (
        "after the visit was cancelled"
        in breaches(invariants.messages.after_cancelling, scenario)[0]
    )


def test_a_text_that_nobody_sent_is_found(scenario):
    a_text("Clinic: hello", NOON)

    assert "has no attempt" in breaches(invariants.messages.once, scenario)[0]


def test_a_mail_that_came_twice_is_found(scenario):
    for _ in range(2):
        SandboxMail.objects.create(
            recipient="penny@patients.example", message_id="<one>", raw=b"", received_at=NOON
        )

    assert "came 2 times" in breaches(invariants.messages.once, scenario)[0]


def test_a_text_without_receipt_is_found(scenario):
    a_message(scenario, NOON)

    assert "no receipt" in breaches(invariants.messages.receipts, scenario)[0]


def test_a_lost_preparation_without_a_task_is_found(scenario):
    a_message(scenario, NOON, state="expired", reason="too late", preparation=True)

    assert "nobody phones" in breaches(invariants.messages.phoned, scenario)[0]


def test_a_message_left_in_hand_is_found(scenario):
    a_message(scenario, NOON, state="sending", lease_until=NOON)

    assert "in hand" in breaches(invariants.messages.nothing_lost, scenario)[0]


def test_a_telling_text_is_found(scenario):
    a_text("Clinic: your injection is tomorrow", NOON)

    assert breaches(invariants.messages.discreet, scenario) == ["a message says 'inject'"]


def test_a_text_after_stop_is_found(scenario):
    scenario.stopped_at = NOON
    a_text("Clinic: check-in 4 of 9", NOON + HOUR)

    found = breaches(invariants.messages.silent_after_stop, scenario)

    assert "STOP left no opt-out" in found
    assert "after STOP came: Clinic: check-in 4 of 9" in found


def test_a_missing_answer_and_a_strange_one_are_found(scenario):
    world.completed(scenario.injection)
    scenario.given = [(60, AnswerChannel.SMS, {Side.LEFT: 1})]
    Reading.objects.create(
        injection=scenario.injection,
        side=Side.LEFT,
        score=9,
        context="movement",
        observed_at=scenario.injection.t0 + HOUR,
        received_at=scenario.injection.t0 + HOUR,
        channel="sms",
        entered_by="patient",
    )

    assert "is kept 0 times" in breaches(invariants.answers.answers, scenario)[0]


def test_a_label_that_nobody_signed_is_found(scenario):
    world.completed(scenario.injection)
    scenario.given = [(60, AnswerChannel.SMS, {Side.LEFT: 1})]

    assert breaches(invariants.answers.same_answer, scenario) == [
        "left: signed None, the rule says indeterminate"
    ]


def test_the_rule_alone_reads_what_was_chosen(scenario):
    scenario.given = [
        (30, AnswerChannel.VISIT, {Side.LEFT: 1}),
        (60, AnswerChannel.SMS, {Side.LEFT: 1}),
        (120, AnswerChannel.SMS, {Side.LEFT: 4}),
    ]

    (answer,) = invariants.answers.by_the_rule(scenario)

    assert answer.label == "positive_80"


def test_the_rule_alone_knows_what_was_asked_and_stayed_silent(scenario):
    world.completed(scenario.injection)
    laid_out(scenario.injection)
    scenario.given = [
        (60, AnswerChannel.SMS, {Side.LEFT: 1}),
        (180, AnswerChannel.SMS, {Side.LEFT: 7}),
        (240, AnswerChannel.SMS, {Side.LEFT: 7}),
    ]

    (answer,) = invariants.answers.by_the_rule(scenario)

    assert answer.label == "indeterminate"


def test_a_revision_without_a_new_promise_is_found(scenario):
    scenario.options = chosen(move=True)

    assert breaches(invariants.bookings.revision, scenario) == ["revision is 1 after 1 changes"]


def test_a_side_that_differs_is_found(scenario):
    scenario.options = chosen(side="right", baseline=["right=7"])

    assert "the sides differ" in breaches(invariants.bookings.sides, scenario)[0]


def test_a_patient_who_is_not_told_what_to_do_at_home_is_found(scenario):
    world.completed(scenario.injection)

    assert "what to do at home" in breaches(invariants.messages.told_at_once, scenario)[0]


def test_a_pause_that_nobody_phones_about_is_found(scenario):
    scenario.options = chosen(hold=True, move=True)

    assert "nobody phones" in breaches(invariants.messages.phoned_about_pause, scenario)[0]


def test_a_warning_sign_without_a_page_or_without_a_taker_is_found(scenario):
    alarms.screen(scenario.injection, "chest pain", "key", NOON)
    silent = breaches(invariants.messages.warning_taken, scenario)
    world.a_user("physician", email="p@clinic.example")
    alerts.attend(NOON)

    assert silent == ["nobody was paged about a warning sign"]
    assert breaches(invariants.messages.warning_taken, scenario) == [
        "nobody has taken a warning sign"
    ]
