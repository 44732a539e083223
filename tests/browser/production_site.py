"""A web process in production, behind TLS: second factors are required, and nobody is there yet."""

import os
import re
import secrets
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import trustme
from cryptography.fernet import Fernet
from psycopg.sql import SQL, Identifier

from tests.browser.running_clinic import OURS, ROOT
from tests.ports import free_port
from tests.waiting import until

DATABASE = "blockwise_production"
START_TIMEOUT_S = 120  # seconds; all migrations run on an empty database
CARRIER = "twilio://AC00000000000000000000000000000000:token@/?from=+15550100"
LINK = re.compile(r"https://\S+")


class ProductionSite:
    """Its address, and the commands that an operator runs on the machine."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url, self.environment = url, environment

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def invitation(self, name: str, role: str, *more: str) -> str:
        """The link that is printed for somebody."""
        return LINK.search(self.manage("invite", name, "--role", role, *more))[0]


@contextmanager
def running(var: Path) -> Iterator[ProductionSite]:
    """A production site for a `with` block, on a database of its own."""
    var.mkdir(parents=True, exist_ok=True)
    port, tls = free_port(), free_port()
    with database() as named:
        site = ProductionSite(f"https://localhost:{tls}", environment(named, tls, var))
        site.manage("migrate", "-v", "0")
        with web(site, port, var), tls_in_front(tls, port, var):
            yield site


def environment(named: str, tls: int, var: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in (*OURS, "DEMO")}
    return ours | {
        "DATABASE_URL": named,
        "REDIS_URL": os.environ["REDIS_URL"],
        "EMAIL_URL": "smtp://localhost:1",  # nothing leaves: no worker runs
        "SMS_URL": CARRIER,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "SITE_URL": f"https://localhost:{tls}",
        "TRUSTED_PROXIES": "127.0.0.1",
        "VAR_DIR": str(var),
    }


@contextmanager
def database() -> Iterator[str]:
    """An empty database beside the tests' own."""
    server = urlsplit(os.environ["DATABASE_URL"])
    drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(DATABASE))
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(DATABASE)))
        try:
            yield server._replace(path=f"/{DATABASE}").geturl()
        finally:
            admin.execute(drop)


@contextmanager
def web(site: ProductionSite, port: int, var: Path) -> Iterator[None]:
    site.manage("collectstatic", "--noinput", "-v", "0")
    command = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)]
    said = var / "web.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=site.environment, stdout=log, stderr=log)
    try:
        until(lambda: "Listening" in said.read_text(), seconds=START_TIMEOUT_S)
        yield
    finally:
        process.terminate()
        process.wait(30)


class Tunnel(socketserver.BaseRequestHandler):
    """Takes the TLS off and passes the bytes on; the browser itself says that it came by TLS."""

    behind: int

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.behind)) as web:
            back = threading.Thread(target=pour, args=(web, self.request), daemon=True)
            back.start()
            pour(self.request, web)
            back.join()


def pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tls_in_front(port: int, behind: int, var: Path) -> Iterator[None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(var))

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            plain, address = super().get_request()
            return context.wrap_socket(plain, server_side=True), address

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that closes a connection early is nothing to tell."""

    handler = type("Behind", (Tunnel,), {"behind": behind})
    with Server(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def certificate(var: Path) -> Path:
    """A certificate for localhost with its key, in one file."""
    made, file = trustme.CA().issue_cert("localhost"), var / "localhost.pem"
    made.private_key_and_cert_chain_pem.write_to_path(file)
    return file
