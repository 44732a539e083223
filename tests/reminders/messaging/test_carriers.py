"""What every carrier of the registry must do, over real HTTP, whatever its API looks like."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from uuid import uuid4

import pytest

from clinic import addresses
from reminders.messaging.channels.base import (
    Accepted,
    Carrier,
    Delivery,
    OptedOut,
    Outcome,
    ReceivedText,
    Refused,
    Unavailable,
    UnconfirmedDelivery,
    Unknown,
    UnreadableWebhook,
    Webhook,
)
from reminders.messaging.channels.carriers import REGISTRY
from reminders.rules.plan.message_states import AttemptState
from tests.fake_http import FakeApi, fake_api
from tests.world import NOW

# One module in tests/reminders/messaging/carriers for each carrier of the registry.
CARRIERS = {
    name: import_module(f"tests.reminders.messaging.carriers.{name}")
    for name in sorted(set(REGISTRY.values()))
}
HERE = "https://clinic.example/webhooks/sms/"


@dataclass
class Setup:
    """One carrier, the look of its API, and an API of that look on loopback."""

    carrier: Carrier
    look: ModuleType
    api: FakeApi

    def send(self, one: Delivery) -> Outcome:
        with self.carrier.open() as connection:
            return next(connection.send([one], NOW))

    def find(self, one: UnconfirmedDelivery) -> Accepted | None:
        with self.carrier.open() as connection:
            return connection.find(one)


def setups(names: list[str]) -> Iterator[Setup]:
    for name in names:
        with fake_api() as api:
            yield Setup(CARRIERS[name].carrier(api.url), CARRIERS[name], api)


@pytest.fixture(params=CARRIERS)
def setup(request) -> Iterator[Setup]:
    yield from setups([request.param])


@pytest.fixture(params=[name for name in CARRIERS if CARRIERS[name].carrier("").can_tell])
def telling(request) -> Iterator[Setup]:
    """A carrier that can be asked about texts of unknown end."""
    yield from setups([request.param])


def delivery(**fields) -> Delivery:
    facts = {"attempt": 1, "reference": uuid4(), "address": "+15550001111", "body": "Clinic: hello"}
    facts |= {"expires_at": NOW + timedelta(hours=2), "receipt_url": f"{HERE}status?attempt=1"}
    return Delivery(**facts | fields)


@pytest.mark.parametrize("look", CARRIERS.values(), ids=CARRIERS)
def test_its_address_is_read_and_its_secrets_are_not_repeated(look):
    account = addresses.sms(look.URL)

    assert account == look.carrier(account.api)
    for secret in look.SECRETS:
        assert secret not in repr(account)


@pytest.mark.parametrize(
    ("url", "complaint"), [pair for look in CARRIERS.values() for pair in look.BAD_URLS.items()]
)
def test_an_address_that_cannot_work_says_how_to_mend_it(url, complaint):
    with pytest.raises(ValueError, match=complaint):
        addresses.sms(url)


def test_a_text_leaves_whole_and_its_name_is_kept(setup):
    setup.api.status, setup.api.answer = setup.look.accepted("T1")
    one = delivery(body="Clinic: caf\u00e9 & more")

    assert setup.send(one) == Accepted("T1")
    assert [setup.look.sent(asked) for asked in setup.api.asked] == [
        {
            "to": "+15550001111",
            "from": "+15550100000",
            "body": "Clinic: caf\u00e9 & more",
            "receipt_url": one.receipt_url,
        }
    ]


def test_one_connection_carries_many_texts(setup):
    setup.api.status, setup.api.answer = setup.look.accepted("T1")

    with setup.carrier.open() as connection:
        outcomes = list(connection.send([delivery() for _ in range(3)], NOW))

    assert outcomes == [Accepted("T1")] * 3
    assert len({asked.client for asked in setup.api.asked}) == 1


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Refused),
        (401, Unavailable),
        (402, Unavailable),
        (403, Unavailable),
        (404, Unavailable),
        (422, Refused),
        (429, Unavailable),
        (500, Unknown),
        (502, Unknown),
        (503, Unavailable),
    ],
)
def test_each_answer_has_its_meaning_and_repeats_no_number(setup, status, meaning):
    setup.api.status, setup.api.answer = setup.look.refused(status)

    outcome = setup.send(delivery())

    assert type(outcome) is meaning
    assert "1111" not in str(outcome)


def test_who_opted_out_at_the_carrier_is_told_apart(setup):
    setup.api.status, setup.api.answer = setup.look.OPTED_OUT

    outcome = setup.send(delivery())

    assert type(outcome) is OptedOut
    assert "1111" not in str(outcome)


@pytest.mark.parametrize("answer", [None, [], "taken?", {"errors": "none"}, {"data": None}])
@pytest.mark.parametrize("status", [400, 500])
def test_an_answer_that_cannot_be_read_is_judged_by_its_status(setup, status, answer):
    setup.api.status, setup.api.answer = status, answer

    assert type(setup.send(delivery())) is {400: Refused, 500: Unknown}[status]


def test_a_carrier_that_hangs_up_may_have_taken_it(setup):
    setup.api.hangs_up = True

    assert type(setup.send(delivery())) is Unknown


def test_a_carrier_that_is_not_there_has_taken_nothing(setup):
    absent = replace(setup, carrier=setup.look.carrier("http://127.0.0.1:1"))

    assert type(absent.send(delivery())) is Unavailable


def test_numbers_and_words_stay_out_of_the_log(setup, caplog):
    setup.api.status, setup.api.answer = setup.look.accepted("T1")

    with caplog.at_level("DEBUG"):
        setup.send(delivery())

    assert "1111" not in caplog.text
    assert "hello" not in caplog.text


def unconfirmed(body: str) -> UnconfirmedDelivery:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return UnconfirmedDelivery(uuid4(), "+15550001111", digest, NOW)


def test_a_lost_attempt_is_found_by_its_words(telling):
    telling.api.status, telling.api.answer = telling.look.found("other words", "Clinic: hello")

    assert telling.find(unconfirmed("Clinic: hello")) == Accepted("SM1")


def test_an_earlier_text_of_the_same_words_is_not_taken_for_the_lost_one(telling):
    telling.api.status, telling.api.answer = telling.look.found("Clinic: hello")
    one = replace(unconfirmed("Clinic: hello"), others=frozenset({"SM0"}))

    assert telling.find(one) is None


def test_what_the_carrier_never_had_is_told_so(telling):
    telling.api.status, telling.api.answer = telling.look.found("other words")

    assert telling.find(unconfirmed("Clinic: hello")) is None


def test_a_carrier_that_cannot_be_asked_says_so(telling):
    telling.api.status, telling.api.answer = telling.look.refused(500)

    with pytest.raises(Unavailable):
        telling.find(unconfirmed("Clinic: hello"))


@pytest.mark.parametrize("state", ["accepted", "delivered", "undelivered"])
def test_a_report_names_its_attempt_and_its_state(setup, state):
    reference = uuid4()
    for word in setup.look.WORDS[state]:
        webhook = setup.look.report(HERE + "status", reference, word)

        report = setup.carrier.delivery_receipt(webhook)

        assert setup.carrier.has_signed(webhook)
        assert (report.reference, report.state) == (reference, AttemptState(state))
        assert report.provider_id
        assert not report.opted_out


def test_a_report_that_the_number_opted_out_says_so(setup):
    word = setup.look.WORDS["undelivered"][0]
    code = str(setup.look.OPTED_OUT_CODE)

    report = setup.carrier.delivery_receipt(setup.look.report(HERE + "status", uuid4(), word, code))

    assert (report.opted_out, report.code) == (True, code)


def test_a_word_that_nobody_told_us_means_nothing(setup):
    report = setup.carrier.delivery_receipt(setup.look.report(HERE + "status", uuid4(), "beamed"))

    assert (report.word, report.state) == ("beamed", None)


def test_a_text_is_read_as_it_was_written(setup):
    webhook = setup.look.text(HERE + "inbound", "T1", "+15550001111", "caf\u00e9 & 7\n")

    assert setup.carrier.has_signed(webhook)
    assert setup.carrier.received_text(webhook) == ReceivedText(
        "T1", "+15550001111", "caf\u00e9 & 7\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        ("", "+15550001111", "C"),
        ("T1", "", "C"),
        ("T" * 81, "+15550001111", "C"),
        ("T1", "+" + "1" * 30, "C"),
        ("T1", "+15550001111", "a\x00b"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_with_a_sentence(setup, text):
    with pytest.raises(UnreadableWebhook, match=r"missing|longer than|zero byte"):
        setup.carrier.received_text(setup.look.text(HERE + "inbound", *text))


@pytest.mark.parametrize("word", ["", "a\x00b"])
def test_a_report_that_cannot_be_kept_is_refused_with_a_sentence(setup, word):
    with pytest.raises(UnreadableWebhook, match=r"missing|zero byte"):
        setup.carrier.delivery_receipt(setup.look.report(HERE + "status", uuid4(), word))


def test_a_signed_request_that_says_nothing_is_refused_with_a_sentence(setup):
    webhook = setup.look.nothing(HERE + "status")

    with pytest.raises(UnreadableWebhook):
        setup.carrier.delivery_receipt(webhook)
    with pytest.raises(UnreadableWebhook):
        setup.carrier.received_text(webhook)


def forgeries(webhook: Webhook) -> Iterator[Webhook]:
    """The same request with something changed by somebody who cannot sign."""
    yield replace(webhook, headers={})
    yield replace(webhook, body=webhook.body.replace(b"15550001111", b"15550002222"))
    yield replace(webhook, body=webhook.body + b" ")
    for name, value in webhook.headers.items():
        for forged in ("", "forged", "\u00f1", value[::-1], "AAAA"):
            yield replace(webhook, headers={**webhook.headers, name: forged})


def test_what_the_carrier_has_not_signed_is_not_from_it(setup):
    webhook = setup.look.text(HERE + "inbound", "T1", "+15550001111", "STOP")

    for forged in forgeries(webhook):
        assert not setup.carrier.has_signed(forged)
