"""A conversation with mail servers of every temper: polite, slow of tongue, refusing, dying."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from clinic.addresses import EmailServer
from reminders.messaging.channels import patience, smtp
from reminders.messaging.channels.base import Accepted, Refused, Unavailable, Unknown
from reminders.messaging.channels.smtp import Mail, SmtpConversation, stuffed
from reminders.messaging.delivery import claim, dispatcher


@dataclass
class Server:
    """What one server says, and what it got. `answers` overrides the answer to (command, address).

    `packets` counts the reads that brought commands: pipelining needs fewer. `delivered` holds the
    texts with their recipients.
    """

    port: int = 0
    pipelining: bool = True
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    dies_after_text: bool = False
    texts: list[bytes] = field(default_factory=list)
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    reads: int = 0
    connections: int = 0


class Session(socketserver.BaseRequestHandler):
    """One connection, read in whatever pieces the network brings."""

    def handle(self) -> None:
        self.state, self.buffer, self.recipient = self.server.state, b"", ""
        self.state.connections += 1
        self.say("220 here")
        while line := self.line():
            verb, _, rest = line.decode().strip().partition(" ")
            if not self.obey(verb.upper(), rest):
                return

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            piece = self.request.recv(65536)
            if not piece:
                return b""
            self.state.reads += 1
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line + b"\r\n"

    def obey(self, verb: str, rest: str) -> bool:
        if verb == "EHLO":
            self.say("250-here\r\n250 PIPELINING" if self.state.pipelining else "250 here")
        elif verb == "QUIT":
            return False
        elif verb == "DATA":
            return self.data()
        else:
            self.recipient = rest if verb == "RCPT" else self.recipient
            self.say(self.state.answers.get((verb, rest), "250 fine"))
        return True

    def data(self) -> bool:
        answer = self.state.answers.get(("DATA", self.recipient))
        refused = self.state.answers.get(("RCPT", self.recipient))
        self.say(answer or ("503 no recipient" if refused else "354 go on"))
        if answer or refused:
            return True
        text = b""
        while (line := self.line()) != b".\r\n":
            if not line:
                return False
            text += line
        self.state.texts.append(text)
        self.state.delivered.append((self.recipient, text))
        if self.state.dies_after_text:
            return False
        self.say(self.state.answers.get(("TEXT", self.recipient), "250 taken"))
        return True

    def say(self, words: str) -> None:
        self.request.sendall(words.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as listening:
        listening.daemon_threads = True
        listening.state, state.port = state, listening.server_address[1]
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield state
        listening.shutdown()


def mail(number: int, text: bytes = b"Subject: hello\r\n\r\nhello\r\n") -> Mail:
    return Mail("clinic@example.com", f"p{number}@example.com", text)


def send(server: Server, *mails: Mail) -> list[type]:
    line = SmtpConversation(EmailServer("127.0.0.1", server.port), "localhost")
    outcomes = list(line.send(mails))
    line.close()
    return [type(outcome) for outcome in outcomes]


@pytest.mark.parametrize("pipelining", [True, False])
def test_every_mail_arrives_in_order(server, pipelining):
    server.pipelining = pipelining
    mails = [mail(n, b"Subject: %d\r\n\r\nhello\r\n" % n) for n in range(20)]

    assert send(server, *mails) == [Accepted] * 20
    assert server.texts == [each.text for each in mails]
    assert server.connections == 1


def test_a_server_that_pipelines_is_asked_once_a_mail(server):
    send(server, *[mail(n) for n in range(20)])

    assert server.reads <= 25


@pytest.mark.parametrize(
    "text",
    [b".\r\n", b"a\r\n.b\r\n", b"..\r\n\r\n.\r\n", b"no line end", b"a\r\n.\r\nb\r\n"],
)
def test_dots_at_the_start_of_lines_survive(server, text):
    send(server, mail(1, text), mail(2))

    body = text if text.endswith(b"\r\n") else text + b"\r\n"
    taken = b"".join(
        b"." + each[2:] if each[:2] == b".." else each for each in _lines(server.texts[0])
    )
    assert taken == body
    assert stuffed(text).endswith(b"\r\n.\r\n") or text == b""


def _lines(text: bytes) -> list[bytes]:
    return [line + b"\r\n" for line in text.split(b"\r\n")[:-1]]


@pytest.mark.parametrize("pipelining", [True, False])
def test_one_refused_recipient_does_not_stop_the_next(server, pipelining):
    server.pipelining = pipelining
    server.answers["RCPT", "TO:<p1@example.com>"] = "550 no such person"

    assert send(server, mail(0), mail(1), mail(2)) == [Accepted, Refused, Accepted]
    assert len(server.texts) == 2


def test_a_server_that_wants_the_text_for_nobody_gets_an_empty_one(server):
    server.answers["RCPT", "TO:<p0@example.com>"] = "550 no such person"
    server.answers["DATA", "TO:<p0@example.com>"] = "354 go on anyway"

    assert send(server, mail(0)) == [Refused]


def test_a_full_mailbox_is_not_now(server):
    server.answers["RCPT", "TO:<p0@example.com>"] = "452 mailbox full"

    assert send(server, mail(0), mail(1)) == [Unavailable, Accepted]


def test_a_refused_sender_is_our_trouble_and_not_the_patients(server):
    server.answers["MAIL", "FROM:<clinic@example.com>"] = "550 not you"

    assert send(server, mail(0)) == [Unavailable]


def test_a_refused_text_is_refused(server):
    server.answers["TEXT", "TO:<p0@example.com>"] = "554 looks like spam"

    assert send(server, mail(0), mail(1)) == [Refused, Accepted]


def test_a_line_that_dies_after_the_text_leaves_the_end_unknown(server):
    server.dies_after_text = True

    assert send(server, mail(0), mail(1)) == [Unknown, Unknown]
    assert server.connections == 2


def test_no_server_is_unavailable(server):
    line = SmtpConversation(EmailServer("127.0.0.1", 1), "localhost")

    assert [type(outcome) for outcome in line.send([mail(0)])] == [Unavailable]


def test_a_line_kept_too_long_is_renewed(server):
    line = SmtpConversation(EmailServer("127.0.0.1", server.port), "localhost")
    list(line.send([mail(0)]))
    line.smtp.sock.shutdown(socket.SHUT_RDWR)

    outcomes = list(line.send([mail(1)]))
    line.close()

    assert [type(outcome) for outcome in outcomes] == [Accepted]
    assert server.connections == 2


def test_a_conversation_broken_off_never_brings_the_next_mail_to_the_wrong_mailbox(server):
    line = SmtpConversation(EmailServer("127.0.0.1", server.port), "localhost")
    server.answers["TEXT", "TO:<p0@example.com>"] = "451 not now"
    conversation = line.send([mail(0), mail(1)])
    assert isinstance(next(conversation), Unavailable)
    conversation.close()  # whoever listened has heard enough: p1's envelope is on its way already

    outcomes = list(line.send([mail(2, b"Subject: two\r\n\r\ntwo\r\n")]))

    line.close()
    assert outcomes == [Accepted()]
    assert server.delivered[-1] == ("TO:<p2@example.com>", b"Subject: two\r\n\r\ntwo\r\n")


class Tarpit(socketserver.BaseRequestHandler):
    """Never silent, never done: a letter of its greeting every few milliseconds."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.request.sendall(b"2")
                self.server.stopped.wait(0.02)


def test_a_server_that_never_ends_its_greeting_does_not_keep_a_worker(monkeypatch):
    monkeypatch.setattr("reminders.messaging.channels.smtp.SPELL", 0.4)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tarpit) as listening:
        listening.daemon_threads, listening.stopped = True, threading.Event()
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        line = SmtpConversation(EmailServer("127.0.0.1", listening.server_address[1]), "localhost")

        began = time.monotonic()
        outcomes = list(line.send([mail(0)]))
        took = time.monotonic() - began

        line.close()
        listening.stopped.set()
        listening.shutdown()
    assert [type(outcome) for outcome in outcomes] == [Unavailable]
    assert 0.4 <= took < patience.TIMEOUT


def test_the_longest_spell_with_a_mail_server_fits_into_a_lease():
    longest = smtp.SPELL + patience.TIMEOUT  # the last read or handshake begins before the end

    assert dispatcher.RENEW + longest < claim.LEASE
