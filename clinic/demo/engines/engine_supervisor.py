"""The process that supervises both engines: starts them, restarts one that ends, stops them.

Everybody who uses the engines holds a shared lock on one file. The supervisor waits for the
exclusive lock on it, which the kernel grants when the last user has gone, however it went. So there
are no process ids to trust and nothing to clean up after kill -9; should the supervisor itself be
killed, the kernel stops the engines.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from clinic.demo import process_tree
from clinic.demo.engines import postgres, redis
from clinic.demo.engines.engine_folder import EngineError, EngineFolder, folder_of

ENGINES = {"postgres": (postgres, signal.SIGINT), "redis": (redis, signal.SIGTERM)}
START_TIMEOUT_S = 60.0  # seconds for an engine to answer; recovery after a crash is part of it
RETRY_TIMEOUT_S = 10.0  # seconds to try again while remains of a killed server are still going away
STOP_TIMEOUT_S = 30.0  # seconds to stop politely
LARGEST_LOG = 5_000_000  # bytes, above which a log begins anew at the next start


class EngineSupervisor:
    """Both engines of one place, as children of this process."""

    def __init__(self, place: EngineFolder) -> None:
        self.place = place
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.leaving = False

    def start(self, name: str) -> None:
        """Start one engine and wait until it answers; `EngineError` holds the end of its log."""
        engine, _ = ENGINES[name]
        engine.prepare(self.place)
        begun = time.monotonic()
        child = self.spawn(name)
        while child.poll() is not None or not engine.accepts(self.place):
            waited = time.monotonic() - begun
            if child.poll() is not None and waited < RETRY_TIMEOUT_S and self.meets_leftovers(name):
                child = self.spawn(name)
            elif child.poll() is not None or waited > START_TIMEOUT_S:
                raise self.failure(name)
            time.sleep(0.05)
        engine.settle(self.place)

    def meets_leftovers(self, name: str) -> bool:
        """Whether the engine ended only because a killed one is still going away."""
        return not self.leaving and ENGINES[name][0].LEFTOVERS.search(self.tail(name)) is not None

    def failure(self, name: str) -> EngineError:
        self.children.pop(name).kill()
        return EngineError(
            f"The embedded {name} does not start. Its log {self.log(name)} ends:\n{self.tail(name)}"
        )

    def spawn(self, name: str) -> subprocess.Popen[bytes]:
        engine, last_signal = ENGINES[name]
        with self.log(name).open("ab") as log:
            self.children[name] = subprocess.Popen(
                engine.command(self.place),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=process_tree.tied(last_signal),
                **self.place.as_user,
            )
        return self.children[name]

    def log(self, name: str) -> Path:
        return self.place.base / f"{name}.log"

    def tail(self, name: str) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-8:])

    def supervise(self) -> None:
        """Restart what ends, until the engines have stopped because nobody uses them any more."""
        threading.Thread(target=self.wait_for_the_last_user, daemon=True).start()
        while self.children:
            pid, _ = os.wait()
            name = next((name for name, child in self.children.items() if child.pid == pid), None)
            if name is None:
                continue
            del self.children[name]
            if self.leaving:
                continue
            self.start(name)
            if self.leaving:  # everybody left while we restarted it
                self.stop()

    def wait_for_the_last_user(self) -> None:
        with self.place.users.open("a") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            self.stop()
            # Keep the lock until this process ends: newcomers must not meet a stopping engine.
            threading.Event().wait()

    def stop(self, *_: int | FrameType | None) -> None:
        """Ask both engines to end; signal again when they take too long."""
        self.leaving = True
        for name, child in list(self.children.items()):
            process_tree.send([child.pid], ENGINES[name][1])
            insist = threading.Timer(
                STOP_TIMEOUT_S, process_tree.send, [[child.pid], signal.SIGQUIT]
            )
            insist.daemon = True
            insist.start()


def main(var: str, report_to: str) -> None:
    """Start the engines of `var` and supervise them.

    On the descriptor `report_to` it says `ready`, or what went wrong.
    """
    if os.fork():
        os._exit(0)  # nobody waits for the supervisor
    supervisor = EngineSupervisor(folder_of(Path(var)))
    signal.signal(signal.SIGTERM, supervisor.stop)
    with os.fdopen(int(report_to), "w") as report:
        try:
            for name in ENGINES:
                shorten(supervisor.log(name))
                supervisor.start(name)
        except (EngineError, OSError) as error:
            report.write(str(error))
            supervisor.stop()
        else:
            report.write("ready")
    supervisor.supervise()


def shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.write_bytes(b"")


if __name__ == "__main__":
    main(*sys.argv[1:])
