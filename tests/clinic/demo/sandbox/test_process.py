"""`manage.py sandbox` as a process: where it refuses to run, and how it says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic import addresses
from clinic.demo.sandbox.process import PortTaken, Sandbox

ROOT = Path(__file__).resolve().parents[4]
REAL = f"twilio://AC{'1' * 32}:token@/?from=+15550100000"


def test_the_sandbox_refuses_to_run_in_production(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo mode only"):
        call_command("sandbox")


@pytest.mark.parametrize(
    ("name", "value"),
    [("SMS", addresses.sms(REAL)), ("EMAIL", addresses.email("smtps://mail.example"))],
)
def test_a_real_account_is_no_place_for_a_sandbox(settings, name, value):
    setattr(settings, name, value)

    with pytest.raises(ValueError, match=f"{name}_URL that begins with sandbox://"):
        Sandbox.of_settings()


def test_a_taken_port_is_named_with_the_way_out(sandbox):
    with pytest.raises(PortTaken, match="PORT"):
        Sandbox(sandbox.account, sandbox.mail).__enter__()


def test_production_has_no_sandbox_at_all():
    """Neither pages nor tables nor tasks, in a process of its own with production's environment."""
    production = {
        "DEMO": "0",
        "DATABASE_URL": "postgres://blockwise@db.example/blockwise?sslmode=require",
        "REDIS_URL": "rediss://redis.example",
        "EMAIL_URL": "smtp+tls://mail.example",
        "SMS_URL": REAL,
        "SECRET_KEY": "k" * 60,
        "ENCRYPTION_KEYS": f"{'A' * 43}=",
        "SITE_URL": "https://clinic.example",
    }
    look = (
        "import django; django.setup()\n"
        "from django.apps import apps; from django.urls import get_resolver\n"
        "names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]\n"
        "print(apps.is_installed('clinic.demo.sandbox'), [n for n in names if 'sandbox' in n])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=ROOT,
        env=os.environ | production | {"DJANGO_SETTINGS_MODULE": "clinic.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.strip() == "False []", done.stderr
