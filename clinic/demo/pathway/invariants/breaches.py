"""What a check of an invariant yields, and how it tries what the database must refuse."""

from collections.abc import Callable, Iterator

from django.db import DatabaseError, transaction

Breach = Iterator[str]  # a sentence for each


def changeable(attempt: Callable[[], object]) -> bool:
    """Whether the database lets this happen; it is taken back in any case."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True
