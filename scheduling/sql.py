"""Named statements: SQL that stands in a `.sql` file beside the module that runs it."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection


@lru_cache(maxsize=64)
def statement(module: str, name: str) -> str:
    """The text of `name`.sql beside a module, whose `__file__` is given; read once a process."""
    return Path(module).with_name(f"{name}.sql").read_text(encoding="utf-8")


def run_for_rows(
    module: str, name: str, rows: Sequence[dict[str, Any]], **values: Any
) -> list[tuple[Any, ...]]:
    """Run a named statement once for all of `rows`, which it reads from the parameter `rows`.

    They travel as one JSON document: the driver would ask each element of a list for its type.
    Returns what the statement returns; without rows nothing is run.
    """
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement(module, name), {"rows": json.dumps(rows, default=str), **values})
        return list(cursor.fetchall()) if cursor.description else []
