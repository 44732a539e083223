"""Whether a message may leave: the one rule of planner, claim, hand-over and page."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules.plan.eligibility import (
    ATTEMPTS_BEFORE_FAIL_OVER,
    FAIL_OVER_AFTER,
    LOOK_AGAIN,
    End,
    Go,
    MessageFacts,
    Route,
    Wait,
    decide,
    gives_way,
    obstacle,
)
from reminders.rules.plan.message_states import MessageState
from scheduling.rules.procedure import Channel, Purpose

NOON = datetime(2026, 3, 16, 16, tzinfo=UTC)  # in New York
HOUR = timedelta(hours=1)
SMS = Route(Channel.SMS, "+12025550104", consent=True, opted_out=False, daily_limit=3)
EMAIL = Route(Channel.EMAIL, "ann@example.org", consent=True, opted_out=False)


def a_message(**changes) -> MessageFacts:
    facts = MessageFacts(
        send_at=NOON,
        expires_at=NOON + 24 * HOUR,
        purpose=Purpose.REMINDERS,
        answers=False,
        after_opt_out=False,
        revision=2,
        states=("booked",),
        injection_revision=2,
        injection_state="booked",
        planned=True,
        deceased=False,
        zone="America/New_York",
        waking_from=time(8),
        waking_until=time(20, 45),
        routes=(SMS, EMAIL),
    )
    return facts._replace(**changes)


def test_an_answer_that_was_asked_for_by_telephone_needs_consent():
    silent = SMS._replace(consent=False)
    answer = a_message(answers=True, routes=(silent,))

    assert decide(answer, NOON) == Go(silent)
    assert decide(answer._replace(by_phone=True), NOON) == End(
        MessageState.FAILED, "sms: no consent for reminders"
    )


def test_what_nothing_speaks_against_goes_through_its_first_channel():
    assert decide(a_message(), NOON) == Go(SMS)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({"expires_at": NOON}, End(MessageState.EXPIRED, "its time had passed")),
        ({"deceased": True}, End(MessageState.CANCELLED, "the patient has died")),
        (
            {"injection_revision": 3},
            End(MessageState.CANCELLED, "superseded by revision 3"),
        ),
        (
            {"injection_state": "no_show"},
            End(MessageState.CANCELLED, "the injection is no show"),
        ),
        ({"routes": ()}, End(MessageState.FAILED, "the step names no channel")),
        (
            {"routes": (EMAIL._replace(address=""),)},
            End(MessageState.FAILED, "email: no address on file"),
        ),
        (
            {"routes": (SMS._replace(refused="error 21211 from the carrier"),)},
            End(MessageState.FAILED, "sms: error 21211 from the carrier"),
        ),
    ],
)
def test_what_has_lost_its_meaning_or_every_way_ends_with_the_reason(change, end):
    assert decide(a_message(**change), NOON) == end


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("route", [SMS, EMAIL])
def test_writing_needs_consent_for_its_purpose(purpose, route):
    refusal = f"no consent for {purpose.value}"

    assert obstacle(route, purpose) == ""
    assert obstacle(route._replace(consent=False), purpose) == refusal


def test_stop_outweighs_consent_and_only_its_own_acknowledgement_may_follow():
    silenced = SMS._replace(opted_out=True)

    assert obstacle(silenced, Purpose.REMINDERS) == "opted out"
    assert obstacle(silenced, Purpose.REMINDERS, answers=True) == "opted out"
    assert obstacle(silenced, Purpose.REMINDERS, answers=True, after_opt_out=True) == ""


def test_stop_ends_texts_and_leaves_e_mails():
    silenced = SMS._replace(opted_out=True)

    assert decide(a_message(routes=(silenced, EMAIL)), NOON) == Go(EMAIL)


def test_an_answer_needs_no_consent_no_plan_and_no_waking_hour():
    route = SMS._replace(consent=False, daily_limit=None)
    answer = a_message(answers=True, planned=False, injection_revision=9, routes=(route,))

    assert decide(answer, NOON + 10 * HOUR) == Go(route)


def test_a_change_that_is_not_planned_yet_holds_the_message_back_for_a_moment():
    found = decide(a_message(planned=False), NOON)

    assert found == Wait(NOON + LOOK_AGAIN, "the injection has just changed")


def test_nothing_leaves_before_its_time():
    message = a_message(send_at=NOON + HOUR)

    assert decide(message, NOON) == Wait(NOON + HOUR, "its time has not come")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 3, 17, 2, tzinfo=UTC), datetime(2026, 3, 17, 12, tzinfo=UTC)),
        (datetime(2026, 3, 17, 11, 59, tzinfo=UTC), datetime(2026, 3, 17, 12, tzinfo=UTC)),
        # The night before the clocks spring forward: eight in the morning comes an hour sooner.
        (datetime(2027, 3, 14, 2, tzinfo=UTC), datetime(2027, 3, 14, 12, tzinfo=UTC)),
        (datetime(2026, 11, 1, 3, tzinfo=UTC), datetime(2026, 11, 1, 13, tzinfo=UTC)),
    ],
)
def test_nobody_is_written_to_at_night_where_they_live(now, opens):
    message = a_message(send_at=now - HOUR, expires_at=now + 48 * HOUR)

    assert decide(message, now) == Wait(opens, "it is night where the patient is")


def test_a_message_that_would_wait_past_its_use_ends():
    late = datetime(2026, 3, 17, 2, tzinfo=UTC)
    message = a_message(expires_at=late + HOUR)

    why = "no waking hour is left before it becomes useless"
    assert decide(message, late) == End(MessageState.EXPIRED, why)


def test_the_daily_limit_sends_the_next_channel_first_and_else_waits_for_tomorrow():
    full = SMS._replace(texts_today=3)
    tomorrow = datetime(2026, 3, 17, 12, tzinfo=UTC)
    message = a_message(routes=(full,), expires_at=NOON + 48 * HOUR)

    assert decide(a_message(routes=(full, EMAIL)), NOON) == Go(EMAIL)
    assert decide(message, NOON) == Wait(
        tomorrow, "the daily limit of texts to this number is reached"
    )


def test_what_gives_way_takes_no_place_from_what_a_person_would_have_to_replace():
    full = SMS._replace(texts_today=3, gave_way=1)
    needed = a_message(routes=(full,))

    assert decide(needed, NOON) == Go(full)
    assert isinstance(decide(needed._replace(gives_way=True), NOON), Wait)


def test_the_daily_limit_holds_among_texts_that_do_not_give_way():
    full = SMS._replace(texts_today=4, gave_way=1)

    assert isinstance(decide(a_message(routes=(full,)), NOON), Wait)


@pytest.mark.parametrize(
    ("preparation", "slot", "gives"),
    [(True, "", False), (False, "P-1", False), (True, "P-1", False), (False, "", True)],
)
def test_what_is_neither_preparation_nor_score_gives_way(preparation, slot, gives):
    assert gives_way(preparation=preparation, slot=slot) is gives


def test_a_channel_that_keeps_being_away_lets_the_next_go_first():
    tired = SMS._replace(unavailable=ATTEMPTS_BEFORE_FAIL_OVER)

    assert decide(a_message(routes=(tired, EMAIL)), NOON) == Go(EMAIL)
    assert decide(a_message(routes=(tired,)), NOON) == Go(tired)


def test_a_resting_carrier_is_waited_for_a_quarter_of_an_hour_then_passed_over():
    message = a_message(resting=("sms",), rested=NOON + HOUR)

    early = decide(message, NOON + FAIL_OVER_AFTER)
    late = decide(message, NOON + FAIL_OVER_AFTER + timedelta(seconds=1))

    assert early == Wait(NOON + HOUR, "the carrier is out of service")
    assert late == Go(EMAIL)


routes = st.builds(
    Route,
    channel=st.sampled_from([Channel.SMS, Channel.EMAIL]),
    address=st.sampled_from(["", "somewhere"]),
    consent=st.booleans(),
    opted_out=st.booleans(),
    refused=st.sampled_from(["", "no"]),
    unavailable=st.integers(0, 5),
    texts_today=st.integers(0, 4),
    daily_limit=st.sampled_from([None, 3]),
)


@given(
    routes=st.lists(routes, min_size=1, max_size=2).map(tuple),
    hours=st.integers(-30, 30),
    planned=st.booleans(),
    revision=st.integers(2, 3),
)
def test_what_goes_has_consent_an_address_no_opt_out_and_a_waking_hour(
    routes, hours, planned, revision
):
    now = NOON + hours * HOUR
    message = a_message(routes=routes, planned=planned, injection_revision=revision)

    found = decide(message, now)

    if isinstance(found, Go):
        route = found.route
        assert route.address and route.consent and not route.opted_out and not route.refused  # noqa: PT018
        assert not route.is_used_up(message.gives_way)
        assert planned
        assert revision == message.revision
        assert message.send_at <= now < message.expires_at
        assert 8 <= (now - 4 * HOUR).hour <= 20
    elif isinstance(found, Wait):
        assert now < found.until < message.expires_at
