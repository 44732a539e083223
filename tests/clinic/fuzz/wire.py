"""Requests as they come over the wire, with nothing that a client library would refuse to send."""

import io
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from clinic.wsgi import application

SHOWN = 600  # characters of a body that a report shows
TOLD = 2000  # characters of a traceback, its end
HOST = "localhost"


@dataclass(frozen=True)
class RawRequest:
    """One request; `path` and `query` are percent-encoded, `headers` by the names of WSGI."""

    visitor: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def environ(self) -> dict[str, object]:
        """As a server hands it to the application: each character stands for one byte."""
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "QUERY_STRING": self.query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "HTTP_HOST": HOST,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **self.headers,
        }

    def __str__(self) -> str:
        """All that is needed to send it again; a long body by its beginning."""
        lines = [f"{self.visitor}: {self.method} {self.path[:SHOWN]}"]
        lines += [f"  query {self.query[:SHOWN]!r}"] if self.query else []
        lines += [f"  {name}: {value[:SHOWN]!r}" for name, value in self.headers.items()]
        lines += [f"  body of {len(self.body)} bytes {self.body[:SHOWN]!r}"] if self.body else []
        return "\n".join(lines)


@dataclass
class Answer:
    """What came back; `fault` is the end of the traceback of what broke, if anything did."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    fault: str

    @property
    def broke(self) -> bool:
        return self.status >= 500 or bool(self.fault)

    @property
    def place(self) -> str:
        """Where it broke: the innermost line of the traceback, and the kind of error."""
        lines = self.fault.strip().splitlines() or [f"status {self.status}"]
        innermost = [line for line in lines if line.startswith("  File ")][-1:]
        return "".join([*innermost, lines[-1].partition(":")[0]])


class Wire(logging.Handler):
    """The application without a server before it. It hears of errors as Django logs them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.fault = ""

    def __enter__(self) -> "Wire":
        logging.getLogger("django.request").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("django.request").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.fault = "".join(traceback.format_exception(*record.exc_info))[-TOLD:]

    def ask(self, request: RawRequest) -> Answer:
        """The answer; an error that leaves the application is a 500, as servers make it one."""
        self.fault = ""
        try:
            return self._answer(request)
        except Exception:  # noqa: BLE001, the test tells of it
            return Answer(500, {}, b"", traceback.format_exc()[-TOLD:])

    def _answer(self, request: RawRequest) -> Answer:
        told: list[tuple[str, list[tuple[str, str]]]] = []
        response = application(request.environ, lambda *said: told.append(said))
        try:
            body = b"".join(response)
        finally:
            response.close()
        (status, headers), *_ = told
        return Answer(int(status.partition(" ")[0]), dict(headers), body, self.fault)
