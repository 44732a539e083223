"""May this be sent this way?"""

import pytest

from reminders.rules.consent import may
from scheduling.rules.procedure import Channel, Purpose

ALL = {(purpose, channel) for purpose in Purpose for channel in (Channel.SMS, Channel.EMAIL)}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_writing_needs_consent_for_its_purpose_and_channel(purpose, channel):
    assert may(purpose, channel, {(purpose, channel)}, ())
    assert not may(purpose, channel, ALL - {(purpose, channel)}, ())


def test_consent_to_reminders_does_not_cover_the_diary():
    ruling = may(Purpose.DIARY, Channel.SMS, {(Purpose.REMINDERS, Channel.SMS)}, ())

    assert not ruling
    assert ruling.reason == "no consent to texts about frequent check-ins"


def test_stop_ends_all_texts():
    stopped = {(Channel.SMS, None)}

    assert not any(may(purpose, Channel.SMS, ALL, stopped) for purpose in Purpose)


def test_stop_ends_neither_emails_nor_calls():
    stopped = {(Channel.SMS, None)}

    assert may(Purpose.REMINDERS, Channel.EMAIL, ALL, stopped)
    assert may(Purpose.REMINDERS, Channel.PHONE, ALL, stopped)


def test_an_opt_out_may_concern_one_purpose():
    no_waitlist = {(Channel.SMS, Purpose.WAITLIST)}

    assert not may(Purpose.WAITLIST, Channel.SMS, ALL, no_waitlist)
    assert may(Purpose.REMINDERS, Channel.SMS, ALL, no_waitlist)


def test_a_call_needs_no_consent_but_may_be_refused():
    assert may(Purpose.REMINDERS, Channel.PHONE, (), ())
    assert not may(Purpose.REMINDERS, Channel.PHONE, (), {(Channel.PHONE, None)})


def test_an_opt_out_outweighs_consent_and_says_so():
    ruling = may(Purpose.REMINDERS, Channel.SMS, ALL, {(Channel.SMS, None)})

    assert ruling.reason == "the patient asked for no more texts"
