"""An e-mail: plain text, HTML, and a calendar entry where the visit itself has changed.

What is the same for every patient is prepared once a (protocol, language, key): the HTML with its
styles written into the tags.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from reminders.messaging.content import calendar
from reminders.messaging.content.wording import Template
from reminders.messaging.delivery.outgoing import OutgoingMessage
from reminders.protocols import by_id
from reminders.rules.plan.timing import Anchor
from reminders.rules.text.texts import gaps

GAP = re.compile(r"@@(\w+)@@")  # survives the HTML template and the style inliner
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


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
    html = css_inline.inline(page, load_remote_stylesheets=False)
    return MailTemplate(subject, text, tuple(GAP.split(html)))


class Safe(str):
    """Escaped already, as Django's templates recognise it."""

    def __html__(self) -> str:
        return self


def write(
    outgoing: OutgoingMessage, values: Mapping[str, str], now: datetime
) -> EmailMultiAlternatives:
    """The whole e-mail, ready to be handed over."""
    made = form(outgoing.protocol, outgoing.language, outgoing.email_key)
    email = EmailMultiAlternatives(
        subject=_on_one_line(made.subject.fill(values)),
        body=made.text.fill(values) + "\n",
        from_email=_sender(outgoing.clinic),
        to=[outgoing.address],
        headers={
            "Date": _date(now.replace(microsecond=0)),
            "Message-ID": message_id(outgoing),
            "Auto-Submitted": "auto-generated",
        },
    )
    email.attach_alternative(made.page(values), "text/html")
    if announces(outgoing.protocol, outgoing.step, outgoing.visit_state):
        entry = _entry(outgoing)
        kind = f"text/calendar; method={entry.method}"
        email.attach("visit.ics", calendar.text(entry, now), kind)
    return email


def words_of(email: EmailMultiAlternatives) -> str:
    """Everything an e-mail says: its subject and its parts, without headers and boundaries."""
    parts = [*email.alternatives, *email.attachments]
    return "\n".join(map(str, [email.subject, email.body, *(part.content for part in parts)]))


def message_id(outgoing: OutgoingMessage) -> str:
    """The same for every attempt, so that a mailbox can tell a repetition."""
    return f"<{outgoing.reference}@{host()}>"


def host() -> str:
    """The site's name, which mail programs see as ours."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _entry(outgoing: OutgoingMessage) -> calendar.Entry:
    """The visit for the patient's calendar."""
    return calendar.Entry(
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


@lru_cache(maxsize=512)
def announces(protocol: int, step: str, state: str) -> bool:
    """Whether a step tells of the visit itself: booked, moved, changed or called off."""
    anchors = [each.timing.anchor for each in by_id(protocol).steps if each.id == step]
    off = calendar.is_cancelled(state)
    return Anchor.BOOKED in anchors or (off and Anchor.STATE in anchors)


@lru_cache(maxsize=512)
def _sender(clinic: str) -> str:
    return str(Address(_on_one_line(clinic), addr_spec=settings.EMAIL_SENDER))


def _on_one_line(value: str) -> str:
    """A header's value without the characters that would end it."""
    return CONTROL.sub(" ", value)


@lru_cache(maxsize=64)
def _date(now: datetime) -> str:
    return format_datetime(now)
