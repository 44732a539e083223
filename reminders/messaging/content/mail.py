"""An e-mail as bytes: plain text, HTML, and a calendar entry where the visit itself has changed.

What is the same for every patient is prepared once a (protocol, language, key): headers, HTML with
its styles written into the tags. A message then costs a few joins.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from reminders.messaging.content import calendar
from reminders.messaging.content.wording import Template
from reminders.messaging.delivery.outgoing import OutgoingMessage
from reminders.protocols import by_id
from reminders.rules.plan.timing import Anchor
from reminders.rules.text.texts import gaps

GAP = re.compile(r"@@(\w+)@@")  # survives the HTML template and the style inliner
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
LINE = 998  # octets, the longest line of an e-mail (RFC 5322)


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """One prepared e-mail. `html` holds literals at even places and names of gaps at odd ones."""

    subject: Template
    text: Template
    html: tuple[str, ...]

    def page(self, values: Mapping[str, str]) -> str:
        """The HTML with its gaps filled and escaped."""
        pieces = list(self.html)
        pieces[1::2] = [escape(values[name]) for name in pieces[1::2]]
        return "".join(pieces)


@lru_cache(maxsize=512)
def form(protocol: int, language: str, key: str) -> MailTemplate:
    """The e-mail of a protocol, prepared."""
    words = by_id(protocol).words(language).email[key]
    subject = Template(key, words.subject, gaps(words.subject))
    text = Template(key, words.body, gaps(words.body))
    marks = {name: f"@@{name}@@" for name in subject.gaps | text.gaps}
    body = escape(words.body).format_map(marks | {"link": '<a href="@@link@@">@@link@@</a>'})
    page = render_to_string(
        "reminders/email/message.html",
        {"language": language, "subject": words.subject.format_map(marks), "body": Safe(body)},
    )
    html = css_inline.inline(page, load_remote_stylesheets=False).replace("\n", "\r\n")
    return MailTemplate(subject, text, tuple(GAP.split(html)))


class Safe(str):
    """Escaped already, as Django's templates recognise it."""

    def __html__(self) -> str:
        return self


def write(outgoing: OutgoingMessage, values: Mapping[str, str], now: datetime) -> bytes:
    """The whole e-mail, ready to be handed over; only the bytes 0-127 are used."""
    made = form(outgoing.protocol, outgoing.language, outgoing.email_key)
    boundary = f"=_{outgoing.reference.hex}"
    parts = [
        _part("text/plain", made.text.fill(values) + "\r\n"),
        _part("text/html", made.page(values)),
        *_calendar(outgoing, now),
    ]
    head = (
        f"From: {_sender(outgoing.clinic)}\r\n"
        f"To: {outgoing.address}\r\n"
        f"Subject: {_header(made.subject.fill(values))}\r\n"
        f"Date: {_date(now.replace(microsecond=0))}\r\n"
        f"Message-ID: {message_id(outgoing)}\r\n"
        "MIME-Version: 1.0\r\n"
        "Auto-Submitted: auto-generated\r\n"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
    )
    return _join(head, parts, boundary).encode("ascii")


def message_id(outgoing: OutgoingMessage) -> str:
    """The same for every attempt, so that a mailbox can tell a repetition."""
    return f"<{outgoing.reference}@{host()}>"


def host() -> str:
    """The site's name, which mail programs see as ours."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _join(head: str, parts: Sequence[str], boundary: str) -> str:
    divider = f"--{boundary}\r\n"
    body = f"\r\n{divider}".join(parts)
    return f"{head}{divider}{body}\r\n--{boundary}--\r\n"


def _part(kind: str, content: str) -> str:
    """One part: as it is when it is plain ASCII with short lines, else base64."""
    plain = content.isascii() and max(map(len, content.split("\r\n"))) <= LINE
    if plain:
        return f"Content-Type: {kind}; charset=utf-8\r\n\r\n{content}"
    coded = base64.encodebytes(content.encode()).decode("ascii").replace("\n", "\r\n")
    how = "Content-Transfer-Encoding: base64"
    return f"Content-Type: {kind}; charset=utf-8\r\n{how}\r\n\r\n{coded}"


def _calendar(outgoing: OutgoingMessage, now: datetime) -> list[str]:
    """The visit for the patient's calendar, with the messages that announce it or call it off."""
    if not announces(outgoing.protocol, outgoing.step, outgoing.visit_state):
        return []
    entry = calendar.Entry(
        uid=f"{outgoing.visit}@{host()}",
        revision=outgoing.revision,
        cancelled=calendar.is_cancelled(outgoing.visit_state),
        start=outgoing.start,
        end=outgoing.end,
        zone=outgoing.zone,
        place=outgoing.clinic_address,
        organiser=settings.EMAIL_SENDER,
        attendee=outgoing.address,
    )
    kind = f'text/calendar; method={entry.method}; name="visit.ics"'
    return [_part(kind, calendar.text(entry, now))]


@lru_cache(maxsize=512)
def announces(protocol: int, step: str, state: str) -> bool:
    """Whether a step tells of the visit itself: booked, moved, changed or called off."""
    anchor = by_id(protocol).step(step).timing.anchor
    off = calendar.is_cancelled(state)
    return anchor is Anchor.BOOKED or (off and anchor is Anchor.STATE)


@lru_cache(maxsize=512)
def _sender(clinic: str) -> str:
    name = CONTROL.sub(" ", clinic)
    return formataddr((name, settings.EMAIL_SENDER), "utf-8")


@lru_cache(maxsize=4096)
def _header(value: str) -> str:
    """A header's value on one line, in RFC 2047's writing only where it is not ASCII."""
    plain = CONTROL.sub(" ", value)
    return plain if plain.isascii() else Header(plain, "utf-8").encode(linesep="\r\n")


@lru_cache(maxsize=64)
def _date(now: datetime) -> str:
    return format_datetime(now)
