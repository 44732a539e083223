"""PostgreSQL and Redis carried in wheels, for laptops, demonstrations and tests.

    engines.ensure(var)   both answer when this returns; this process counts as a user until it ends
    engines.release(var)  this process is no longer a user
    engines.urls(var)     where they answer, without starting anything

The last user to go stops them, whether it ends, crashes or is killed; `engine_supervisor` says
how.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from clinic.demo.engines import postgres, redis
from clinic.demo.engines.engine_folder import RUNNING, EngineError, EngineFolder, Urls, folder_of

__all__ = [
    "RUNNING",
    "EngineError",
    "Urls",
    "ensure",
    "postgres_pid",
    "release",
    "running",
    "urls",
    "using",
]

ROOT = Path(__file__).resolve().parents[3]
WAIT_TIMEOUT_S = 90.0  # seconds, for a start that another process has begun
uses: dict[Path, IO[str]] = {}  # the shared locks this process holds, by var folder


def urls(var: Path) -> Urls:
    """Where the engines of this `var` folder answer once they run."""
    return folder_of(var).urls


def ensure(var: Path) -> Urls:
    """Start the engines unless they run, and count this process as a user. Cheap when they run."""
    place = folder_of(var)
    if var not in uses:
        make_folders(place)
        users = place.users.open("a")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while engines are being stopped
        uses[var] = users
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while not accept(place):
        if time.monotonic() > deadline:
            raise EngineError(
                f"The embedded engines do not answer. Look into the logs in {place.base}."
            )
        if not start_supervisor(var, place):
            time.sleep(0.05)
    return place.urls


def release(var: Path, *, wait: bool = False) -> None:
    """Stop using the engines.

    With `wait`, return when they have stopped, which the last user may rely on.
    """
    users = uses.pop(var, None)
    if users is None:
        return
    users.close()
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while wait and running(var):
        if time.monotonic() > deadline:
            raise EngineError(
                f"The embedded engines in {folder_of(var).base} are still used by another process."
            )
        time.sleep(0.02)


@contextmanager
def using(var: Path) -> Iterator[Urls]:
    """The engines for a `with` block; they have stopped after it."""
    try:
        yield ensure(var)
    finally:
        release(var, wait=True)


def running(var: Path) -> bool:
    """Whether a supervisor is alive."""
    path = folder_of(var).supervisor
    if not path.exists():
        return False
    with path.open("a") as life:
        return not try_exclusive(life)


def postgres_pid(var: Path) -> int:
    """The process id of the running PostgreSQL server, for tests that kill it."""
    return int((postgres.data(folder_of(var)) / "postmaster.pid").read_text().split()[0])


def accept(place: EngineFolder) -> bool:
    return redis.accepts(place) and postgres.accepts(place)


def make_folders(place: EngineFolder) -> None:
    """Make our own folders with their permissions, whatever the umask; refuse somebody else's."""
    if not place.base.parent.exists():
        own_folder(place.base.parent, 0o755, os.geteuid())
    own_folder(place.base, 0o711, os.geteuid())
    for private in (postgres.folder(place), place.sockets):
        own_folder(private, 0o700, place.user.pw_uid)


def own_folder(path: Path, mode: int, owner: int) -> None:
    """Make a folder with this mode and owner, or refuse the one there if it is not the owner's.

    It appears with its owner at once: others who start at the same moment judge it by that.
    """
    if path.is_symlink() or path.exists():
        return refuse_what_is_not_ours(path, owner)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except PermissionError:
        raise EngineError(
            f"{path} cannot be made. Set VAR_DIR to a folder that you may write to."
        ) from None
    draft.chmod(mode)
    if owner != os.geteuid():
        os.chown(draft, owner, -1)
    try:
        draft.rename(path)
    except OSError:  # somebody else's is there, and in use already
        draft.rmdir()
        refuse_what_is_not_ours(path, owner)


def refuse_what_is_not_ours(path: Path, owner: int) -> None:
    """Refuse a folder that is a link or somebody else's."""
    status = path.lstat()
    if path.is_symlink() or status.st_uid != owner:
        raise EngineError(
            f"{path} belongs to user id {status.st_uid}, not {owner}. Run as the user who ran "
            "Blockwise first, or set VAR_DIR to a folder of your own."
        )


def try_exclusive(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start_supervisor(var: Path, place: EngineFolder) -> bool:
    """Start the supervisor and wait for its report; False when there is one already.

    The supervisor inherits the lock that we take here, so two starters cannot both succeed.
    """
    with place.supervisor.open("a") as life:
        if not try_exclusive(life):
            return False
        report, report_to = os.pipe()
        with (place.base / "supervisor.log").open("ab") as log:
            subprocess.run(  # which returns at once: the supervisor puts itself into the background
                [
                    sys.executable,
                    "-m",
                    "clinic.demo.engines.engine_supervisor",
                    str(var),
                    str(report_to),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[life.fileno(), report_to],
                start_new_session=True,
                check=False,
            )
        os.close(report_to)
        with os.fdopen(report) as answer:
            said = answer.read()
    if said != "ready":
        raise EngineError(
            said or f"The engines did not start. Look into {place.base / 'supervisor.log'}."
        )
    return True
