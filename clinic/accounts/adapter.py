"""Staff accounts are made by an administrator; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As clinic/proxies.py has read it; who comes from nowhere known shares one limit."""
        return request.META.get("REMOTE_ADDR") or "unknown"
