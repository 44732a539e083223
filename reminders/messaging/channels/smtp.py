"""An SMTP conversation that does not wait for each answer where the server allows it (RFC 2920).

A message costs one round trip: its text travels together with the envelope of the next.
"""

import contextlib
import smtplib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reminders.messaging.channels.base import Accepted, Outcome, Refused, Unavailable, Unknown
from reminders.messaging.channels.patience import Server, connect

SPELL = 10  # seconds for one mail, connecting included; a lease is longer by two such spells
CLOSING = 421  # "service not available, closing transmission channel"


@dataclass(frozen=True, slots=True)
class Mail:
    """Envelope and text. `text` has CRLF line ends and is not dot-stuffed yet."""

    sender: str
    recipient: str
    text: bytes

    @property
    def envelope(self) -> tuple[bytes, ...]:
        """The commands that go before the text."""
        sender, recipient = self.sender.encode("ascii"), self.recipient.encode("ascii")
        return b"MAIL FROM:<" + sender + b">\r\n", b"RCPT TO:<" + recipient + b">\r\n", b"DATA\r\n"


def stuffed(text: bytes) -> bytes:
    """The text as it travels: a dot before every line that begins with one, and the last dot."""
    body = text if text.endswith(b"\r\n") else text + b"\r\n"
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"


class SmtpConversation:
    """A connection to one server, made when it is first needed and again when it breaks."""

    def __init__(self, server: Server, hello: str) -> None:
        self.server, self.hello = server, hello
        self.ends = 0.0  # the monotonic time at which our patience with this mail does
        self.smtp: smtplib.SMTP | None = None
        self.ahead: Mail | None = None  # its envelope has been sent, its answers not been read

    def send(self, mails: Sequence[Mail]) -> Iterator[Outcome]:
        """Hand over each mail; outcomes come in the same order."""
        for mail, following in zip(mails, [*mails[1:], None], strict=True):
            yield self._send(mail, following)

    def close(self) -> None:
        """Say goodbye without waiting for an answer."""
        if self.smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):  # it may be gone already
                say(self.smtp, b"QUIT\r\n")
            self.smtp.close()
        self.smtp = self.ahead = None

    def _send(self, mail: Mail, following: Mail | None) -> Outcome:
        self.ends = time.monotonic() + SPELL
        try:
            smtp, refusal = self._open_envelope(mail)
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            return Unavailable(f"{type(problem).__name__} before the mail server took the message")
        if refusal:
            return refusal
        try:
            return self._deliver(smtp, mail, following)
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            return Unknown(f"{type(problem).__name__} after the message was handed over")

    def _open_envelope(self, mail: Mail) -> tuple[smtplib.SMTP, Outcome | None]:
        """Say who and to whom; a line kept from earlier may have gone stale, so renew it once."""
        if self.ahead is not None and self.ahead is not mail:
            self.close()  # it waits for a text to somebody else, who would get this one
        if self.smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                return self.smtp, self._envelope(self.smtp, mail)
            self.close()
        self.smtp = connect(self.server, self.hello, lambda: self.ends)
        return self.smtp, self._envelope(self.smtp, mail)

    def _envelope(self, smtp: smtplib.SMTP, mail: Mail) -> Outcome | None:
        """Nothing when the server waits for the text, else why it will not take it."""
        if self.ahead is mail:
            answers = [smtp.getreply() for _ in mail.envelope]
        elif smtp.has_extn("pipelining"):
            say(smtp, b"".join(mail.envelope))
            answers = [smtp.getreply() for _ in mail.envelope]
        else:
            answers = self._one_by_one(smtp, mail.envelope)
        self.ahead = None
        return self._judge(smtp, answers)

    def _one_by_one(self, smtp: smtplib.SMTP, commands: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Each command after the answer to the one before, up to the first refusal."""
        answers = []
        for command in commands:
            say(smtp, command)
            answers.append(smtp.getreply())
            if answers[-1][0] >= 400:
                break
        return answers

    def _judge(self, smtp: smtplib.SMTP, answers: list[tuple[int, bytes]]) -> Outcome | None:
        codes = [code for code, _ in answers]
        if CLOSING in codes:
            raise smtplib.SMTPServerDisconnected("the server is closing")
        if codes[-1] == 354 and all(code < 300 for code in codes[:-1]):
            return None
        if codes[-1] == 354:  # it waits for a text that nobody may receive: end it at once
            say(smtp, b".\r\n")
            smtp.getreply()
        smtp.rset()
        place = next(n for n, code in enumerate(codes) if code >= 300 and code != 354)
        return verdict(codes[place], permanent=place > 0)

    def _deliver(self, smtp: smtplib.SMTP, mail: Mail, following: Mail | None) -> Outcome:
        """The text, and with it the next envelope if the server takes both at once."""
        load = stuffed(mail.text)
        if following and smtp.has_extn("pipelining"):
            load += b"".join(following.envelope)
            self.ahead = following
        say(smtp, load)
        code, _ = smtp.getreply()
        if code == CLOSING:
            self.close()
            return Unavailable("the mail server is closing")
        return Accepted() if code < 300 else verdict(code, permanent=True)


def say(smtp: smtplib.SMTP, words: bytes) -> None:
    """Write to the server; smtplib forgets its socket once a connection has ended."""
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection has ended")
    smtp.sock.sendall(words)


def verdict(code: int, *, permanent: bool) -> Outcome:
    """5xx is no, anything else not now; a refused sender is our own trouble, so not now either."""
    sentence = f"the mail server answered {code}"
    return Refused(sentence) if permanent and 500 <= code < 600 else Unavailable(sentence)
