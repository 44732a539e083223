"""The WSGI application. A trusted proxy names the visitor's address."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from clinic.proxies import behind_proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = behind_proxies(get_wsgi_application(), settings.TRUSTED_PROXIES)
