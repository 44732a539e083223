"""Named statements: SQL that stands in a `.sql` file beside the module that runs it."""

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=64)
def statement(module: str, name: str) -> str:
    """The text of `name`.sql beside a module, whose `__file__` is given; read once a process."""
    return Path(module).with_name(f"{name}.sql").read_text(encoding="utf-8")
