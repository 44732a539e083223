"""What stands where a web process would, and keeps every whole request as the proxy has sent it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PAGE = b"<!doctype html>" + b"<p>One row like the other</p>" * 500


@dataclass(frozen=True)
class Request:
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: tuple[str, int]

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Upstream:
    port: int
    requests: list[Request] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)  # paths, whether the rest ever came or not


@contextmanager
def listening() -> Iterator[Upstream]:
    """A server on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.kept = Upstream(server.server_port)  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield server.kept  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # which keeps connections

    def do_GET(self) -> None:
        self.server.kept.begun.append(self.path)  # type: ignore[attr-defined]
        try:
            body = self.body()
        except EOFError:  # broken off: a web process would not have begun with it either
            self.close_connection = True
            return
        self.server.kept.requests.append(  # type: ignore[attr-defined]
            Request(self.path, self.headers.items(), body, self.client_address)
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Content-Location", self.path)  # as a redirect names a secret, too
        self.end_headers()
        self.wfile.write(PAGE)

    do_POST = do_GET

    def body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            return self.exactly(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.line(), 16):
            pieces.append(self.exactly(size))
            self.line()
        self.line()
        return b"".join(pieces)

    def exactly(self, size: int) -> bytes:
        read = self.rfile.read(size)
        if len(read) < size:
            raise EOFError
        return read

    def line(self) -> bytes:
        read = self.rfile.readline()
        if not read:
            raise EOFError
        return read

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
