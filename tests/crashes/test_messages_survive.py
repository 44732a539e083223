"""Workers killed with -9, Redis flushed, PostgreSQL restarted: nothing lost, no text said twice.

Real processes on engines of their own, a thousand messages, and a carrier that counts what it gets.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from clinic.demo import engines
from clinic.demo.engines.engine_folder import folder_of
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]
VISITS = (
    340  # of three messages each: the first text to a number, the booking by text and by e-mail
)
LONGEST = 240  # seconds until everything must have come to its end
SETTLED = """
SELECT count(*) FROM reminders_message
WHERE step IN ('opt_in', 'booked') AND state NOT IN ('queued', 'sending')
"""
AGAIN = "its end is unknown: said again under the same reference"


class Site:
    """The processes of one clinic, each in a group of its own so that it can be killed whole."""

    def __init__(self, var: Path, folder: Path) -> None:
        self.var, self.folder = var, folder
        self.log = (folder / "log").open("w")
        self.urls = engines.ensure(var)
        sms, smtp = free_port(), free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "DEMO": "1",
            "VAR_DIR": str(var),
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "SMS_URL": f"sandbox://AC{'0' * 32}:token@127.0.0.1:{sms}/?from=+15550100000",
            "EMAIL_URL": f"sandbox://127.0.0.1:{smtp}",
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("-m", "tests.crashes.fixtures", str(VISITS))
        self.start("-m", "tests.crashes.carrier", str(sms), str(smtp), str(folder))
        until((folder / "ready").exists)

    def run(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, check=True, timeout=180
        )

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        options = ("--concurrency", "2", "--loglevel", "warning", "--without-mingle")
        return self.start("-m", "celery", "--app", "clinic", "worker", *options)

    def beat(self) -> subprocess.Popen[bytes]:
        schedule = str(self.folder / "beat")
        return self.start("-m", "celery", "--app", "clinic", "beat", "--schedule", schedule)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 a process and its children, wherever they are."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ask(self, question: str, values: Sequence[str] = ()) -> list[tuple]:
        with psycopg.connect(self.urls.database_url.replace("postgres://", "postgresql://")) as db:
            return db.execute(question, values).fetchall()

    def settled(self) -> int:
        try:
            return self.ask(SETTLED)[0][0]
        except psycopg.OperationalError:  # it is being restarted
            return 0

    def got(self, name: str) -> list[dict[str, str]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.log.close()


@pytest.fixture
def site(tmp_path):
    var = tmp_path / "var"
    place = folder_of(var)
    site = None
    try:
        site = Site(var, tmp_path)
        yield site
    finally:
        if site:
            site.close()
        engines.release(var, wait=True)
        for folder in (place.base, place.sockets):
            shutil.rmtree(folder, ignore_errors=True)


def test_no_message_is_lost_and_no_text_said_twice(site):
    site.beat()
    worker = site.worker()
    for share in (0.1, 0.3, 0.5, 0.7):
        until(lambda share=share: site.settled() > share * 3 * VISITS, LONGEST)
        # Any moment will do: in a claim, in a text, before a result.
        time.sleep(random.uniform(0, 0.4))  # noqa: S311
        site.kill(worker)
        worker = site.worker()
        if share == 0.3:
            Redis.from_url(site.urls.redis_url).flushall()
        if share == 0.5:
            os.kill(engines.postgres_pid(site.var), signal.SIGINT)

    until(lambda: site.settled() == 3 * VISITS, LONGEST)

    ends = site.ask(
        "SELECT state, count(*) FROM reminders_message"
        " WHERE step IN ('opt_in', 'booked') GROUP BY state"
    )
    assert dict(ends) == {"sent": 3 * VISITS}
    texts = Counter((text["to"], text["body"]) for text in site.got("texts"))
    assert len(texts) == 2 * VISITS
    assert set(texts.values()) == {1}
    assert_repeated_only_in_hand(site)


def assert_repeated_only_in_hand(site: Site) -> None:
    """An e-mail came twice only under its own Message-ID, and only if a kill left it open."""
    mails = site.got("mails")
    assert len({mail["to"] for mail in mails}) == len({mail["id"] for mail in mails}) == VISITS
    open_ends = dict(
        site.ask(
            "SELECT m.reference::text, count(*) FROM reminders_attempt a"
            " JOIN reminders_message m ON m.id = a.message_id WHERE a.error = %s GROUP BY 1",
            [AGAIN],
        )
    )
    for identifier, times in Counter(mail["id"] for mail in mails).items():
        assert times - 1 <= open_ends.get(identifier[1:].partition("@")[0], 0)
