"""The WSGI application. A trusted proxy names the visitor's address."""

import os
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from clinic.proxies import behind_proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8. `OnlyReadable` refuses one that claims another encoding.

    Django's own reads the query by that encoding at once, where no error page can help.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )


handler = get_wsgi_application()
handler.request_class = Utf8Request
application = behind_proxies(handler, settings.TRUSTED_PROXIES)
