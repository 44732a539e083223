"""The ground every test stands on: real engines, nobody's own settings, no way out to the network.

Without DATABASE_URL the session starts PostgreSQL and Redis under `<var>/test` and stops them at
its end; with DATABASE_URL and REDIS_URL it uses those servers. Each worker of pytest-xdist has its
own database and its own Redis number, so tests of different workers never meet.
"""

import fcntl
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from clinic.demo import engines

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = (
    "DATABASE_OWNER_URL",
    "EMAIL_URL",
    "SMS_URL",
    "OIDC_URL",
    "SECRET_KEY",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXIES",
    "TIME_ZONE",
    "LOG_FORMAT",
    "PORT",
)
WORKER = os.environ.get("PYTEST_XDIST_WORKER")  # None in the process that starts them
LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|")


def prepare() -> Path | None:
    """Choose this session's environment, before anything reads it.

    Returns the engines' folder if they are ours.
    """
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ["DEMO"] = "1"
    if WORKER is None:
        os.environ["VAR_DIR"] = str(
            Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "test"
        )
        if not os.environ.get("DATABASE_URL"):
            os.environ["BLOCKWISE_TEST_ENGINES"] = os.environ["VAR_DIR"]
            urls = engines.urls(Path(os.environ["VAR_DIR"]))
            os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = urls.database_url, urls.redis_url
    os.environ["REDIS_URL"] = own_number(os.environ.get("REDIS_URL", ""), WORKER)
    ours = os.environ.get("BLOCKWISE_TEST_ENGINES")
    return Path(ours) if ours else None


def own_number(url: str, worker: str | None) -> str:
    """The same Redis, at the number of this worker: 1 alone, 2 and up for gw0 and up."""
    number = 2 + int(worker.removeprefix("gw")) if worker else 1
    address, _, _ = url.partition("?")
    if address.startswith("unix:"):
        return f"{address}?db={number}"
    return urlsplit(address)._replace(path=f"/{number}").geturl()


ENGINES = prepare()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker  # noqa: E402

from tests import schema  # noqa: E402

ALLOWED_HOSTS = {settings.DATABASES["default"]["HOST"], urlsplit(settings.REDIS_URL).hostname}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Workers inherit the settings' name and read them before this file: tell them in time."""
    for spec in specs:
        spec.env["REDIS_URL"] = own_number(os.environ["REDIS_URL"], spec.id)


def pytest_sessionstart(session: pytest.Session) -> None:
    if ENGINES is not None and WORKER is None:
        session.config.stash[ALONE] = alone(ENGINES)
    if ENGINES is not None:
        engines.ensure(ENGINES)
    if WORKER is None:
        # Pages name static files by their fingerprints, as in production.
        call_command("collectstatic", verbosity=0, interactive=False)


def pytest_sessionfinish() -> None:
    if ENGINES is not None:
        engines.release(ENGINES, wait=WORKER is None)


ALONE = pytest.StashKey[object]()


def alone(var: Path) -> object:
    """Hold this folder for one session: two in one database would destroy each other's rows."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "session.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pytest.exit(
            f"Another test session uses {var}. Wait for it, or give this one another VAR_DIR.", 2
        )
    return lock


def refuse_the_network(event: str, details: tuple[object, ...]) -> None:
    """An audit hook: a connection that leaves this machine fails the test that asks for it."""
    if event == "socket.connect":
        address = details[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = details[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or ""
    if not LOOPBACK.fullmatch(host) and host not in ALLOWED_HOSTS:
        raise ConnectionRefusedError(f"Tests stay on this machine, but this one asked for {host}.")


sys.addaudithook(refuse_the_network)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This worker's database; pytest-django's own would run all migrations each time."""
    name = f"test_blockwise_{WORKER or 'alone'}"
    with django_db_blocker.unblock():
        schema.create(name)
    yield
    with django_db_blocker.unblock():
        schema.remove(name)


@pytest.fixture(autouse=True)
def _forgetful_redis(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no counter or session behind in Redis."""
    yield
    asked = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if asked or request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment for real processes that shall see this test's database and Redis."""
    from django.db import connection

    url = urlsplit(os.environ["DATABASE_URL"])
    name = quote(connection.settings_dict["NAME"])
    return os.environ | {"DATABASE_URL": url._replace(path=f"/{name}").geturl()}
