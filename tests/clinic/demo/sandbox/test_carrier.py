"""The official Twilio client against the sandbox's carrier, over real sockets."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from clinic.demo.sandbox import carrier
from clinic.demo.sandbox.models import Faults, Handset, SandboxText, TextStatus

CLINIC = "+15550100000"
TOKEN = "0123456789abcdef0123456789abcdef"
PATIENT, OTHER = "+15550101001", "+15550101002"
NOW = datetime(2027, 3, 10, 14, tzinfo=UTC)


def send(twilio: Client, to=PATIENT, body="Clinic: hello.", **more):
    return twilio.messages.create(to=to, from_=CLINIC, body=body, **more)


def refusal(call, *args, **kwargs) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call(*args, **kwargs)
    return caught.value.status, caught.value.code


def test_the_official_client_sends_a_text(twilio):
    sent = send(twilio)

    assert re.fullmatch("SM[0-9a-f]{32}", sent.sid)
    assert (sent.status, sent.to, sent.from_) == ("queued", PATIENT, CLINIC)


def test_the_official_client_fetches_what_it_sent(twilio):
    sid = send(twilio).sid

    assert twilio.messages(sid).fetch().body == "Clinic: hello."


def test_a_list_is_filtered_by_recipient_and_time(twilio):
    before = datetime.now(UTC) - timedelta(minutes=1)
    mine = send(twilio).sid
    send(twilio, to=OTHER)

    found = twilio.messages.list(to=PATIENT, date_sent_after=before)

    assert [text.sid for text in found] == [mine]
    assert twilio.messages.list(to=PATIENT, date_sent_before=before) == []


def test_a_long_list_comes_in_pages_newest_first(twilio):
    sids = [send(twilio, body=str(number)).sid for number in range(5)]

    assert [text.sid for text in twilio.messages.list(page_size=2)] == sids[::-1]


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ({"to": "", "body": "x"}, (400, 21604)),
        ({"to": "call me", "body": "x"}, (400, 21211)),
        ({"to": PATIENT, "body": " "}, (400, 21602)),
        ({"to": PATIENT, "body": "x" * 1601}, (400, 21617)),
        ({"to": PATIENT, "body": "x", "status_callback": "nowhere"}, (400, 21609)),
    ],
)
def test_a_bad_text_is_refused_with_twilios_code(twilio, form, answer):
    assert refusal(send, twilio, **form) == answer
    assert not SandboxText.objects.exists()


def test_a_foreign_sender_is_refused(twilio):
    assert refusal(twilio.messages.create, to=PATIENT, from_=OTHER, body="x") == (400, 21606)


def test_a_wrong_token_is_refused(sandbox, twilio):
    url = f"{sandbox.account.api}/2010-04-01/Accounts/{sandbox.account.account}/Messages.json"

    answer = requests.post(url, auth=(sandbox.account.account, "wrong"), timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_an_unknown_message_is_not_found(twilio):
    assert refusal(twilio.messages(f"SM{'0' * 32}").fetch) == (404, 20404)


def test_a_body_that_is_no_form_is_refused(sandbox, twilio):
    url = f"{sandbox.account.api}/2010-04-01/Accounts/{sandbox.account.account}/Messages.json"
    login = (sandbox.account.account, sandbox.account.token)

    answer = requests.post(url, data=b"\xff\xfe", auth=login, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_receipts_come_signed_and_in_order(twilio, webhooks):
    sid = send(twilio, status_callback=webhooks.url).sid

    forms = webhooks.first(2)

    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered"]
    assert {form["MessageSid"] for form in forms} == {sid}
    judge = RequestValidator(TOKEN)
    signed = zip(forms, webhooks.signatures, strict=True)
    assert all(judge.validate(webhooks.url, form, signature) for form, signature in signed)
    assert twilio.messages(sid).fetch().status == "delivered"


def test_an_unreachable_number_ends_undelivered_with_its_code(twilio, webhooks):
    Handset.objects.create(number=PATIENT, unreachable="30006")
    sid = send(twilio, status_callback=webhooks.url).sid

    last = webhooks.first(2)[-1]

    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30006")
    assert twilio.messages(sid).fetch().error_code == 30006


def test_receipts_come_twice_when_told(twilio, webhooks):
    Faults.objects.create(pk=1, duplicate_receipts=True)
    send(twilio, status_callback=webhooks.url)

    words = [form["MessageStatus"] for form in webhooks.first(4)]

    assert words == ["sent", "sent", "delivered", "delivered"]


def test_receipts_come_in_the_wrong_order_when_told_and_the_text_stays_delivered(twilio, webhooks):
    Faults.objects.create(pk=1, shuffle_receipts=True)
    sid = send(twilio, status_callback=webhooks.url).sid

    words = [form["MessageStatus"] for form in webhooks.first(2)]

    assert words == ["delivered", "sent"]
    assert twilio.messages(sid).fetch().status == "delivered"


def test_a_webhook_that_is_answered_500_is_posted_again(twilio, webhooks):
    webhooks.answers = [500]
    send(twilio, status_callback=webhooks.url)

    words = [form["MessageStatus"] for form in webhooks.first(3)]

    assert words == ["sent", "sent", "delivered"]


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"carrier_down": True}, (503, 20503)),
        ({"failing_percent": 100}, (500, 20500)),
        ({"throttled_percent": 100}, (429, 20429)),
    ],
)
def test_a_faulty_carrier_answers_as_twilio_would_and_keeps_nothing(twilio, fault, answer):
    Faults.objects.create(pk=1, **fault)

    assert refusal(send, twilio) == answer
    assert not SandboxText.objects.exists()


def test_what_a_patient_writes_reaches_the_clinic_signed(sandbox, webhooks):
    carrier.receive(sandbox.account, PATIENT, "7", webhooks.url, NOW)

    form = webhooks.first(1)[0]

    assert (form["From"], form["To"], form["Body"]) == (PATIENT, CLINIC, "7")
    assert form["SmsStatus"] == "received"
    assert RequestValidator(TOKEN).validate(webhooks.url, form, webhooks.signatures[0])


@pytest.mark.parametrize("word", ["STOP", " stop ", "Cancel", "REVOKE"])
def test_a_number_that_wrote_stop_gets_no_more_texts(sandbox, twilio, webhooks, word):
    carrier.receive(sandbox.account, PATIENT, word, webhooks.url, NOW)

    assert webhooks.first(1)[0]["Body"] == word
    assert refusal(send, twilio) == (400, 21610)
    assert send(twilio, to=OTHER).status == "queued"


def test_the_carrier_confirms_a_stop_once(sandbox, webhooks):
    for _ in range(2):
        carrier.receive(sandbox.account, PATIENT, "STOP", webhooks.url, NOW)

    own = SandboxText.objects.filter(direction="outbound-reply")
    assert [text.body for text in own] == [carrier.OUT_ANSWER]


def test_start_opens_the_line_again(sandbox, twilio, webhooks):
    carrier.receive(sandbox.account, PATIENT, "STOP", webhooks.url, NOW)
    carrier.receive(sandbox.account, PATIENT, "Start", webhooks.url, NOW)

    assert send(twilio).status == "queued"


def test_other_words_leave_the_line_open(sandbox, twilio, webhooks):
    carrier.receive(sandbox.account, PATIENT, "please stop", webhooks.url, NOW)

    assert send(twilio).status == "queued"


def test_a_text_without_callback_still_reaches_the_handset(twilio):
    sid = send(twilio).sid

    for _ in range(200):
        if SandboxText.objects.get(sid=sid).status is TextStatus.DELIVERED:
            break
        twilio.messages(sid).fetch()
    assert SandboxText.objects.get(sid=sid).status is TextStatus.DELIVERED
