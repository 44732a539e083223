"""Real Celery workers for a measurement; started and stopped by their own ids."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic.celery import app as clinic_app

CHILDREN = 2


@contextmanager
def workers(app: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A prefork worker with two children, ready for work."""
    clinic_app.control.purge()
    # Celery advises against root because of pickled tasks; ours are JSON and carry nothing.
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser", "-m"]
    command = [*python, "celery", "--quiet", "-A", app, "worker", "--concurrency", str(CHILDREN)]
    quiet = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = subprocess.Popen([*command, *quiet], env=os.environ | environment)
    try:
        wait_until_ready(process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    for _ in range(60):
        if clinic_app.control.ping(timeout=1.0):
            return
        if process.poll() is not None:
            break
    raise RuntimeError("The bench's Celery worker does not answer. Its own words stand above.")


def wait_until_idle() -> None:
    """Until no worker has a task in hand: one that looks for more would meet a table's lock."""
    while any((clinic_app.control.inspect(limit=1).active() or {}).values()):
        pass  # asking takes its time


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident bytes of the worker and its children."""
    return sum(resident(pid) for pid in (process.pid, *children(process.pid)))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
