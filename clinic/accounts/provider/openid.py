"""The clinic's identity provider as the login library sees it: OpenID Connect, with a nonce."""

import secrets
import time
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from clinic.accounts.provider.id_token import claims_of
from clinic.accounts.provider.session import named

LONGEST = 150  # characters of a given or family name
AUTHENTICATION = "token_endpoint_auth_methods_supported"  # basic, where nothing is said
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(OAuth2Error):  # type: ignore[misc]  # allauth has no types
    """The provider does not answer, or answers something else."""


class ProvedTooLittle(OAuth2Error):  # type: ignore[misc]
    """The provider did not ask for what OIDC_URL wants it to."""


class ProviderAnswers(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """What the provider says of itself and of somebody, checked."""

    state: dict[str, Any]  # of this sign-in, kept in the session meanwhile

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            found = fetched(named().discovery_url)
            if found.get("issuer") != named().issuer:
                raise ProviderAway("It calls itself otherwise than OIDC_URL does")
            if not all(isinstance(found.get(name), str) for name in ENDPOINTS):
                raise ProviderAway("It does not say where to sign in")
            self._openid_config = {AUTHENTICATION: ["client_secret_basic"]} | found
        return self._openid_config

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, response: dict[str, Any]
    ) -> SocialLogin:
        claims = self._claims(str(response.get("id_token")))
        if not named().proves_enough(claims):
            raise ProvedTooLittle("The claim acr or amr is another one")
        if "userinfo_endpoint" in self.openid_config:
            claims = self._more(token.token, claims)
        login = self.get_provider().sociallogin_from_response(request, claims)
        login.claims = claims
        return login

    def _claims(self, token: str) -> dict[str, Any]:
        provider = named()
        try:
            return claims_of(
                token,
                keys=fetched(self.openid_config["jwks_uri"]),
                issuer=provider.issuer,
                client_id=provider.client_id,
                nonce=self.state["nonce"],
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"The ID token does not count: {error}") from error

    def _more(self, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """With what the provider says besides; of two answers the signed one counts."""
        found = fetched(
            self.openid_config["userinfo_endpoint"], Authorization=f"Bearer {access_token}"
        )
        if found.get("sub") != claims["sub"]:
            raise OAuth2Error("The user information is of somebody else")
        return found | claims

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return str(build_absolute_uri(request, reverse("openid_connect_callback")))


class ClinicProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """Sends people there, with PKCE and a nonce; nothing of the request goes along."""

    oauth2_adapter_class = ProviderAnswers
    pkce_enabled_default = True

    def send(
        self, request: HttpRequest, process: str, next_url: str | None, **asked: Any
    ) -> HttpResponse:
        """Redirect to the provider; `asked` goes along in the address."""
        asked["nonce"] = nonce = secrets.token_urlsafe(24)
        if named().acr:
            asked["acr_values"] = named().acr
        answer: HttpResponse = self.redirect(
            request,
            process=process,
            next_url=next_url,
            auth_params=asked,
            nonce=nonce,
            asked_at=time.time(),
        )
        return answer

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        """Names alone: an address that the provider tells must not open an account here."""
        said = {"first_name": "given_name", "last_name": "family_name", "name": "name"}
        return {field: _text(data.get(claim)) for field, claim in said.items()}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the claims is kept."""
        return {}


def fetched(url: str, **headers: str) -> dict[str, Any]:
    """The JSON object that the provider has there, or `ProviderAway`."""
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.get(url, headers=headers)
            answer.raise_for_status()
            found = answer.json()
    except requests.RequestException as error:
        raise ProviderAway(str(error)) from error
    if not isinstance(found, dict):
        raise ProviderAway("Its answer is no JSON object")
    return found


def _text(value: object) -> str:
    return value.replace("\x00", "")[:LONGEST] if isinstance(value, str) else ""
