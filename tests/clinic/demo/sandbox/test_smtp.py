"""Python's own SMTP client against the sandbox's mail server, over real sockets."""

import smtplib
from email.message import EmailMessage

import pytest

from clinic.demo.sandbox.models import Faults, SandboxMail


def a_mail(*recipients: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "no-reply@clinic.example", ", ".join(recipients)
    mail["Subject"], mail["Message-ID"] = "Your visit", "<one@clinic.example>"
    mail.set_content("Please read your plan.")
    return mail


def hand_over(sandbox, mail: EmailMessage) -> None:
    with smtplib.SMTP(sandbox.mail.host, sandbox.mail.port, timeout=30) as smtp:
        smtp.send_message(mail)


def test_a_mail_is_kept_as_it_came(sandbox):
    hand_over(sandbox, a_mail("ada@patients.example"))

    kept = SandboxMail.objects.get()
    assert (kept.recipient, kept.subject) == ("ada@patients.example", "Your visit")
    assert kept.message_id == "<one@clinic.example>"
    assert b"Please read your plan." in bytes(kept.raw)


def test_each_recipient_has_a_copy(sandbox):
    hand_over(sandbox, a_mail("ada@patients.example", "bo@patients.example"))

    assert SandboxMail.objects.count() == 2


def test_a_mail_server_that_is_down_says_not_now(sandbox):
    Faults.objects.create(pk=1, smtp_down=True)

    with pytest.raises(smtplib.SMTPResponseException) as caught:
        hand_over(sandbox, a_mail("ada@patients.example"))

    assert caught.value.smtp_code == 421
    assert not SandboxMail.objects.exists()
