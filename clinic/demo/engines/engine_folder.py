"""Where the embedded engines live: their folder, their sockets, and the user who runs them.

Everything here is computed from `var/` and from permissions as they are; nothing is created or
changed. PostgreSQL refuses to run as root, so root runs both engines as an unprivileged user. When
that user cannot enter `var/` (a checkout under a private home folder), the engines live in
/var/lib/blockwise-<hash> instead: permissions outside Blockwise's own folders are never touched.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

NAME = "blockwise"
RUNNING = "blockwise_running"  # the role of a demonstration's web processes and workers
# PostgreSQL's socket is <folder>/.s.PGSQL.5432; the whole path must fit into 107 bytes.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
UNPRIVILEGED = ("postgres", "nobody")


class EngineError(Exception):
    """An embedded engine cannot run here; the message says why and how to mend it."""


@dataclass(frozen=True)
class Urls:
    """How to reach the two engines."""

    database_url: str  # as the owner of the tables
    redis_url: str
    running_url: str  # the same database as the role that owns nothing


@dataclass(frozen=True)
class EngineFolder:
    """Folders of one pair of engines. `user` owns the data and runs the programs."""

    base: Path
    sockets: Path
    user: pwd.struct_passwd

    @property
    def urls(self) -> Urls:
        database = f"/{NAME}?host={quote(str(self.sockets))}"
        return Urls(
            database_url=f"postgres://{NAME}@{database}",
            redis_url=f"unix://{quote(str(self.sockets / 'redis.sock'))}?db=0",
            running_url=f"postgres://{RUNNING}@{database}",
        )

    @property
    def users(self) -> Path:
        """Everybody who uses the engines holds a shared lock on this file."""
        return self.base / "users.lock"

    @property
    def supervisor(self) -> Path:
        """The supervisor of the engines holds this file locked as long as it lives."""
        return self.base / "supervisor.lock"

    @property
    def owner(self) -> str:
        """The name of the person who starts the engines and may connect to them."""
        return account(os.geteuid()).pw_name

    @property
    def as_user(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as `user`, in a folder open to everybody."""
        options: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C"}}
        if os.geteuid() == self.user.pw_uid:
            return options
        return options | {
            "user": self.user.pw_uid,
            "group": self.user.pw_gid,
            "extra_groups": [],
        }


def folder_of(var: Path) -> EngineFolder:
    """The folder of the engines that belong to this `var` folder."""
    var = var.resolve()
    user = engine_user()
    base = var / "engines"
    if os.geteuid() == 0 and not can_enter(user, var):
        base = Path("/var/lib") / f"{NAME}-{digest(var)}"
    sockets = base / "sockets"
    if len(bytes(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path("/tmp") / f"{NAME}-{os.geteuid()}-{digest(var)}"  # noqa: S108 - owner checked
    return EngineFolder(base, sockets, user)


def engine_user() -> pwd.struct_passwd:
    """Ourselves, or somebody without rights when we are root."""
    if os.geteuid() != 0:
        return account(os.geteuid())
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name]
    raise EngineError(
        "PostgreSQL refuses to run as root, and this machine has no user named "
        f"{' or '.join(UNPRIVILEGED)}. Run Blockwise as an ordinary user, "
        "or set DATABASE_URL and REDIS_URL."
    )


def account(number: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(number)
    except KeyError:
        raise EngineError(
            f"User id {number} has no name on this machine, which PostgreSQL needs. "
            "Run Blockwise as a user of /etc/passwd, or set DATABASE_URL and REDIS_URL."
        ) from None


def can_enter(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether `user` may pass through `folder` and all above it.

    What does not exist yet will be made by us, and open.
    """
    return all(allows(user, path, 1) for path in (folder, *folder.parents) if path.exists())


def can_run(user: pwd.struct_passwd, program: Path) -> bool:
    """Whether `user` may run this program where it lies."""
    return can_enter(user, program.parent) and allows(user, program, 5)


def allows(user: pwd.struct_passwd, path: Path, bits: int) -> bool:
    """Whether the permission bits (r 4, w 2, x 1) that count for `user` are all set."""
    status = path.stat()
    if status.st_uid == user.pw_uid:
        bits <<= 6
    elif status.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        bits <<= 3
    return stat.S_IMODE(status.st_mode) & bits == bits


def digest(path: Path) -> str:
    return hashlib.sha256(bytes(path)).hexdigest()[:12]
