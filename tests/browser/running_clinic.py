"""The whole site as a person starts it: `manage.py up` on ports and data of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from clinic.demo import ports
from clinic.demo.engines.engine_folder import folder_of

ROOT = Path(__file__).resolve().parents[2]
READY = "Blockwise runs: "
START_TIMEOUT_S = 120  # seconds; a first start runs all migrations and collects all static files
NUMBER = 10  # of Redis; above it are those of `manage.py pathway`, below it the tests'
OURS = ("VAR_DIR", "BLOCKWISE_TEST_ENGINES", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


class RunningClinic:
    """A running site: its address, and all it has said so far."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.url = f"http://localhost:{environment['PORT']}"
        self.lines: list[str] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith(READY):
                self._ready.set()
        self._ready.set()  # it ended: nobody need wait any longer

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def login(self, role: str) -> tuple[str, str]:
        """User name and password of the demo clinic's first person of this role, as printed."""
        password = re.search(r"with the password (\S+)", self.said)
        assert password, f"No logins were printed:\n{self.said}"
        return role, password[1]

    def wait(self) -> None:
        """Return when it serves pages; fail with what it said if it ended or takes too long."""
        if not self._ready.wait(START_TIMEOUT_S) or READY not in self.said:
            self.stop()
            raise AssertionError(f"The site did not start:\n{self.said}")

    def stop(self) -> None:
        """One Ctrl-C, as at a terminal; a site that ignores it is killed, which is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join()
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def running(var: Path) -> Iterator[RunningClinic]:
    """A site for a `with` block, from nothing."""
    for left_over in (var, folder_of(var).base):
        shutil.rmtree(left_over, ignore_errors=True)
    with engines() as named:
        ours = {name: value for name, value in os.environ.items() if name not in OURS}
        port = str(free_ports(8300))
        site = RunningClinic(ours | named | {"DEMO": "1", "VAR_DIR": str(var), "PORT": port})
        try:
            site.wait()
            yield site
        finally:
            site.stop()


def free_ports(first: int) -> int:
    """Three neighbours that nobody listens on: pages, carrier, mail server."""
    for port in range(first, 60000, 100):
        if all(ports.is_free("127.0.0.1", port + offset) for offset in range(3)):
            return port
    raise AssertionError("There are no three free ports in a row on this machine.")


@contextmanager
def engines() -> Iterator[dict[str, str]]:
    """The addresses of servers for the site; none where it brings its own.

    If the session was given servers, the site gets a database and a Redis number of its own there,
    and leaves nothing behind.
    """
    if os.environ.get("BLOCKWISE_TEST_ENGINES") or not os.environ.get("DATABASE_URL"):
        yield {}
        return
    server, name = urlsplit(os.environ["DATABASE_URL"]), "blockwise_browser"
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as admin:
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        admin.execute(drop)
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        try:
            database = server._replace(path=f"/{name}")
            redis = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{NUMBER}")
            yield {"DATABASE_URL": database.geturl(), "REDIS_URL": redis.geturl()}
        finally:
            admin.execute(drop)
