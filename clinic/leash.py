"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PROC = Path("/proc")
PATIENCE = 10.0  # seconds between asking a process to end and ending it


def tied(last_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`:

    the kernel sends `last_signal` when the starting thread's process is gone, even by kill -9.
    """
    prctl = getattr(
        ctypes.CDLL(None), "prctl", None
    )  # Linux has it; elsewhere leftovers are swept at the next start
    parent = os.getpid()

    def tie() -> None:
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, last_signal)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), last_signal)

    return tie


def marked(mark: str) -> list[int]:
    """Ids of other processes that carry `mark` (`NAME=value`) in their environment."""
    wanted = mark.encode()
    return [
        int(folder.name)
        for folder in PROC.glob("[0-9]*")
        if int(folder.name) != os.getpid() and wanted in environment(folder).split(b"\0")
    ]


def environment(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return b""


def end(pids: Iterable[int], patience: float = PATIENCE) -> None:
    """Ask processes to end, wait for them, and kill those that do not."""
    left = send(pids, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = send(left, 0)
    send(left, signal.SIGKILL)


def send(pids: Iterable[int], number: int) -> list[int]:
    """Signal each process; return those that were still there."""
    there = []
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        if state(pid) != "Z":
            there.append(pid)
    return there


def state(pid: int) -> str:
    """The kernel's letter for a process (`Z`:

    dead, not yet collected), or nothing when it is gone.
    """
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
