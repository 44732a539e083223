"""The servers we were given: examined, not trusted."""

import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from clinic import checks
from clinic.accounts.models import Installation
from tests.world import NOW, a_user


@pytest.mark.django_db
def test_the_servers_of_the_tests_pass():
    assert [problem for problem in checks.postgres_fits(["default"]) if problem.is_serious()] == []


@pytest.mark.django_db
def test_a_server_that_may_forget_is_named():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    problems = checks.postgres_fits(["default"])

    assert [problem.id for problem in problems] == ["clinic.W001"]
    assert "synchronous_commit off" in problems[0].msg


def test_without_a_database_nothing_is_asked():
    assert checks.postgres_fits() == []


@pytest.fixture
def marked(db):
    """Make this database one of `mode`; without a mark it is one of a version that had none."""

    def mark(mode):
        Installation.objects.update_or_create(pk=1, defaults={"mode": mode, "since": NOW})

    return mark


def crossed():
    return [problem.msg for problem in checks.modes_agree(["default"])]


@pytest.mark.parametrize(
    ("mode", "demo", "said"),
    [
        ("demo", True, ""),
        ("production", False, ""),
        ("demo", False, "This database is one of a demonstration, and this is production."),
        ("production", True, "This database is one of production, and this is demo mode."),
    ],
)
def test_a_database_is_opened_only_for_what_it_is_for(marked, settings, mode, demo, said):
    marked(mode)
    settings.DEMO = demo

    assert crossed() == [said] * bool(said)


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_database_without_a_mark_is_judged_by_who_is_in_it(db, settings, sandbox):
    settings.DEMO = True
    a_user()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_installation RENAME TO unmarked")
        if not sandbox:
            cursor.execute("ALTER TABLE sandbox_journey RENAME TO unknown")

    assert bool(crossed()) is not sandbox


def test_a_new_database_is_anybodys(db, settings):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_installation RENAME TO unmarked")
        cursor.execute("ALTER TABLE sandbox_journey RENAME TO unknown")

    assert crossed() == []


def test_a_crossed_database_is_neither_migrated_nor_given_demo_passwords(marked):
    marked("production")

    for command, options in (("migrate", {"skip_checks": False}), ("demo_clinic", {}), ("web", {})):
        with pytest.raises(SystemCheckError, match="one of production"):
            call_command(command, **options)


@pytest.mark.parametrize(
    ("tables", "people", "demo", "mode"),
    [
        (["sandbox_journey"], True, False, "demo"),
        ([], True, True, "production"),
        ([], True, False, "production"),
        ([], False, True, "demo"),
        ([], False, False, "production"),
    ],
)
def test_the_migration_marks_a_database_by_what_it_holds(
    db, settings, monkeypatch, tables, people, demo, mode
):
    migration = import_module("clinic.accounts.migrations.0002_installation")
    settings.DEMO = demo
    if people:
        a_user()
    Installation.objects.all().delete()
    monkeypatch.setattr(connection.introspection, "table_names", lambda cursor: tables)

    migration.mark(apps, SimpleNamespace(connection=connection))

    assert Installation.objects.get().mode == mode


@pytest.mark.processes
def test_a_worker_of_a_crossed_database_ends_at_once(process_environment):
    Installation.objects.update_or_create(pk=1, defaults={"mode": "production", "since": NOW})
    command = [sys.executable, "-m", "celery", "-A", "clinic", "worker", "--pool", "solo"]

    done = subprocess.run(
        command, env=process_environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode != 0
    assert "one of production" in done.stderr
