"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float = 30.0) -> Found:
    """Look again and again until there is something to see; return it, or fail after a while."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds} s in vain for {look}.")
        time.sleep(0.02)
    return found
