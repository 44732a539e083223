"""A kept mail taken apart: head, text, HTML, attachments."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import cast

from clinic.demo.sandbox.models import SandboxMail


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment. `number` is its place among the mail's parts."""

    number: int
    name: str
    kind: str
    content: bytes


def read(mail: SandboxMail) -> EmailMessage:
    return message_from_bytes(bytes(mail.raw), policy=modern)


def text(mail: SandboxMail) -> str:
    """The plain text, or nothing."""
    return body(mail, "plain")


def html(mail: SandboxMail) -> str:
    """The HTML, or nothing."""
    return body(mail, "html")


def body(mail: SandboxMail, kind: str) -> str:
    part = read(mail).get_body(preferencelist=(kind,))
    return part.get_content() if part else ""


def attachments(mail: SandboxMail) -> list[Part]:
    """Everything that is neither the text nor the HTML, calendar entries included."""
    found = []
    for number, part in enumerate(read(mail).walk()):
        plain = part.get_content_type() in ("text/plain", "text/html")
        if part.is_multipart() or (plain and not part.is_attachment()):
            continue
        name = part.get_filename() or f"part-{number}"
        content = cast(bytes, part.get_payload(decode=True) or b"")
        found.append(Part(number, name, part.get_content_type(), content))
    return found
