"""Staff accounts are made by an administrator; nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from clinic.accounts import devices, sign_ins
from clinic.accounts.models import User
from clinic.accounts.sessions import NOWHERE
from scheduling import clock


class StaffOnly(DefaultAccountAdapter):
    """Wrong passwords are counted by name and address, so nobody locks out somebody elsewhere.

    Beyond that a name takes so many an hour from everywhere together, known devices excepted.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As clinic/proxies.py has read it; who comes from nowhere known shares one limit."""
        return request.META.get("REMOTE_ADDR") or NOWHERE

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        name = str(credentials.get("username", ""))
        if sign_ins.is_under_attack(name, clock.now()) and not devices.is_known(request, name):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        name: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{name}:{self.get_client_ip(request)}"

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **details)
        devices.remember(request, response, user.username)
        return response

    def is_safe_url(self, url: str) -> bool:
        """Whether a redirect may lead there; what is no address at all leads nowhere."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False
