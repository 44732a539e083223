"""Forms of sign-in that differ from the login library's own."""

from allauth.mfa.webauthn import forms as webauthn
from django import forms

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
