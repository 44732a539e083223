"""A sandbox on its own ports, Twilio's own client, and a clinic that writes down its webhooks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from clinic import addresses
from tests.ports import free_port

TOKEN = "0123456789abcdef0123456789abcdef"
CLINIC = "+15550100000"


class OnLoopback(TwilioHttpClient):
    """Twilio's own client, sent to another host."""

    def __init__(self, api: str) -> None:
        super().__init__()
        self.api = api

    def request(self, method, url, *args, **kwargs):
        return super().request(
            method, url.replace("https://api.twilio.com", self.api), *args, **kwargs
        )


@dataclass
class Webhooks:
    """What the carrier posted to the clinic, and what the clinic answers."""

    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, body: str, signature: str) -> int:
        with self.changed:
            self.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
            self.signatures.append(signature)
            self.changed.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def first(self, count: int) -> list[dict[str, str]]:
        """The first `count` forms, once they are here."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.forms) >= count, timeout=15), self.forms
            return self.forms[:count]


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    heard = Webhooks()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send_response(heard.take(body, self.headers["X-Twilio-Signature"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    heard.url = f"http://127.0.0.1:{server.server_port}/webhook"
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def own_tables(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The sandbox's tables, committed for its threads to see; emptying these alone is quick."""
    from django.apps import apps

    with django_db_blocker.unblock():
        yield
        for model in apps.get_app_config("sandbox").get_models():
            model.objects.all().delete()


@contextmanager
def a_sandbox() -> Iterator["Sandbox"]:  # noqa: F821
    from clinic.demo.sandbox.process import (
        Sandbox,  # needs the app registry, which this file precedes
    )

    account = f"AC{'0' * 32}:{TOKEN}"
    with Sandbox(
        addresses.sms(f"sandbox://{account}@127.0.0.1:{free_port()}/?from={CLINIC}"),
        addresses.email(f"sandbox://127.0.0.1:{free_port()}"),
    ) as running:
        yield running


@pytest.fixture
def sandbox(own_tables) -> Iterator["Sandbox"]:  # noqa: F821
    """With only the sandbox's own tables emptied after each test, which is quick."""
    with a_sandbox() as running:
        yield running


@pytest.fixture
def sandbox_on_ports(transactional_db) -> Iterator["Sandbox"]:  # noqa: F821
    """With every table emptied after each test."""
    with a_sandbox() as running:
        yield running


@pytest.fixture
def twilio(sandbox) -> Client:
    account = sandbox.account
    return Client(account.account, account.token, http_client=OnLoopback(account.api))
