"""A carrier and a mail server that only count. Run as a process: `python -m tests.crashes.carrier`.

    carrier.py SMS_PORT SMTP_PORT FOLDER

Each text and each e-mail is written to a file before it is acknowledged, so the files tell what the
outside world got, whoever was killed meanwhile.
"""

import json
import os
import sys
import threading
import time
import uuid
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiosmtpd.controller import Controller

SLOW = 0.01  # seconds a hand-over takes, so that workers are killed in the middle of some
TEXTS: list[dict[str, str]] = []
WRITING = threading.Lock()


def note(folder: Path, name: str, fact: dict[str, str]) -> None:
    """One line a fact, on the disk when this returns."""
    with WRITING, (folder / name).open("a") as file:
        file.write(json.dumps(fact) + "\n")
        file.flush()
        os.fsync(file.fileno())


class Texts(BaseHTTPRequestHandler):
    """The two requests of Twilio's API that the dispatcher makes."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        text = {"to": form["To"], "body": form["Body"], "sid": f"SM{uuid.uuid4().hex}"}
        time.sleep(SLOW)
        note(self.folder, "texts", text)
        TEXTS.append(text)
        self.answer(201, text)

    def do_GET(self) -> None:
        number = parse_qs(urlsplit(self.path).query)["To"][0]
        mine = [text for text in TEXTS if text["to"] == number]
        page = {"messages": mine, "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""}
        self.answer(200, page)

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Mails:
    """Takes every e-mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        message = message_from_bytes(envelope.content)
        note(self.folder, "mails", {"id": message["Message-ID"], "to": message["To"]})
        return "250 OK"


def main(sms_port: str, smtp_port: str, folder: str) -> None:
    Texts.folder = Path(folder)
    Controller(Mails(Path(folder)), hostname="127.0.0.1", port=int(smtp_port)).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(sms_port)), Texts)
    Path(folder, "ready").touch()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
