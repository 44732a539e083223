"""Several processes at once, forked from this one."""

import os
import traceback
from collections.abc import Callable

from django.db import connections


def together(act: Callable[[], object], many: int) -> None:
    """Run `act` in so many processes and wait for all of them.

    Not by multiprocessing: its children first tidy up after Celery, and then wait for each other on
    the broker's connection that they inherited.
    """
    connections.close_all()
    for ended in [os.waitpid(child, 0) for child in [fork(act) for _ in range(many)]]:
        if ended[1]:
            raise RuntimeError("A process of the measurement failed. Its own words stand above.")


def fork(act: Callable[[], object]) -> int:
    """The id of a child that does this and nothing else."""
    child = os.fork()
    if child:
        return child
    try:
        act()
    except BaseException:  # noqa: BLE001 (shown, and the parent hears of it)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
