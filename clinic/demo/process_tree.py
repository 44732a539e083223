"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
# Linux has it; elsewhere what is left over is swept at the next start.
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
PROC = Path("/proc")
END_TIMEOUT_S = 10.0  # seconds between asking a process to end and ending it


def tied(last_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the new process ends with the one that starts it.

    The kernel sends `last_signal` when the parent is gone, even by kill -9.
    """
    parent = os.getpid()
    return lambda: tie(parent, last_signal)


def tie(parent: int, last_signal: signal.Signals) -> None:
    """Have the kernel send `last_signal` to this process when its parent is gone."""
    if PRCTL is None:
        return
    PRCTL(PR_SET_PDEATHSIG, last_signal)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), last_signal)


@contextmanager
def watchdog(mark: str) -> Iterator[None]:
    """Start a process that ends everything with `mark` if this one is killed in the block."""
    command = [sys.executable, "-m", "clinic.demo.process_tree", mark]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True):
        yield


def watch(mark: str) -> None:
    """Wait until the other end of standard input is gone, then end what carries `mark`."""
    sys.stdin.buffer.read()
    end(marked(mark))


def marked(mark: str) -> list[int]:
    """Ids of other processes that have something beginning with `mark` in their environment."""
    wanted = mark.encode()
    return [
        int(folder.name)
        for folder in PROC.glob("[0-9]*")
        if int(folder.name) != os.getpid()
        and any(entry.startswith(wanted) for entry in environment(folder).split(b"\0"))
    ]


def environment(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return b""


def end(pids: Iterable[int], timeout_s: float = END_TIMEOUT_S) -> None:
    """Ask processes to end, wait for them, and kill those that do not."""
    left = send(pids, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
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
    """The kernel's letter for a process, or nothing when it is gone; `Z` is dead, not collected."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


if __name__ == "__main__":
    watch(sys.argv[1])
