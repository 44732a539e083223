"""Staff accounts are made by an administrator, or by the identity provider; nobody signs up."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from clinic.accounts import devices, sign_ins
from clinic.accounts.models import User
from clinic.accounts.provider.session import came_through_provider, named
from clinic.accounts.sessions import NOWHERE
from scheduling import clock

log = structlog.get_logger(__name__)
SECOND_STEPS = {"allauth.mfa.stages.AuthenticateStage": "clinic.accounts.factors.SecondStep"}


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

    def pre_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse | None:
        if came_past_provider(request, user) and not named().lets_in_locally(user.role):
            return sign_in_there(request, user)
        answer: HttpResponse | None = super().pre_login(request, user, **details)
        return answer

    def get_login_stages(self) -> list[str]:
        return [SECOND_STEPS.get(stage, stage) for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """Who came through the identity provider proves there who they are, and nowhere else."""
        if not came_through_provider(self.request, user):
            methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
            return methods
        confirm = {"id": "provider", "description": "Sign in again where you came from"}
        return [confirm | {"url": reverse("provider_confirm")}]

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        if came_past_provider(request, user):
            log.warning("signed_in_without_provider", user=user.pk)
        response: HttpResponse = super().post_login(request, user, **details)
        devices.remember(request, response, user.username)
        return response

    def is_safe_url(self, url: str) -> bool:
        """Whether a redirect may lead there; what is no address at all leads nowhere."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False


def came_past_provider(request: HttpRequest, user: User) -> bool:
    """Whether there is an identity provider, and this person signs in without it."""
    return settings.IDENTITY_PROVIDER is not None and not came_through_provider(request, user)


def sign_in_there(request: HttpRequest, user: User) -> HttpResponse:
    """Refuse a password that is right, of somebody who is to sign in at the identity provider."""
    clear_login(request)
    sign_ins.refused(user, request)
    messages.warning(request, f"Sign in with {named().name} instead.")
    return redirect("account_login")
