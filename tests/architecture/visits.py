"""Who opens which page: each kind of visitor at each address, and what really happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.architecture.addresses import Address
from tests.pages import confirmed

METHODS = ("GET", "POST")
LOGIN, REFUSED, ABSENT = "login", "refused", ""


class PageClient:
    """Asks for pages without a server between.

    Django's test client copies the context of each template it sees rendered, down to the options
    of menus, which makes a walk ten times longer.
    """

    def __init__(self) -> None:
        self.handler = BaseHandler()
        self.handler.load_middleware()

    def ask(
        self, method: str, path: str, form: Mapping[str, str], session: str, **headers: str
    ) -> HttpResponse:
        """One request; whatever it changed is undone."""
        factory = RequestFactory(headers=headers)
        request = (
            factory.post(path, urlencode(form), content_type="application/x-www-form-urlencoded")
            if method == "POST"
            else factory.get(path)
        )
        request._dont_enforce_csrf_checks = True
        request.COOKIES[settings.SESSION_COOKIE_NAME] = session
        with transaction.atomic():
            response = self.answer(request)
            transaction.set_rollback(True)
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response, before anything is undone."""
        return self.handler.get_response(request)


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for pages, known by a session; a stranger's is empty."""

    name: str
    session: str = ""


def signed_in(name: str, user: Any) -> Visitor:
    """Somebody who has just confirmed who they are, so no page asks it again."""
    client = Client()
    client.force_login(user)
    confirmed(client, user)
    return Visitor(name, client.cookies[settings.SESSION_COOKIE_NAME].value)


def outcome(response: HttpResponse) -> str:
    """What a response means for the visitor: `login`, `refused`, or its status where it opens."""
    assert response.status_code < 500, response
    to = response.headers.get("Location", "")
    if response.status_code == 302 and to.startswith(reverse(settings.LOGIN_URL) + "?"):
        return LOGIN
    if response.status_code == 403:
        return REFUSED
    return ABSENT if response.status_code == 405 else str(response.status_code)


@dataclass(frozen=True)
class Row:
    """One address and what each visitor met there."""

    address: Address
    path: str
    met: Mapping[str, Mapping[str, str]]  # visitor -> method -> outcome

    def word(self, visitor: str) -> str:
        """`login`, `refused`, or the methods that open: `GET`, `POST`, `GET POST`."""
        outcomes = self.met[visitor]
        closed = {LOGIN, REFUSED} & set(outcomes.values())
        opened = [method for method, found in outcomes.items() if found not in (*closed, ABSENT)]
        if len(closed) + bool(opened) > 1:
            raise AssertionError(f"{self.address.route} opens by halves: {outcomes}")
        return closed.pop() if closed else " ".join(opened)

    @property
    def statuses(self) -> set[str]:
        return {status for outcomes in self.met.values() for status in outcomes.values()}
