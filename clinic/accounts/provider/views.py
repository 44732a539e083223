"""The way to the identity provider and back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.accounts.provider.openid import ClinicProvider
from clinic.accounts.provider.session import came_through_provider
from clinic.accounts.provider.sign_in import CONFIRM


def told(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer with a sentence where the provider is away or says what cannot be."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except OAuth2Error as error:
            page: HttpResponse = render_authentication_error(
                request, our_provider(request), exception=error
            )
            return page

    return answer


@require_POST
@told
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the provider."""
    provider = our_provider(request)
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    return too_many or provider.send(request, "login", get_next_redirect_url(request))


class ComingBack(OAuth2CallbackView):  # type: ignore[misc]  # allauth has no types
    """Lets the checks of what the provider says know what was asked."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, answer = super()._get_state(request, provider)
        self.adapter.state = state
        return state, answer


@require_GET
@never_cache
@told
def callback(request: HttpRequest) -> HttpResponse:
    """Let somebody in who comes back from the provider, or say why not."""
    provider = our_provider(request)
    view = ComingBack.adapter_view(provider.get_oauth2_adapter(request))
    answer: HttpResponse = view(request)
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
@told
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask somebody who came from the provider to prove there again who they are."""
    provider = our_provider(request)
    if not came_through_provider(request):
        raise Http404("This session began here.")
    where = get_next_redirect_url(request)
    if request.method == "GET":
        return render(request, "socialaccount/confirm.html", {"next": where})
    return provider.send(request, CONFIRM, where, prompt="login", max_age=0)


def our_provider(request: HttpRequest) -> ClinicProvider:
    if settings.IDENTITY_PROVIDER is None:
        raise Http404("No identity provider is named.")
    return ClinicProvider(request, app=get_adapter().list_apps(request)[0])
