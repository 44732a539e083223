"""Forms of sign-in that differ from the login library's own."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.http import HttpRequest

from clinic.accounts import tasks
from scheduling.forms.fields import JsonField


def _credential() -> JsonField:
    """What the browser says of a security key."""
    return JsonField(widget=forms.HiddenInput)


class AddKeyForm(webauthn.AddWebAuthnForm):
    credential = _credential()


class AuthenticateKeyForm(webauthn.AuthenticateWebAuthnForm):
    credential = _credential()


class ReauthenticateKeyForm(webauthn.ReauthenticateWebAuthnForm):
    credential = _credential()


class ResetPasswordForm(account.ResetPasswordForm):
    """Asks for a link to a new password.

    A worker sends it, and is woken for an address that nobody has too: neither the answer nor its
    time tells who has an account, whether mail works or not.
    """

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        tasks.wake_for_reset_links([user.pk for user in self.users])
        return str(self.cleaned_data["email"])
