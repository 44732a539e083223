"""Django's administration of our models and the libraries', with answers to what nobody means."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

OURS = ("clinic", "reminders", "scheduling")


class _OnlyWhatExists:
    """Rows, fields and filters that are named in addresses and forms, and may not exist."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if any("\x00" in text for _, texts in request.GET.lists() for text in texts):
            raise BadRequest("No row holds a null character.")
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        """None, which is a sentence, when the address names a field that does not exist."""
        try:
            return super().get_object(*args, **kwargs)  # type: ignore[misc]
        except FieldDoesNotExist:
            return None

    def response_action(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Do nothing to rows whose ids are none."""
        try:
            return super().response_action(request, queryset)  # type: ignore[misc, no-any-return]
        except (ValueError, ValidationError):
            messages.warning(request, "Nothing was changed: choose the rows again.")
            return None


class Administration(AdminSite):
    """The site of our own models; what libraries register, such as groups and factors, has none."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        single = isinstance(model_or_iterable, ModelBase)
        models = [model_or_iterable] if single else list(model_or_iterable)
        ours = [model for model in models if model.__module__.split(".")[0] in OURS]
        plain = admin_class or ModelAdmin
        careful = type(plain.__name__, (_OnlyWhatExists, plain), {})
        super().register(ours, careful, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """All but the way from a row to its page on the site, for no row has one."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
