"""What EMAIL_URL makes of Django's settings, in a process of its own with that environment."""

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
    "SITE_URL": "https://clinic.example",
}
LOOK = """
from django.core.mail import get_connection
backend = get_connection()
print(type(backend).__module__, backend.timeout, getattr(backend, LOOKED_AT))
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
    environment = PRODUCTION | {"EMAIL_URL": url, "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK.replace("LOOKED_AT", repr(looked_at))],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.strip() == backend, done.stderr
