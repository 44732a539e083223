"""The two roles of PostgreSQL: the owner of the tables, and the role that runs Blockwise.

The owner migrates. The running role, which web processes and workers use, owns nothing and may do
with each table what its work needs: rows of ordinary tables are read, added, changed and removed;
rows that are kept are read and added. What is kept is derived from the models, never listed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg.sql import Identifier

Rights = frozenset[str]
POSSIBLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
ALL_WORK: Rights = frozenset(POSSIBLE[:4])
CHANGES: Rights = frozenset({"UPDATE", "DELETE"})
READING: Rights = frozenset({"SELECT"})  # of tables without a model, such as django_migrations
SHOWN = 3  # of a longer list, in a warning
SCHEMA = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
HELD = f"""
SELECT relname, ARRAY(
    SELECT possible FROM unnest(%(possible)s::text[]) AS possible
    WHERE has_table_privilege(%(role)s::name, pg_class.oid, possible)
)
FROM pg_class
WHERE relnamespace = {SCHEMA} AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
    SELECT FROM pg_depend  -- of an extension
    WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
)
ORDER BY relname
"""  # noqa: S608
STANDING = f"""
SELECT rolsuper, rolcreaterole, EXISTS (
    SELECT FROM (
        SELECT relowner FROM pg_class WHERE relnamespace = {SCHEMA}
        UNION SELECT proowner FROM pg_proc WHERE pronamespace = {SCHEMA}
        UNION SELECT nspowner FROM pg_namespace WHERE oid = {SCHEMA}
        UNION SELECT datdba FROM pg_database WHERE datname = current_database()
    ) AS owners (owner) WHERE pg_has_role(pg_roles.oid, owner, 'MEMBER')
)
FROM pg_roles WHERE rolname = %s
"""  # noqa: S608
CREATES = """
SELECT has_schema_privilege(%(role)s::name, current_schema(), 'CREATE'),
    has_database_privilege(%(role)s::name, current_database(), 'CREATE'),
    has_database_privilege(%(role)s::name, current_database(), 'TEMPORARY')
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner during the block, where DATABASE_OWNER_URL names one.

    Options that it does not say, such as `sslmode`, are those of DATABASE_URL.
    """
    running, owner = connection.settings_dict, settings.DATABASE_OWNER
    if owner:
        connection.close()
        options = running["OPTIONS"] | owner["OPTIONS"]
        connection.settings_dict = running | owner | {"OPTIONS": options}
    try:
        yield
    finally:
        if owner:
            connection.close()
            connection.settings_dict = running


def is_owner() -> bool:
    """Whether this is such a block."""
    owner = settings.DATABASE_OWNER
    return bool(owner) and connection.settings_dict["USER"] == owner["USER"]


def needed() -> dict[str, Rights]:
    """The rights that the running role needs, by table.

    Kept is all history with its context, and what a trigger protects whatever the row.
    """
    from pghistory.models import Context, Event

    refused, rights = _protected(), {}
    for model in apps.get_models(include_auto_created=True):
        table, is_history = model._meta.db_table, issubclass(model, (Context, Event))
        rights[table] = ALL_WORK - (CHANGES if is_history else refused[table])
    return rights


def _protected() -> dict[str, set[str]]:
    """What triggers refuse whatever the row, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    for model, trigger in pgtrigger.registered():
        if isinstance(trigger, pgtrigger.Protect) and trigger.condition is None:
            found[model._meta.db_table] |= {str(each) for each in trigger.operation or ()}
    return found


def objections(role: str) -> list[str]:
    """Why this role cannot be the running one, whatever it is granted; empty if it can."""
    found = _ask(STANDING, [role])
    if not found:
        return ["there is no such role"]
    superuser, makes_roles, owns = found[0]
    if superuser:
        return ["it is a superuser"]
    reasons = ["it may create roles, and so become another"] if makes_roles else []
    return reasons + (["it owns Blockwise's tables, or may become their owner"] if owns else [])


def surplus(role: str) -> list[str]:
    """What this role may do beyond its work, such as "UPDATE in pghistory_context"."""
    schema, database, temporary = _ask(CREATES, {"role": role})[0]
    creates = {
        "create tables": schema,
        "create schemas": database,
        "create temporary tables": temporary,
    }
    found = [what for what, may in creates.items() if may]
    return found + [
        _in(table, held - wanted) for table, held, wanted in _tables(role) if held - wanted
    ]


def lacking(role: str) -> list[str]:
    """What this role needs and may not do, such as "INSERT in reminders_page"."""
    return [_in(table, wanted - held) for table, held, wanted in _tables(role) if wanted - held]


@transaction.atomic
def apply(role: str) -> list[str]:
    """Give this role its rights on the tables that there are, and no others; tell what it may now.

    To be run by the owner. What nobody granted to it by name but to everybody is taken too.
    """
    groups: dict[Rights, list[str]] = defaultdict(list)
    for table, _, wanted in _tables(role):
        groups[wanted].append(table)
    with connection.cursor() as cursor:
        for statement in _statements(role, groups):
            cursor.execute(statement)
    return [_told(role, rights, groups[rights]) for rights in sorted(groups, key=len)]


def first_of(found: list[str]) -> str:
    """A list in one line, of which only the beginning is told if it is long."""
    more = len(found) - SHOWN
    return "; ".join(found[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _statements(role: str, groups: dict[Rights, list[str]]) -> Iterator[str]:
    """Take everything, then give what is needed."""
    schema, database = map(_quoted, _ask("SELECT current_schema(), current_database()")[0])
    all_tables = [table for tables in groups.values() for table in tables]
    whom = f"PUBLIC, {_quoted(role)}"
    yield f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM {whom}"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM {whom}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {whom}"
    yield f"REVOKE ALL ON TABLE {', '.join(map(_quoted, all_tables))} FROM {whom}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {_quoted(role)}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {_quoted(role)}"
    for rights, tables in groups.items():
        names = ", ".join(map(_quoted, tables))
        yield f"GRANT {_words(rights)} ON TABLE {names} TO {_quoted(role)}"


def _tables(role: str) -> Iterator[tuple[str, Rights, Rights]]:
    """Each table that there is, with the rights that the role has and those that it needs."""
    wanted = needed()
    for table, held in _ask(HELD, {"role": role, "possible": list(POSSIBLE)}):
        yield table, frozenset(held), wanted.get(table, READING)


def _told(role: str, rights: Rights, tables: list[str]) -> str:
    where = f"{len(tables)} tables" if rights == ALL_WORK else ", ".join(tables)
    return f"{role} may {_words(rights)} in {where}"


def _in(table: str, rights: Rights) -> str:
    return f"{_words(rights)} in {table}"


def _words(rights: Iterable[str]) -> str:
    return ", ".join(sorted(rights, key=POSSIBLE.index))


def _quoted(name: str) -> str:
    return Identifier(name).as_string()


def _ask(query: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
