"""Pages as a browser reads them, and who reads them."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest, HttpResponse
from django.test import Client


def read(answer: HttpResponse) -> str:
    """The HTML of a page, each run of white space one space."""
    return " ".join(answer.content.decode().split())


def confirmed(client: Client, user: Any) -> None:
    """Let this person have said a moment ago who they are, as the login library keeps it."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()
