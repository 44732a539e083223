"""The webhooks of the carrier: signed like Twilio's, in order, tried again when unanswered."""

import threading
from datetime import datetime, timedelta
from queue import Queue

import requests
import structlog
from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Now
from django.db.utils import InterfaceError, OperationalError
from twilio.request_validator import RequestValidator

from clinic.demo.sandbox.models import Report, SandboxText, TextStatus
from reminders.messaging.channels.carriers.twilio import TwilioCarrier
from scheduling import clock

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=30)  # a sender that dies holds its report for as long
PAUSES = [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15, 30, 60)]
ANSWER_TIMEOUT_S = 10  # seconds for an answer
SENDERS = 4
IDLE_S = 0.1  # seconds between looks when nothing was owed
BEFORE = {
    TextStatus.SENT: [TextStatus.QUEUED],
    TextStatus.DELIVERED: [TextStatus.QUEUED, TextStatus.SENT],
    TextStatus.UNDELIVERED: [TextStatus.QUEUED, TextStatus.SENT],
    TextStatus.RECEIVED: [],
}


def owed() -> QuerySet[Report]:
    """Reports that have not been taken and not been given up."""
    return Report.objects.filter(settled_at=None)


def claim() -> Report | None:
    """Take the next report in hand. Of one text, each waits for the one before."""
    earlier = owed().filter(text=OuterRef("text"), pk__lt=OuterRef("pk"))
    with transaction.atomic():
        due = owed().filter(~Exists(earlier), due_at__lte=Now()).order_by("due_at", "pk")
        report = due.select_for_update(skip_locked=True, of=("self",)).first()
        if report:
            Report.objects.filter(pk=report.pk).update(due_at=Now() + LEASE, tries=F("tries") + 1)
    return report


def deliver(
    report: Report, account: TwilioCarrier, session: requests.Session, at: datetime
) -> None:
    """Move the text on, then report that to whoever asked for it."""
    advance(report, at)
    text = SandboxText.objects.get(pk=report.text_id)
    outcome = post(session, report.url, fields(text, report.word, account), account.token)
    if outcome:
        owed().filter(pk=report.pk).update(settled_at=Now(), outcome=outcome)
    elif report.tries < len(PAUSES):
        owed().filter(pk=report.pk).update(due_at=Now() + PAUSES[report.tries])
    else:
        owed().filter(pk=report.pk).update(settled_at=Now(), outcome="Gave up: no answer")
        log.warning("report_given_up", text=text.sid, word=report.word)


def advance(report: Report, at: datetime) -> None:
    """Texts move forward only, whatever the order of their reports."""
    changes = {"status": report.word, "updated_at": at, "sent_at": Coalesce("sent_at", at)}
    texts = SandboxText.objects.filter(pk=report.text_id, status__in=BEFORE[report.word])
    texts.update(**changes)


def fields(text: SandboxText, word: TextStatus, account: TwilioCarrier) -> dict[str, str]:
    """The form of Twilio's webhook: a status callback, or an inbound text."""
    form = {
        "AccountSid": account.account,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "To": text.recipient,
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsStatus": word.value,
    }
    if word is TextStatus.RECEIVED:
        return form | {
            "SmsMessageSid": text.sid,
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
    form["MessageStatus"] = word.value
    if word is TextStatus.UNDELIVERED:
        form["ErrorCode"] = text.error_code
    return form


def post(session: requests.Session, url: str, form: dict[str, str], token: str) -> str:
    """Post one webhook and return the outcome; empty when it should be tried again."""
    if not url:
        return "Nobody asked"
    signature = RequestValidator(token).compute_signature(url, form)
    headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
    try:
        answer = session.post(
            url, data=form, headers=headers, timeout=ANSWER_TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        log.info("report_unanswered", kind=type(error).__name__)
        return ""
    return "" if answer.status_code >= 500 else f"Answered {answer.status_code}"


class ReportDispatcher(threading.Thread):
    """Finds the reports that are owed and hands them to senders, until it is stopped."""

    def __init__(self, account: TwilioCarrier) -> None:
        super().__init__(name="reports", daemon=True)
        self.leaving, self.idle = threading.Event(), threading.Event()
        self.queue: Queue[Report | None] = Queue(maxsize=SENDERS)
        self.senders = [ReportSender(account, self.queue, self.idle) for _ in range(SENDERS)]

    def run(self) -> None:
        for sender in self.senders:
            sender.start()
        while not self.leaving.is_set():
            self.idle.clear()
            report = self.next()
            if report:
                self.queue.put(report)
            else:
                self.idle.wait(IDLE_S)
        for _ in self.senders:
            self.queue.put(None)
        connection.close()

    def next(self) -> Report | None:
        """The next report, or nothing; a database that is away is asked again later."""
        close_old_connections()
        try:
            return claim()
        except (OperationalError, InterfaceError) as error:
            log.warning("database_away", kind=type(error).__name__)
            return None

    def stop(self) -> None:
        """End after what is in hand."""
        self.leaving.set()
        self.idle.set()
        for thread in (self, *self.senders):
            thread.join(ANSWER_TIMEOUT_S + 5)


class ReportSender(threading.Thread):
    """Sends one report at a time over a connection that stays open."""

    def __init__(
        self, account: TwilioCarrier, queue: "Queue[Report | None]", idle: threading.Event
    ) -> None:
        super().__init__(name="report", daemon=True)
        self.account, self.queue, self.idle = account, queue, idle
        self.session = requests.Session()
        self.session.trust_env = False  # loopback never goes through a proxy

    def run(self) -> None:
        while report := self.queue.get():
            self.send(report)
            self.idle.set()  # the next report of this text may go now
        self.session.close()
        connection.close()

    def send(self, report: Report) -> None:
        close_old_connections()
        try:
            deliver(report, self.account, self.session, clock.now())
        except Exception:  # one bad report must not hold up the others; it comes back by itself
            log.exception("report_failed", report=report.pk)
