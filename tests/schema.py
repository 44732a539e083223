"""Test databases, each a copy of one template.

Running all migrations takes seconds, copying a database takes a moment. The template is made once
for each state of the migrations, kept beside the test databases, and found by a digest in its name.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "blockwise_schema_"
PACKAGES = ("clinic", "reminders", "scheduling")
ONE_AT_A_TIME = 7_436_201  # an advisory lock: workers must not build the same template twice


def digest() -> str:
    """Changes whenever the migrations, or what runs after them, change."""
    found = hashlib.sha256()
    for path in sorted(sources()):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def sources() -> Iterator[Path]:
    """The files that decide what the tables look like, those of libraries by their versions."""
    yield ROOT / "requirements.lock"
    for package in PACKAGES:
        yield from (ROOT / package).rglob("migrations/*.py")
        yield from (ROOT / package).rglob("apps.py")


def create(name: str) -> None:
    """Make the database `name` anew, with the whole schema, and turn Django's connection to it."""
    template = PREFIX + digest()
    with maintenance() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        if not exists(server, template):
            build(server, template)
        drop(server, name)
        server.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        )
    point_at(name)


def remove(name: str) -> None:
    connection.close()
    with maintenance() as server:
        drop(server, name)


def build(server: psycopg.Connection, template: str) -> None:
    """Run all migrations into a draft; only a complete one gets the template's name."""
    for old in server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"]
    ):
        drop(server, old[0])
    draft = f"{template}_draft"
    server.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(draft)))
    point_at(draft)
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    server.execute(
        SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(draft), Identifier(template))
    )


def point_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


@contextmanager
def maintenance() -> Iterator[psycopg.Connection]:
    """A connection to the server's own database, which is never copied."""
    wanted = connection.settings_dict
    server = psycopg.connect(
        host=wanted["HOST"] or None,
        port=wanted["PORT"] or None,
        user=wanted["USER"] or None,
        password=wanted["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )
    with server:
        yield server


def exists(server: psycopg.Connection, name: str) -> bool:
    return bool(server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def drop(server: psycopg.Connection, name: str) -> None:
    server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
