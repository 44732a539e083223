"""Django's backends with mail servers of every temper: polite, slow of tongue, refusing, dying."""

import contextlib
import datetime
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.mail import EmailMultiAlternatives

from reminders.messaging.channels import smtp_backend
from reminders.messaging.channels.base import Accepted, Delivery, Refused, Unavailable, Unknown
from reminders.messaging.channels.email import EmailChannel, no_or_not_now
from reminders.messaging.delivery import claim, dispatcher
from tests.world import NOW


@dataclass
class Server:
    """What one server says, and what it got. `answers` overrides the answer to (command, address).

    `dribbles_at` is the command after which it says one letter at a time and never ends a line;
    `offers` are its extensions. `delivered` holds the texts with their recipients.
    """

    port: int = 0
    offers: tuple[str, ...] = ("8BITMIME",)
    tls: ssl.SSLContext | None = None
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    dies_after: str = ""
    dribbles_at: str = ""
    senders: list[str] = field(default_factory=list)
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)


class Session(socketserver.BaseRequestHandler):
    """One connection, one line after the other."""

    def handle(self) -> None:
        self.state, self.recipient = self.server.state, ""
        self.state.connections += 1
        with contextlib.suppress(OSError):
            self.talk()
        self.request.close()

    def talk(self) -> None:
        if self.state.tls and "STARTTLS" not in self.state.offers:
            self.encrypt()
        self.lines = self.request.makefile("rb")
        self.say("GREETING", "220 here")
        while line := self.lines.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not self.obey(verb.upper(), rest):
                return

    def encrypt(self) -> None:
        self.request = self.state.tls.wrap_socket(self.request, server_side=True)
        self.lines = self.request.makefile("rb")

    def obey(self, verb: str, rest: str) -> bool:
        if verb == "EHLO":
            self.say(
                verb,
                "\r\n".join(["250-here", *(f"250-{each}" for each in self.state.offers), "250 ok"]),
            )
        elif verb == "STARTTLS":
            self.say(verb, "220 go on")
            self.encrypt()
        elif verb == "QUIT":
            self.say(verb, "221 bye")
            return False
        elif verb == "DATA":
            return self.data()
        else:
            if verb == "MAIL":
                self.state.senders.append(rest.partition(" ")[0])
            self.recipient = rest if verb == "RCPT" else self.recipient
            self.say(verb, self.state.answers.get((verb, rest.partition(" ")[0]), "250 fine"))
        return self.state.dies_after != verb

    def data(self) -> bool:
        answer = self.state.answers.get(("DATA", self.recipient), "354 go on")
        self.say("DATA", answer)
        if not answer.startswith("354"):
            return True
        text = b"".join(iter(self.lines.readline, b".\r\n"))
        self.state.delivered.append((self.recipient, text))
        if self.state.dies_after == "TEXT":
            return False
        self.say("TEXT", self.state.answers.get(("TEXT", self.recipient), "250 taken"))
        return True

    def say(self, verb: str, words: str) -> None:
        while self.state.dribbles_at == verb and not self.state.stopped.wait(0.02):
            self.request.sendall(b"2")
        self.request.sendall(words.encode() + b"\r\n")


@pytest.fixture
def server(settings) -> Iterator[Server]:
    state = Server()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as listening:
        listening.daemon_threads = True
        listening.state, state.port = state, listening.server_address[1]
        settings.EMAIL_BACKEND = "reminders.messaging.channels.smtp_backend.BoundedBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", state.port
        threading.Thread(target=listening.serve_forever, args=[0.01], daemon=True).start()
        yield state
        state.stopped.set()
        listening.shutdown()


def delivery(number: int, text: str = "hello") -> Delivery:
    return to(f"p{number}@example.com", text)


def to(address: str, text: str = "hello") -> Delivery:
    email = EmailMultiAlternatives("Your visit", text, "Clinic <clinic@example.com>", [address])
    email.attach_alternative(f"<p>{text}</p>", "text/html")
    return Delivery(1, uuid4(), address, email, NOW)


def send(*deliveries: Delivery) -> list[type]:
    with EmailChannel().open() as connection:
        return [type(outcome) for outcome in connection.send(deliveries, NOW)]


def test_every_mail_of_a_drain_goes_over_one_connection_in_order(server):
    outcomes = send(*[delivery(n, f"text {n}") for n in range(20)])

    assert outcomes == [Accepted] * 20
    assert [to for to, _ in server.delivered] == [f"TO:<p{n}@example.com>" for n in range(20)]
    assert all(b"text %d" % n in text for n, (_, text) in enumerate(server.delivered))
    assert server.connections == 1


def test_no_mail_no_connection(server):
    assert send() == []
    assert server.connections == 0


def test_the_envelope_names_the_site_and_the_patient_alone(server):
    send(delivery(0))

    assert server.senders == ["FROM:<clinic@example.com>"]
    assert [to for to, _ in server.delivered] == ["TO:<p0@example.com>"]


@pytest.mark.parametrize(
    "address", ["p 1@example.com", "p,1@example.com", "p1@exämple.com", "pé@example.com", "p1"]
)
def test_an_address_that_no_envelope_can_carry_is_refused_and_the_next_one_served(server, address):
    assert send(to(address), delivery(2)) == [Refused, Accepted]


