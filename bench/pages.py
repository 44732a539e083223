"""Pages through a real web process: what serving them costs, beside the application called bare.

The limit is the same application in this process, without sockets and threads.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from bench.figures import Figures
from bench.seed import booked

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 4  # as many as a web process has threads
NOON = datetime(2027, 3, 2, 17, tzinfo=UTC)


def measure(figures: Figures) -> None:
    """A clinic of a few dozen visits: the pages themselves are not what is measured."""
    call_command("collectstatic", "--noinput", verbosity=0)
    booked(50, at=NOON - timedelta(days=9), start=NOON)
    stranger, desk = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
    desk.force_login(get_user_model().objects.get(username="bench"))
    count = figures.size(400)
    with web() as port:
        for name, client, path in (
            ("sign-in", stranger, "/accounts/login/"),
            ("first page of a signed-in person", desk, "/"),
        ):
            bare = figures.median(lambda client=client, path=path: called(client, path, count))
            ours = figures.median(
                lambda client=client, path=path: served(port, path, cookies(client), count)
            )
            what = f"{name}, {CLIENTS} browsers / the application called bare"
            figures.at_least(what, ours, bare, 0.6, "pages/s")


def cookies(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def called(client: Client, path: str, count: int) -> float:
    """Pages a second of one thread in this process."""
    began = time.perf_counter()
    for _ in range(count):
        assert client.get(path).status_code == 200
    return count / (time.perf_counter() - began)


def served(port: int, path: str, cookie: str, count: int) -> float:
    """Pages a second to browsers that keep their connections."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as browsers:
        for browsing in [
            browsers.submit(browse, port, path, cookie, count // CLIENTS) for _ in range(CLIENTS)
        ]:
            browsing.result()
    return count / (time.perf_counter() - began)


def browse(port: int, path: str, cookie: str, count: int) -> None:
    with closing(HTTPConnection("localhost", port, timeout=60)) as connection:
        for _ in range(count):
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status


@contextmanager
def web() -> Iterator[int]:
    """A web process as production starts it; its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("Listening")
        yield port
    finally:
        process.terminate()
        process.wait(30)
