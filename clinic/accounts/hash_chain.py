"""What a digest of kept rows is computed from: values to bytes to SHA-256, and each to the last.

Everything that a digest depends on stands here, so that somebody else can compute it too.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

Row = Sequence[str | None]  # the columns as PostgreSQL writes them as text, in UTC
GENESIS = "0" * 64  # what stands before the first


def encoded(row: Row) -> bytes:
    """One row as bytes that no other row has: each value with its length in front, null without.

    A netstring for each value (D. J. Bernstein), `-` for null, and the number of columns first.
    """
    return b"".join([b"%d:" % len(row), *map(_value, row)])


def _value(text: str | None) -> bytes:
    if text is None:
        return b"-,"
    written = text.encode()
    return b"%d:%s," % (len(written), written)


def of_rows(rows: Iterable[Row]) -> tuple[int, str]:
    """How many rows there are, and their SHA-256 in this order; holds one row at a time."""
    found, count = hashlib.sha256(), 0
    for row in rows:
        found.update(encoded(row))
        count += 1
    return count, found.hexdigest()


def linked(*, number: int, at: datetime, previous: str, covered: Any, seen: Any) -> str:
    """The digest of one link: of all that it says, and of the digest before it."""
    said = [str(number), at.astimezone(UTC).isoformat(), previous, _json(covered), _json(seen)]
    return hashlib.sha256(encoded(said)).hexdigest()


def _json(value: Any) -> str:
    """The same text for equal values, whatever their order in memory."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
