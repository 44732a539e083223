"""Checks of the PostgreSQL server and role we were given: by `migrate`, `check --database`, and at
the start of a web process or a worker.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import ProgrammingError, connection, connections

from clinic import database_roles

OLDEST_POSTGRES = 150000  # as PostgreSQL numbers itself; 15 is what Debian 12 carries


def install() -> None:
    register(postgres_fits, Tags.database)
    register(modes_agree, Tags.database)
    register(role_fits, Tags.database)


def postgres_fits(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The server is new enough, stores text as UTF-8, and does not lose what it has confirmed."""
    return [problem for name in databases or [] for problem in examine(name)]


def modes_agree(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A database of real patients is opened by production alone, one of made-up ones by demos."""
    return [crossed(mode) for name in databases or [] if (mode := other_mode(name))]


def other_mode(name: str) -> str:
    """What the database is for, if we are for something else; empty where it fits or is new."""
    tables = connections[name].introspection.table_names()
    if "accounts_installation" in tables:
        ask = "SELECT mode FROM accounts_installation"
    elif "accounts_user" in tables and "sandbox_journey" not in tables:
        # Of a version without the mark: staff without a sandbox are real.
        ask = "SELECT 'production' FROM accounts_user LIMIT 1"
    else:
        return ""
    try:
        with connections[name].cursor() as cursor:
            cursor.execute(ask)
            found = cursor.fetchone()
    except ProgrammingError:
        return ""  # what we may not read; `role_fits` tells it
    ours = "demo" if settings.DEMO else "production"
    return found[0] if found and found[0] != ours else ""


def crossed(mode: str) -> Error:
    return Error(
        f"This database is one of {'a demonstration' if mode == 'demo' else 'production'}, and "
        f"this is {'production' if mode == 'demo' else 'demo mode'}.",
        hint="Name another database in DATABASE_URL, or set DEMO to what this one is for.",
        id="clinic.E003",
    )


def examine(name: str) -> list[CheckMessage]:
    with connections[name].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
            " current_setting('fsync'), current_setting('synchronous_commit')"
        )
        version, encoding, fsync, commit = cursor.fetchone()
    problems: list[CheckMessage] = []
    if version < OLDEST_POSTGRES:
        problems.append(too_old(version))
    if encoding != "UTF8":
        problems.append(not_unicode(encoding))
    if "off" in (fsync, commit):
        problems.append(forgetful(fsync, commit))
    return problems


def too_old(version: int) -> Error:
    return Error(
        f"PostgreSQL {version // 10000} is too old.",
        hint="Name a server of version 15 or newer in DATABASE_URL.",
        id="clinic.E001",
    )


def not_unicode(encoding: str) -> Error:
    return Error(
        f"The database is encoded as {encoding}, which cannot hold every patient's name.",
        hint="Create it with: createdb --encoding=UTF8 --template=template0",
        id="clinic.E002",
    )


def forgetful(fsync: str, commit: str) -> Warning:
    return Warning(
        f"The database may forget what it confirmed (fsync {fsync}, synchronous_commit {commit}).",
        hint="Turn both on: a booking or a signature that is lost is not noticed.",
        id="clinic.W001",
    )


def role_fits(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """In production the role that runs Blockwise may do what its work needs, and no more."""
    asked = "default" in (databases or []) and not settings.DEMO
    return examine_role() if asked and not database_roles.is_owner() else []


def examine_role() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    if reasons := database_roles.objections(role):
        return [too_strong(role, reasons)]
    found = {too_strong: database_roles.surplus(role), too_weak: database_roles.lacking(role)}
    return [problem(role, rights) for problem, rights in found.items() if rights]


def too_strong(role: str, found: list[str]) -> Warning:
    return Warning(
        f"The role {role} could change rows that are kept for good, or their tables: "
        f"{database_roles.first_of(found)}.",
        hint="Run Blockwise as a role that owns nothing, and as the owner, after each migrate: "
        "manage.py database_roles --running NAME (README.md, Run it for real).",
        id="clinic.W002",
    )


def too_weak(role: str, found: list[str]) -> Warning:
    return Warning(
        f"The role {role} lacks rights that Blockwise needs: {database_roles.first_of(found)}.",
        hint=f"Run as the owner, after each migrate: manage.py database_roles --running {role}",
        id="clinic.W003",
    )
