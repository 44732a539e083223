"""The processes of Blockwise in one terminal: they start together and end together."""

import fcntl
import multiprocessing
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from honcho.manager import Manager
from honcho.process import Popen, Process

from clinic.demo import engines, process_tree
from clinic.env import Env

ROOT = Path(__file__).resolve().parents[2]
MARK = "BLOCKWISE_UP"  # carried in the environment of every process we start, and of theirs


class AlreadyUp(Exception):
    """Another supervisor runs these processes."""


class SupervisedProcess(Process):  # type: ignore[misc]  # honcho has no types
    """Honcho's process, started without a shell, and ending with its supervisor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._supervisor = os.getpid()
        self._child_ctor = start_in_group

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        # Honcho puts a process of its own between us and the child, which ignores polite signals.
        process_tree.tie(self._supervisor, signal.SIGKILL)
        super().run(events, ignore_signals)


def start_in_group(command: list[str], **options: Any) -> Popen:
    """Start a child whose own children end with it: one that stayed would keep its output open."""
    child = Popen(command, shell=False, **options)

    def reap() -> None:
        child.wait()
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    threading.Thread(target=reap, daemon=True).start()
    return child


class Supervisor(Manager):  # type: ignore[misc]  # honcho has no types
    """Runs commands until we are asked to stop, or until one of them ends, which `ended` names."""

    def __init__(self, env: Env) -> None:
        # Honcho shares its queue with its processes by forking, which is not Python 3.14's default.
        multiprocessing.set_start_method("fork", force=True)
        super().__init__()
        self._process_ctor = SupervisedProcess
        self.mark = f"{var_mark(env)}{os.getpid()}:"
        self.ended: list[str] = []
        name, _, value = self.mark.partition("=")
        self.environment = os.environ | addresses(env) | {name: value, "PYTHONUNBUFFERED": "1"}

    def add(self, name: str, command: list[str]) -> None:
        self.add_process(name, command, env=self.environment, cwd=str(ROOT))

    def terminate(self) -> None:
        """Ask all to end, remembering who ended without being asked."""
        if not self._terminating:
            self.ended = [name for name, known in self._processes.items() if "returncode" in known]
        super().terminate()

    @property
    def stopping(self) -> bool:
        return bool(self._terminating)

    def run(self) -> None:
        """Start everything, return when everything has ended, grandchildren included."""
        with process_tree.watchdog(self.mark):
            self.loop()
            process_tree.end(process_tree.marked(self.mark))


def var_mark(env: Env) -> str:
    """The beginning of the marks of all supervisors of this `var` folder."""
    return f"{MARK}={env.var_dir}:"


def addresses(env: Env) -> dict[str, str]:
    """The embedded engines as processes reach them that own no tables; empty for other servers."""
    if not env.embedded:
        return {}
    urls = engines.urls(env.var_dir)
    return {"DEMO": "1", "DATABASE_URL": urls.running_url, "REDIS_URL": urls.redis_url}


def commands(env: Env, host: str) -> dict[str, list[str]]:
    """The command of each process. The sandbox belongs to demo mode."""
    # Celery advises against root because of pickled tasks; ours are JSON and carry nothing.
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser", "-m"]
    celery = [*python, "celery", "--quiet", "--app", "clinic"]
    manage = [sys.executable, str(ROOT / "manage.py")]
    web = [*manage, "web", "--host", host, "--threads", "1"]
    worker = ["worker", "--concurrency", "2", "--loglevel", "info"]
    schedule = str(env.var_dir / "beat-schedule")
    commands = {
        "web": web,
        "web2": web,
        "worker": [*celery, *worker, "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "warning", "--schedule", schedule],
    }
    if env.demo:
        commands["sandbox"] = [*manage, "sandbox"]
    return commands


def hold_folder(env: Env) -> IO[str]:
    """Hold this `var` folder for one supervisor, and end what a killed one may have left running.

    Keep the result as long as they run. Raises `AlreadyUp`.
    """
    env.var_dir.mkdir(parents=True, exist_ok=True)
    lock = (env.var_dir / "up.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyUp from None
    process_tree.end(process_tree.marked(var_mark(env)))
    return lock


def when_it_answers(supervisor: Supervisor, url: str, then: Callable[[], None]) -> None:
    """Call `then` once the web process serves pages, unless everything is ending already."""

    def wait() -> None:
        while not supervisor.stopping:
            if answers(url):
                return None if supervisor.stopping else then()
            time.sleep(0.1)

    threading.Thread(target=wait, daemon=True).start()


def answers(url: str) -> bool:
    """Whether anything speaks HTTP there; a refusal is an answer too."""
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
