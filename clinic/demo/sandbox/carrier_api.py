"""The carrier's REST API on loopback, like Twilio's: authentication, resources, faults."""

import base64
import binascii
import hmac
import json
import random
import re
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from django.db import close_old_connections, connection

from clinic.demo.sandbox import carrier, refusals, resources
from clinic.demo.sandbox.models import Faults, SandboxText
from clinic.demo.sandbox.refusals import Refusal
from reminders.messaging.channels.carriers.twilio import TwilioCarrier
from scheduling import clock

log = structlog.get_logger(__name__)
MANY = re.compile(r"/2010-04-01/Accounts/(?P<account>AC[0-9a-fA-F]{32})/Messages\.json")
ONE = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-fA-F]{32})/Messages/(?P<sid>\w{1,40})\.json"
)
LARGEST_BODY = 64 * 1024  # bytes; a form with the longest text is below 20 kB


class CarrierServer(ThreadingHTTPServer):
    """Listens on the address of `account`, which must be a sandbox's."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, account: TwilioCarrier) -> None:
        address = urlsplit(account.api)
        super().__init__((address.hostname or "", address.port or 0), CarrierRequestHandler)
        self.account = account


class CarrierRequestHandler(BaseHTTPRequestHandler):
    """Serves one connection of one client."""

    server: CarrierServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Sandbox", ""
    wbufsize = -1  # head and body leave in one packet; two would wait for each other (Nagle)
    disable_nagle_algorithm = True
    timeout = 120

    def do_GET(self) -> None:
        self.respond({})

    def do_POST(self) -> None:
        self.respond(self.form())

    do_PUT = do_DELETE = do_PATCH = do_GET

    def finish(self) -> None:
        super().finish()
        connection.close()

    def respond(self, form: Mapping[str, str] | None) -> None:
        """Answer one request; a fault of ours is a 500 as at Twilio, and in our log."""
        close_old_connections()
        try:
            status, body = self.serve(form)
        except Refusal as refusal:
            status, body = refusal.status, refusal.as_json()
        except Exception:  # one bad request must not end the carrier
            log.exception("carrier_failed", method=self.command)
            status, body = 500, refusals.broken().as_json()
        self.write(status, body)

    def serve(self, form: Mapping[str, str] | None) -> tuple[int, dict[str, Any]]:
        """Return status and body for the resource at this path."""
        apply_faults(Faults.present())
        parts = urlsplit(self.path)
        found = MANY.fullmatch(parts.path) or ONE.fullmatch(parts.path)
        self.check_password()
        if found is None or found["account"] != self.server.account.account:
            raise refusals.not_found(parts.path)
        if form is None:
            raise refusals.unreadable("The form")
        sid = found.groupdict().get("sid")
        if sid and self.command == "GET":
            return 200, self.one(sid, parts.path)
        if not sid and self.command == "GET":
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            return 200, resources.page(self.server.account, query)
        if not sid and self.command == "POST":
            text = carrier.send(self.server.account, form, clock.now())
            return 201, resources.text(text, self.server.account)
        raise refusals.wrong_method()

    def one(self, sid: str, path: str) -> dict[str, Any]:
        row = SandboxText.objects.filter(sid=sid).first()
        if row is None:
            raise refusals.not_found(path)
        return resources.text(row, self.server.account)

    def check_password(self) -> None:
        """HTTP basic authentication with the account's SID and token."""
        account = self.server.account
        kind, _, code = self.headers.get("Authorization", "").partition(" ")
        try:
            said = base64.b64decode(code, validate=True)
        except binascii.Error:
            said = b""
        right = f"{account.account}:{account.token}".encode()
        if kind.lower() != "basic" or not hmac.compare_digest(said, right):
            raise refusals.unauthorised()

    def form(self) -> dict[str, str] | None:
        """The body as a form, or None when it is none."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return None
        try:
            return dict(parse_qsl(self.rfile.read(int(length)).decode(), keep_blank_values=True))
        except (UnicodeDecodeError, ValueError):
            return None

    def write(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses of requests hold telephone numbers."""


def apply_faults(faults: Faults) -> None:
    """Delay a request or refuse it, as the faults say."""
    time.sleep(faults.slow_ms / 1000)
    if faults.carrier_down:
        raise refusals.down()
    chance = random.uniform(0, 100)  # noqa: S311 - a fault, not a secret
    if chance < faults.failing_percent:
        raise refusals.broken()
    if chance < faults.failing_percent + faults.throttled_percent:
        raise refusals.throttled()
