"""Empty databases for runs, copied from one that all migrations have built."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, quote, urlsplit

import psycopg
from django.db.migrations.loader import MigrationLoader

from clinic.demo import process_tree
from scheduling.locks import Lock

OURS = ("clinic", "reminders", "scheduling")


class CannotRun(Exception):
    """The environment could not be set up; the sentence says what to do."""


@contextmanager
def temporary_database(url: str, suffix: str) -> Iterator[str]:
    """An empty database beside the one of `url`, with today's tables; gone after the block."""
    parts = urlsplit(url)
    name = f"{parts.path.lstrip('/')}_{suffix}"
    try:
        with psycopg.connect(url, autocommit=True) as server:
            copied = template(server, parts)
            drop(server, name)
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copied}"')
    except psycopg.Error as error:
        raise CannotRun(f"No database for the run can be made: {error}") from None
    try:
        yield join_url(parts._replace(path=f"/{quote(name)}"))
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            drop(server, name)


def template(server: psycopg.Connection, parts: SplitResult) -> str:
    """The name of the database that today's migrations have built; built once, by one of us."""
    stem = f"{parts.path.lstrip('/')}_template_"
    name = stem + digest()
    server.execute("SELECT pg_advisory_lock(%s)", [Lock.TEMPLATE.value])
    try:
        known = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        there = {row[0] for row in server.execute(known, [stem])}
        for old in there - {name}:
            drop(server, old)
        if name not in there:
            build(server, parts, f"{stem}draft", name)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [Lock.TEMPLATE.value])
    return name


def build(server: psycopg.Connection, parts: SplitResult, draft: str, name: str) -> None:
    """Migrate a draft, and name it once it is whole."""
    server.execute(f'CREATE DATABASE "{draft}"')
    draft_url = join_url(parts._replace(path=f"/{quote(draft)}"))
    subprocess.run(
        [sys.executable, str(process_tree.ROOT / "manage.py"), "migrate", "--verbosity", "0"],
        env=os.environ | {"DATABASE_URL": draft_url, **redis_if_unset()},
        cwd=process_tree.ROOT,
        check=True,
    )
    server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def redis_if_unset() -> dict[str, str]:
    """Both addresses are named or none; the one that is unset is the embedded one."""
    from clinic.env import env

    return {"REDIS_URL": env.redis_url, "DEMO": "1"}


def drop(server: psycopg.Connection, name: str) -> None:
    server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def digest() -> str:
    """A digest of the names of all migrations and of the content of ours."""
    migrations = MigrationLoader(None).disk_migrations
    content = hashlib.sha256(repr(sorted(migrations)).encode())
    for path in sorted(process_tree.ROOT.glob("*/**/migrations/*.py")):
        if path.relative_to(process_tree.ROOT).parts[0] in OURS:
            content.update(path.read_bytes())
    return content.hexdigest()[:12]


def join_url(parts: SplitResult) -> str:
    """Put a URL together again; unlike the library's way, two slashes stay without a host."""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"
