"""What a page says: never who the patient is, nor what is wrong. The rest stands behind sign-in."""

from email.headerregistry import Address

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from reminders.models import Alert, Page, PageSays

SUBJECT = "URGENT: a patient reports a warning sign"


def text(page: Page, clinic: str) -> str:
    """The text message."""
    alert = page.alert
    if page.says is PageSays.TAKEN:
        return f"{clinic}: {alert.code} is taken by {alert.taken_name[:40]}. Nothing to do for you."
    return (
        f"{clinic}: URGENT, a patient reports a warning sign. "
        f"Reply {alert.code} to take it, or open {url(alert)}"
    )


def mail(page: Page, clinic: str) -> EmailMultiAlternatives:
    """The e-mail, whose link asks for a login."""
    return EmailMultiAlternatives(
        subject=SUBJECT,
        body=f"{clinic}: a patient reports a warning sign and waits for a call.\n\n"
        f"Sign in and take it: {url(page.alert)}\n\n"
        "If nobody takes it, the next on call is paged.\n",
        from_email=str(Address(clinic, addr_spec=settings.EMAIL_SENDER)),
        to=[page.address],
        headers={"Auto-Submitted": "auto-generated"},
    )


def url(alert: Alert) -> str:
    return settings.SITE_URL + reverse("alert", args=[alert.pk])
