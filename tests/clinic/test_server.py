"""The real web process: what it holds, and what visitors can make it wait for."""

import http.client
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection

from clinic.demo.process_tree import ROOT
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.processes
HOST, THREADS = "127.0.0.1", 3
STALLED = (
    b"POST /webhooks/sms/inbound HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nFrom="
)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def web(process_environment, port, tmp_path):
    """A function that starts one more web process on the same port."""
    started = []
    environment = process_environment | {"PGAPPNAME": "web", "PORT": str(port)}

    def start():
        command = [sys.executable, ROOT / "manage.py", "web", "--port", str(port)]
        command += ["--threads", str(THREADS)]
        said = tmp_path / f"web-{len(started)}"
        with said.open("wb") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        until(lambda: "Listening" in said.read_text(), seconds=60)
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def asked(port, method="GET", path="/healthz", **sent):
    """Status and headers of one request on a connection of its own."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=30)) as site:
        site.request(method, path, **sent)
        answer = site.getresponse()
        return answer.status, answer.headers


def backends():
    """Connections of web processes to PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'web'")
        return cursor.fetchone()[0]


def test_bursts_hold_no_more_connections_than_there_are_threads(web, port):
    web()

    for _ in range(3):
        with ThreadPoolExecutor(60) as visitors:
            statuses = [status for status, _ in visitors.map(asked, [port] * 60)]
        assert set(statuses) == {200}
        until(lambda: backends() <= THREADS)  # the one that looked at the start may be closing


def test_stalled_requests_keep_nobody_waiting(web, port):
    web()
    stalled = [socket.create_connection((HOST, port)) for _ in range(5 * THREADS)]
    for each in stalled:
        each.sendall(STALLED)

    assert asked(port)[0] == 200

    for each in stalled:
        each.close()


def test_a_body_that_nobody_needs_is_refused_before_it_has_come(web, port):
    web()
    big = {"Content-Length": str(100 * 1024 * 1024), "Content-Type": "text/plain"}

    status, _ = asked(port, "POST", "/accounts/login/", headers=big)

    assert status == 413


def test_headers_with_underscores_are_dropped(web, port):
    web()
    claimed = {"X_Forwarded_For": "not an address", "X_Forwarded_Proto": "https"}

    status, headers = asked(port, path="/accounts/login/", headers=claimed)

    assert status == 200
    assert "Strict-Transport-Security" not in headers


def test_the_server_does_not_tell_what_it_is(web, port):
    web()

    _, headers = asked(port)

    assert "Server" not in headers


def test_processes_share_the_port_and_one_that_ends_takes_no_visitor_along(web, port):
    first, _ = web(), web()

    first.terminate()

    assert first.wait(30) == 0
    assert [asked(port)[0] for _ in range(5)] == [200] * 5


def test_a_port_that_others_hold_is_refused_with_a_sentence(process_environment):
    with closing(socket.socket()) as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, ROOT / "manage.py", "web", "--port", str(port)]

        refused = subprocess.run(
            command, env=process_environment, capture_output=True, text=True, check=False
        )

    assert refused.returncode == 1
    assert f"Cannot listen on {HOST}, port {port}: {os.strerror(98)}." in refused.stderr


def test_a_process_without_its_database_says_so_and_ends(process_environment, port):
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    command = [sys.executable, ROOT / "manage.py", "web", "--port", str(port)]

    refused = subprocess.run(
        command, env=process_environment | away, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "PostgreSQL does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
