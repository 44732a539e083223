"""Tables whose rows are kept for good, and their rows as text, in an order that never changes.

What is kept follows from what the running role may do with a table: add and read, nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import IntegerField, Model
from psycopg.sql import SQL, Composed, Identifier

from clinic import database_roles
from clinic.accounts.hash_chain import Row

CHUNK = 2000  # rows in memory
KEPT = {"SELECT", "INSERT"}
# How PostgreSQL writes values as text depends on these settings of a connection.
AS_TEXT = """
SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
    set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true)
"""
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s
"""
Progress = Callable[[str, int], object]  # told the table, and how many of its rows were read


@dataclass(frozen=True)
class KeptTable:
    """A table to which rows are only added, and the column that grows with them."""

    name: str
    key: str
    columns: tuple[str, ...]  # the primary key first: the order of rows with one key


def quiet(table: str, rows: int) -> None:
    """Nobody watches the progress."""


@cache
def kept_tables() -> tuple[KeptTable, ...]:
    """By their names, derived from the models."""
    rights = database_roles.needed()
    models = apps.get_models(include_auto_created=True)
    kept = [_kept(model) for model in models if rights[model._meta.db_table] == KEPT]
    return tuple(sorted(kept, key=lambda table: table.name))


def _kept(model: type[Model]) -> KeptTable:
    """Rows are ordered by a numbered primary key; contexts, which have none, by their time."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    first = fields.pop(model._meta.pk.name)
    key = first if isinstance(first, IntegerField) else fields["created_at"]
    columns = tuple(str(field.column) for field in (first, *fields.values()))
    return KeptTable(model._meta.db_table, str(key.column), columns)


def highest_key(table: KeptTable) -> str | None:
    """The highest key that is there; None if the table is empty."""
    query = SQL("SELECT max({})::text FROM {}")
    with connection.cursor() as cursor:
        cursor.execute(query.format(Identifier(table.key), Identifier(table.name)))
        highest: str | None = cursor.fetchone()[0]
    return highest


@contextmanager
def read(
    table: KeptTable, after: str | None, upto: str, progress: Progress
) -> Iterator[Iterator[Row]]:
    """The rows with keys above `after`, up to and with `upto`, a chunk at a time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(AS_TEXT)
        with connection.chunked_cursor() as cursor:
            cursor.execute(_query(table, after), [upto] if after is None else [upto, after])
            yield _streamed(cursor, table.name, progress)


def gone(table: KeptTable) -> str:
    """What a migration has dropped of it, the table or columns; empty if nothing."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table.name])
        there = {name for (name,) in cursor.fetchall()}
    lost = sorted({table.key, *table.columns} - there)
    return ", ".join(lost) if there else "the table"


def _query(table: KeptTable, after: str | None) -> Composed:
    query = SQL("SELECT {columns} FROM {table} WHERE {key} <= %s{above} ORDER BY {key}, {first}")
    key = Identifier(table.key)
    return query.format(
        columns=SQL(", ").join(SQL("{}::text").format(Identifier(c)) for c in table.columns),
        table=Identifier(table.name),
        key=key,
        above=SQL("") if after is None else SQL(" AND {} > %s").format(key),
        first=Identifier(table.columns[0]),
    )


def _streamed(cursor: Any, table: str, progress: Progress) -> Iterator[Row]:
    seen = 0
    while chunk := cursor.fetchmany(CHUNK):
        seen += len(chunk)
        progress(table, seen)
        yield from chunk
