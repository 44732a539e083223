"""Checks of the PostgreSQL server we were given; `migrate` and `check --database` run them."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

OLDEST_POSTGRES = 150000  # as PostgreSQL numbers itself; 15 is what Debian 12 carries


def install() -> None:
    register(postgres_fits, Tags.database)


def postgres_fits(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The server is new enough, stores text as UTF-8, and does not lose what it has confirmed."""
    return [problem for name in databases or [] for problem in examine(name)]


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
