"""Columns of a bulk statement, as PostgreSQL writes arrays: one text each, to be cast to its type.

A driver asks every element of a list for its type and its writing, which for hundreds of messages
costs more than the statement itself.
"""

import json
from collections.abc import Iterable


def column(values: Iterable[str | int | None]) -> str:
    """The values as one array; None is NULL.

    JSON writes numbers, null and texts as arrays do, except for what it has to escape.
    """
    listed = list(values)
    written = json.dumps(listed, ensure_ascii=False)
    if "\\" in written:
        written = f"[{','.join(map(_element, listed))}]"
    return f"{{{written[1:-1]}}}"


def _element(value: str | int | None) -> str:
    if not isinstance(value, str):
        return "NULL" if value is None else str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
