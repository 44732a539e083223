"""An HTTP server on loopback that answers as a test tells it and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came; `client` tells connections apart."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    client: tuple[str, int]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class FakeApi:
    """Answers every request with `status` and `answer`; `hangs_up` breaks off instead."""

    url: str
    status: int = 200
    answer: object = None
    hangs_up: bool = False
    asked: list[Asked] = field(default_factory=list)


class RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        api: FakeApi = self.server.api
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = dict(self.headers.items())
        api.asked.append(Asked(self.command, self.path, headers, body, self.client_address))
        if api.hangs_up:
            self.close_connection = True
            return
        content = json.dumps(api.answer).encode()
        self.send_response(api.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def fake_api() -> Iterator[FakeApi]:
    with ThreadingHTTPServer(("127.0.0.1", 0), RequestHandler) as server:
        server.api = FakeApi(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.api
        server.shutdown()
