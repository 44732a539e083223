"""`manage.py up` as people run it: a terminal, a port, Ctrl-C, and worse."""

import dataclasses
import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clinic.demo import ports, process_tree, supervisor
from clinic.env import env
from tests.waiting import until

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"


@pytest.fixture
def port():
    """The first of three free ports in a row."""
    candidates = (random.randrange(20_000, 30_000) for _ in range(1000))  # noqa: S311
    return next(p for p in candidates if all(ports.is_free(HOST, p + n) for n in range(3)))


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


@pytest.fixture
def up(process_environment, port, var, tmp_path):
    """Run `manage.py up` on this test's database; gives the process, whose output `said` reads."""
    started = []

    def start(*arguments):
        with (tmp_path / f"up{len(started)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, ROOT / "manage.py", "up", *arguments],
                env=process_environment | {"VAR_DIR": str(var), "PORT": str(port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        process.said = Path(log.name).read_text
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    until(lambda: not everyone(var))


@pytest.fixture
def site(up, port):
    """A whole site, without patients, that answers."""
    process = up("--empty")
    until(lambda: "Blockwise runs" in process.said() or process.poll() is not None, seconds=120)
    assert process.poll() is None, process.said()
    return process


def everyone(var):
    """The processes of Blockwise, without the supervisor."""
    return process_tree.marked(f"{supervisor.MARK}={var}:")


def test_the_site_answers_and_ctrl_c_ends_all_of_it(site, port, var):
    assert supervisor.answers(f"http://{HOST}:{port}/")
    assert f"http://localhost:{port}" in site.said()

    site.send_signal(signal.SIGINT)

    assert site.wait(30) == 0
    assert "Stopped." in site.said()
    assert not everyone(var)


def test_every_line_tells_which_process_said_it(site):
    def names():
        return {line.split()[1] for line in site.said().splitlines() if "|" in line}

    until(lambda: names() >= {"web", "worker", "sandbox", "system"}, seconds=60)
    assert "web     | Listening" in site.said()


def test_a_killed_supervisor_leaves_no_orphans(site, port, var):
    assert len(everyone(var)) >= 4

    site.kill()

    until(lambda: not everyone(var))
    until(lambda: ports.is_free(HOST, port))


def test_when_one_process_ends_all_end_and_its_name_is_said(site, var):
    worker = min(pid for pid in everyone(var) if b"--concurrency" in command_of(pid))

    os.kill(worker, signal.SIGKILL)

    assert site.wait(30) == 1
    assert "Everything stopped because worker ended" in site.said()
    assert not everyone(var)


def test_a_second_start_in_the_same_folder_is_refused(site, up, port):
    second = up()

    assert second.wait(30) == 1
    assert "Blockwise runs from this folder already" in second.said()
    assert site.poll() is None


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_taken_port_is_named_with_its_holder_and_another_is_offered(up, port, nth):
    with socket.create_server((HOST, port + nth)):
        process = up()

        assert process.wait(30) == 1

    assert f"Port {port + nth} is taken by" in process.said()
    assert f"(process {os.getpid()})" in process.said()
    assert f"make run PORT={port + 1000}" in process.said()
    assert "Traceback" not in process.said()


@pytest.fixture
def left_over(var):
    """A process that carries this folder's mark, as a killed site would leave one."""
    with subprocess.Popen(["/bin/sleep", "600"], env={supervisor.MARK: f"{var}:1:"}) as process:
        until(lambda: everyone(var))  # the kernel shows no environment before the program has begun
        yield process
        process.kill()


def test_what_a_killed_supervisor_left_behind_is_ended_at_the_next_start(var, left_over):
    with supervisor.hold_folder(dataclasses.replace(env, var_dir=var)):
        pass

    assert left_over.wait(10) == -signal.SIGTERM


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()
