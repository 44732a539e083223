"""What a pathway runs in: database, Redis number, ports and processes of its own."""

import fcntl
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.core.management.base import CommandError

from clinic.demo import ports, process_tree, supervisor
from clinic.demo.pathway import databases
from clinic.demo.pathway.databases import CannotRun, join_url
from clinic.env import Env, env

HOST = "127.0.0.1"
NUMBERS = range(15, 10, -1)  # Redis numbers that runs may use; usually 0 to 15 exist
MARK = "BLOCKWISE_PATHWAY"


def run(command: list[str]) -> None:
    """Run a command in an empty environment; exit with its status when it fails."""
    try:
        with empty(env) as environment:
            status = run_scenario(environment, [*command, "--in-environment"])
    except CannotRun as fault:
        raise CommandError(str(fault)) from None
    if status:
        sys.exit(status)


@contextmanager
def empty(env: Env) -> Iterator[dict[str, str]]:
    """An empty environment beside the one of `env`; torn down after the block."""
    with ExitStack() as stack:
        number, folder = stack.enter_context(slot(env.var_dir))
        database = stack.enter_context(
            databases.temporary_database(env.database_url, f"pathway_{number}")
        )
        numbers = redis_number(env.redis_url, number)
        port = free_ports()
        yield {
            **without_addresses(os.environ),
            "DEMO": "1",
            "DATABASE_URL": database,
            "REDIS_URL": numbers,
            "VAR_DIR": str(folder),
            "PORT": str(port),
            "SITE_URL": f"http://localhost:{port}",
            "LOG_FORMAT": "console",
        }


def without_addresses(environment: Mapping[str, str]) -> dict[str, str]:
    """The same without carriers: a run has its own."""
    dropped = ("EMAIL_URL", "SMS_URL", "ALLOWED_HOSTS", "SECRET_KEY")
    return {name: value for name, value in environment.items() if name not in dropped}


@contextmanager
def slot(var: Path) -> Iterator[tuple[int, Path]]:
    """A number and a folder that no other run uses now."""
    for number in NUMBERS:
        folder = var / f"pathway-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number, folder
            return
    raise CannotRun(f"{len(NUMBERS)} of them run already; wait for one to end.")


def redis_number(url: str, number: int) -> str:
    """The same Redis at another number, emptied."""
    parts = urlsplit(url)
    unix = parts.scheme == "unix"
    own = parts._replace(query=f"db={number}") if unix else parts._replace(path=f"/{number}")
    with redis.Redis.from_url(join_url(own)) as client:
        client.flushdb()
    return join_url(own)


def free_ports() -> int:
    """The first of three free ports in a row."""
    for _ in range(100):
        port = random.randrange(20_000, 60_000, 10)  # noqa: S311 - no secret
        if all(ports.is_free(HOST, port + step) for step in range(3)):
            return port
    raise CannotRun("No three free ports in a row were found.")


def run_scenario(environment: Mapping[str, str], command: list[str]) -> int:
    """Run the command in that environment and return its exit status; Ctrl-C ends it with us."""
    own = dict(environment) | {MARK: f"{environment['VAR_DIR']}:{os.getpid()}:"}
    scenario = [sys.executable, str(process_tree.ROOT / "manage.py"), *command]
    with process_tree.watchdog(f"{MARK}={own[MARK]}"):
        process = subprocess.Popen(
            scenario, env=own, cwd=process_tree.ROOT, preexec_fn=process_tree.tied(signal.SIGTERM)
        )
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()


@contextmanager
def running_processes(env: Env) -> Iterator[Path]:
    """Web, worker and sandbox of the present environment; yields where they write their log.

    No beat: the time machine calls its tasks, by the demonstration's clock.
    """
    log = env.var_dir / "processes.log"
    with log.open("wb") as lines:
        children = [
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                cwd=process_tree.ROOT,
                preexec_fn=process_tree.tied(signal.SIGTERM),
            )
            for name, command in supervisor.commands(env, HOST).items()
            if name != "beat"
        ]
        try:
            yield log
        finally:
            process_tree.end([child.pid for child in children])
            for child in children:
                child.wait()