def test_one_refused_recipient_does_not_stop_the_next(server):
    server.answers["RCPT", "TO:<p1@example.com>"] = "550 no such person"

    assert send(delivery(0), delivery(1), delivery(2)) == [Accepted, Refused, Accepted]
    assert len(server.delivered) == 2


def test_a_full_mailbox_is_not_now(server):
    server.answers["RCPT", "TO:<p0@example.com>"] = "452 mailbox full"

    assert send(delivery(0), delivery(1)) == [Unavailable, Accepted]


def test_a_refused_sender_is_our_trouble_and_not_the_patients(server):
    server.answers["MAIL", "FROM:<clinic@example.com>"] = "550 not you"

    assert send(delivery(0)) == [Unavailable]


def test_a_refused_login_is_our_trouble_and_not_the_patients(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "wrong"
    server.offers = ("AUTH PLAIN",)
    server.answers["AUTH", "PLAIN"] = "535 who are you"

    assert send(delivery(0)) == [Unavailable]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 looks like spam", Refused),
        ("451 try later", Unavailable),
        ("421 closing", Unavailable),
        ("299 perhaps", Unknown),
    ],
)
@pytest.mark.parametrize("moment", ["DATA", "TEXT"])
def test_an_answer_to_the_text_decides_about_this_mail_only(server, moment, answer, outcome):
    server.answers[moment, "TO:<p0@example.com>"] = answer

    assert send(delivery(0), delivery(1)) == [outcome, Accepted]


def test_no_address_stands_in_a_reason():
    assert "@" not in str(no_or_not_now(550))


def test_a_connection_that_dies_after_the_text_leaves_the_end_unknown(server):
    server.dies_after = "TEXT"

    assert send(delivery(0), delivery(1)) == [Unknown, Unknown]
    assert server.connections == 2


@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "RCPT"])
def test_a_connection_that_dies_before_the_text_has_taken_nothing(server, moment):
    server.dies_after = moment

    assert send(delivery(0)) == [Unavailable]


def test_no_server_is_unavailable(server, settings):
    settings.EMAIL_PORT = 1

    assert send(delivery(0)) == [Unavailable]


def test_a_connection_kept_too_long_is_renewed(server):
    with EmailChannel().open() as connection:
        list(connection.send([delivery(0)], NOW))
        connection.backend.connection.sock.shutdown(socket.SHUT_RDWR)

        assert list(connection.send([delivery(1)], NOW)) == [Accepted()]
    assert server.connections == 2


def test_a_server_that_closes_after_some_mails_gets_the_rest_over_another_connection(server):
    with EmailChannel().open() as connection:
        list(connection.send([delivery(0)], NOW))
        server.answers["MAIL", "FROM:<clinic@example.com>"] = "421 enough"
        (outcome,) = connection.send([delivery(1)], NOW)
        del server.answers["MAIL", "FROM:<clinic@example.com>"]

        assert list(connection.send([delivery(1)], NOW)) == [Accepted()]
    assert type(outcome) is Unavailable
    assert server.connections == 3


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        ("GREETING", Unavailable),
        ("EHLO", Unavailable),
        ("RCPT", Unavailable),
        ("TEXT", Unknown),
        ("QUIT", Accepted),
    ],
)
def test_a_server_that_never_ends_a_line_does_not_keep_a_worker(
    server, monkeypatch, moment, outcome
):
    """It is never silent for long, so no timeout of one read would end this test."""
    monkeypatch.setattr(smtp_backend, "LONGEST", 0.4)
    server.dribbles_at = moment

    assert send(delivery(0)) == [outcome]


def test_all_addresses_of_a_host_share_the_time(monkeypatch):
    asked = []
    four = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))] * 4
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **how: four)
    monkeypatch.setattr(socket, "create_connection", lambda *where: asked.append(where[1]) or 1 / 0)

    with pytest.raises(ZeroDivisionError):
        smtp_backend.BoundedSmtp(lambda: 8.0, "mail.example", 25)

    assert asked == [2.0]


def test_the_longest_mail_fits_into_a_lease(settings):
    # What is written after the last read may take that read's timeout once more.
    longest = smtp_backend.LONGEST + settings.EMAIL_TIMEOUT

    assert dispatcher.RENEW + longest < claim.LEASE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A file with the key and the certificate of `localhost`, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    pem = serialization.Encoding.PEM
    clear = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, clear)
    file.write_bytes(private + made.public_bytes(pem))
    return str(file)


@pytest.fixture(params=["EMAIL_USE_SSL", "EMAIL_USE_TLS"])
def encrypted(request, server, settings, certificate) -> Server:
    setattr(settings, request.param, True)
    server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.tls.load_cert_chain(certificate)
    if request.param == "EMAIL_USE_TLS":
        server.offers = ("STARTTLS",)
    return server


def test_mail_travels_encrypted(encrypted, monkeypatch, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", certificate)

    assert send(delivery(0), delivery(1)) == [Accepted, Accepted]
    assert encrypted.connections == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(encrypted):
    assert send(delivery(0)) == [Unavailable]
    assert encrypted.senders == []


def test_a_server_without_encryption_gets_nothing_where_it_was_asked_for(server, settings):
    settings.EMAIL_USE_TLS = True

    assert send(delivery(0)) == [Unavailable]
    assert server.senders == []
