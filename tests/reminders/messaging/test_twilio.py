"""Texts through Twilio's API: what is sent, and what each answer means."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import uuid4

import pytest

from clinic.addresses import SmsAccount
from reminders.messaging.channels.base import (
    Accepted,
    Delivery,
    OptedOut,
    Refused,
    Unavailable,
    UnconfirmedDelivery,
    Unknown,
)
from reminders.messaging.channels.twilio import TwilioChannel
from tests.world import NOW

ACCOUNT = "AC" + "0" * 32


@dataclass
class Carrier:
    """Answers every request with `status` and `answer`; `hangs_up` breaks off instead."""

    port: int = 0
    status: int = 201
    answer: dict = field(default_factory=lambda: {"sid": "SM1"})
    hangs_up: bool = False
    forms: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)


class Door(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.carrier.forms.append(dict(parse_qsl(body)))
        self.respond()

    def do_GET(self) -> None:
        self.server.carrier.asked.append(parse_qs(urlsplit(self.path).query))
        self.respond()

    def respond(self) -> None:
        carrier = self.server.carrier
        if carrier.hangs_up:
            self.connection.close()
            return
        body = json.dumps(carrier.answer).encode()
        self.send_response(carrier.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def carrier(settings) -> Iterator[Carrier]:
    state = Carrier()
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.carrier, state.port = state, server.server_address[1]
        settings.SMS = SmsAccount(
            ACCOUNT, "token", "+15550100000", f"http://127.0.0.1:{state.port}"
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


def delivery(**fields) -> Delivery:
    facts = {"attempt": 1, "reference": uuid4(), "address": "+15550001111", "body": "Clinic: hello"}
    facts["expires_at"] = NOW + timedelta(hours=2)
    return Delivery(**facts | fields)


def send(one: Delivery):
    with TwilioChannel().open() as connection:
        return next(connection.send([one], NOW))


def test_a_text_carries_its_reference_and_its_validity(carrier, settings):
    one = delivery()

    outcome = send(one)

    assert outcome == Accepted("SM1")
    assert carrier.forms == [
        {
            "To": "+15550001111",
            "From": "+15550100000",
            "Body": "Clinic: hello",
            "StatusCallback": f"{settings.SITE_URL}/webhooks/sms/status?attempt={one.reference}",
            "ValidityPeriod": "7200",
        }
    ]


def test_a_service_sends_under_its_own_name(carrier, settings):
    settings.SMS = SmsAccount(ACCOUNT, "token", "MG" + "1" * 32, settings.SMS.api)

    send(delivery())

    assert carrier.forms[0]["MessagingServiceSid"] == "MG" + "1" * 32


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (400, 21610, OptedOut),
        (400, 21211, Refused),
        (400, 21614, Refused),
        (400, 30006, Refused),
        (401, 20003, Unavailable),
        (404, 20404, Unavailable),
        (429, 20429, Unavailable),
        (503, 20503, Unavailable),
        (500, 20500, Unknown),
        (502, None, Unknown),
    ],
)
def test_each_answer_has_its_meaning(carrier, status, code, meaning):
    carrier.status, carrier.answer = status, {"code": code, "message": "To +15550001111 no"}

    outcome = send(delivery())

    assert type(outcome) is meaning
    assert "1111" not in str(outcome)


def test_a_carrier_that_hangs_up_may_have_taken_it(carrier):
    carrier.hangs_up = True

    assert type(send(delivery())) is Unknown


def test_a_carrier_that_is_not_there_has_taken_nothing(carrier, settings):
    settings.SMS = SmsAccount(ACCOUNT, "token", "+15550100000", "http://127.0.0.1:1")

    assert type(send(delivery())) is Unavailable


def unconfirmed(body: str) -> UnconfirmedDelivery:
    return UnconfirmedDelivery(
        uuid4(), "+15550001111", hashlib.sha256(body.encode()).hexdigest(), NOW
    )


def find(one: UnconfirmedDelivery):
    with TwilioChannel().open() as connection:
        return connection.find(one)


def page(*bodies: str) -> dict:
    texts = [{"sid": f"SM{n}", "body": body} for n, body in enumerate(bodies)]
    return {"messages": texts, "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""}


def test_a_lost_attempt_is_found_by_its_words(carrier):
    carrier.status, carrier.answer = 200, page("other words", "Clinic: hello")

    assert find(unconfirmed("Clinic: hello")) == Accepted("SM1")
    assert carrier.asked[0]["To"] == ["+15550001111"]


def test_an_earlier_text_of_the_same_words_is_not_taken_for_the_lost_one(carrier):
    carrier.status, carrier.answer = 200, page("Clinic: hello")

    assert find(replace(unconfirmed("Clinic: hello"), others=frozenset({"SM0"}))) is None


def test_what_the_carrier_never_had_is_told_so(carrier):
    carrier.status, carrier.answer = 200, page("other words")

    assert find(unconfirmed("Clinic: hello")) is None


def test_a_carrier_that_cannot_be_asked_says_so(carrier):
    carrier.status, carrier.answer = 500, {"code": 20500, "message": "down"}

    with pytest.raises(Unavailable):
        find(unconfirmed("Clinic: hello"))


def test_numbers_and_words_stay_out_of_the_log(carrier, caplog):
    with caplog.at_level("INFO"):
        send(delivery())

    assert "1111" not in caplog.text
    assert "hello" not in caplog.text
