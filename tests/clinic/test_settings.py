"""What the environment makes of the settings, in a process of its own with that environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DEMO": "0",
    "DATABASE_URL": "postgres://blockwise@db.example/blockwise?sslmode=require",
    "REDIS_URL": "rediss://redis.example",
    "SMS_URL": f"twilio://AC{'1' * 32}:token@/?from=+15550100000",
    "SECRET_KEY": "k" * 60,
    "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "SITE_URL": "https://clinic.example",
}
LOOK = """
from django.core.mail import get_connection
backend = get_connection()
print(type(backend).__module__, backend.timeout, getattr(backend, LOOKED_AT))
"""
BROKER = """
from clinic.celery import app
tls = app.connection_for_write().ssl
print(tls["ssl_cert_reqs"].name, tls["ssl_check_hostname"])
"""
COOKIES = """
import django
django.setup()
from django.conf import settings
from clinic.accounts import devices
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)
print(settings.SESSION_COOKIE_HTTPONLY, settings.CSRF_COOKIE_HTTPONLY)
print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, devices.COOKIE)
"""


@pytest.mark.parametrize(
    ("url", "looked_at", "backend"),
    [
        (
            "smtp+tls://clinic:word@mail.example",
            "use_tls",
            "reminders.messaging.channels.smtp_backend 8 True",
        ),
        ("smtps://mail.example", "port", "reminders.messaging.channels.smtp_backend 8 465"),
        (
            "anymail://mailgun?api_key=k&sender_domain=mg.example",
            "sender_domain",
            "anymail.backends.mailgun 8 mg.example",
        ),
    ],
)
def test_email_url_chooses_djangos_mail_backend(url, looked_at, backend):
    found = looked(LOOK.replace("LOOKED_AT", repr(looked_at)), EMAIL_URL=url)

    assert found == backend


def test_cookies_of_production_belong_to_this_host_and_travel_by_tls_alone():
    found = looked(COOKIES, EMAIL_URL="smtps://mail.example")

    names = found.split()
    assert names[:4] == ["True"] * 4
    assert len(names) == 7
    assert all(name.startswith("__Host-") for name in names[4:])


def test_the_broker_is_spoken_to_only_if_its_certificate_is_known():
    found = looked(BROKER, EMAIL_URL="smtps://mail.example")

    assert found == "CERT_REQUIRED True"


def test_a_form_may_lead_to_the_identity_provider_and_to_no_other_site():
    program = """
from django.conf import settings
print(*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"])
"""
    mail = {"EMAIL_URL": "smtps://mail.example"}

    assert looked(program, **mail) == "'self'"
    with_provider = looked(program, OIDC_URL="https://a:b@idp.example/realm", **mail)
    assert with_provider == "'self' https://idp.example"


def looked(program, **variables):
    """What a program of production says with these variables."""
    environment = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "clinic.settings"} | variables
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
